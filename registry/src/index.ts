export { registryError, type RegistryErrorCode, registryErrorCodes } from "./errors.ts";
export {
  isDomain,
  isIdentifier,
  isPath,
  isTag,
  type ReferenceParts,
  type ReferenceProblem,
  scanName,
  scanReference,
} from "./reference/grammar.ts";
export { matchesFamiliar } from "./reference/pattern.ts";
export {
  canonicalForm,
  familiarForm,
  familiarName,
  normalise as normaliseReference,
  parseImageArgument,
  parseReference,
  type Reference,
  repositoryName,
  withDefaultTag,
  withoutShadowedTag,
} from "./reference/reference.ts";
