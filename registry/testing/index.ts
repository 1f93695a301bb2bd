export { type DebianRegistry, type DebianRegistryOptions, startDebianRegistry } from "./debian-registry.ts";
