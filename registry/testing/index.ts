export { type DebianRegistry, type DebianRegistryOptions, startDebianRegistry } from "./debian-registry.ts";
export { createMemoryBlobs, type MemoryBlobs, noLease } from "./memory-blobs.ts";
export {
  addSampleImage,
  addSampleIndex,
  randomBytes,
  type SampleImage,
  type SampleImageOptions,
} from "./sample-image.ts";
