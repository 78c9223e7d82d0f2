export { AssetDirectory, type AssetMatch, type HeldIdentifier, type RefusedMatch } from "./asset-directory.ts";
export {
  FINGERPRINT_VERSION,
  type FindingLocation,
  findingFingerprint,
  type Issue,
  toIssues,
} from "./finding-fingerprint.ts";
export {
  type AssetDescription,
  IDENTIFIER_KINDS,
  type Identifier,
  type IdentifierKind,
  type IdentityOrigin,
  identifierKey,
  toIdentifiers,
  toIdentifyingIp,
  toIdentifyingMac,
  toIdentifyingName,
} from "./identifiers.ts";
export { type Observation, observationDigest } from "./observation-digest.ts";
