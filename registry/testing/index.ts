export { type DebianRegistry, type DebianRegistryOptions, startDebianRegistry } from "./debian-registry.ts";
export {
  type FakeRegistry,
  type FakeRegistryOptions,
  type SeenRequest,
  startFakeRegistry,
} from "./fake/fake-registry.ts";
export { type Chaos, type Fault, type FaultRule, seededRandom } from "./fake/faults.ts";
export { createMemoryBlobs, type MemoryBlobs, noLease } from "./memory-blobs.ts";
export {
  addSampleImage,
  addSampleIndex,
  randomBytes,
  type SampleImage,
  type SampleImageOptions,
} from "./sample-image.ts";
