export { loadBase } from "./load-base.ts";
export { evilStreams, type EvilStream } from "./evil/compressed.ts";
export { evilTars } from "./evil/all.ts";
export type { EvilArchive, Expectation } from "./evil/evil-archive.ts";
export * as rawTar from "./evil/raw-tar.ts";
export { datedTar } from "./dated-tar.ts";
export { commitSeconds, makeRepository, type TestFile, type TestRepository } from "./git/repository.ts";
export { type GitServer, type GitServerOptions, serveRepositories } from "./git/server.ts";
