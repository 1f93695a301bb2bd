export { registryError, type RegistryErrorCode, registryErrorCodes } from "./errors.ts";
export {
  anonymous,
  type Credentials,
  type CredentialSource,
} from "./auth/credentials.ts";
export { createDockerCredentials, type DockerConfigOptions } from "./auth/docker-config.ts";
export { Secret } from "./auth/secret.ts";
export {
  createRegistryClient,
  type FetchBlobOptions,
  type RegistryClient,
  type RegistryClientOptions,
} from "./client.ts";
export {
  createDownloadClient,
  type DownloadClient,
  type DownloadClientOptions,
  type Downloaded,
  type DownloadRequest,
} from "./download/download.ts";
export type { ProxySettings } from "./http/proxy.ts";
export { redactUrl } from "./http/redact.ts";
export type { OnTransfer } from "./pull/blob.ts";
export type { FetchedManifest } from "./pull/manifest.ts";
export type { ResolvedImage } from "./pull/resolve.ts";
export type { PushOptions } from "./push/push.ts";
export type { OnRetry } from "./retry.ts";
