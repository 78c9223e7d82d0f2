export { Aliases, type AliasPair, isBundle, isCve, toNames, toPairs } from "./aliases.ts";
export { ApartAssets, type ApartRule } from "./apart.ts";
export { AssetDirectory, type AssetMatch, type HeldIdentifier, type RefusedMatch } from "./asset-directory.ts";
export {
  FINGERPRINT_VERSION,
  type FindingLocation,
  findingFingerprint,
  type Issue,
  toIssues,
  toNamedIssue,
} from "./finding-fingerprint.ts";
export {
  type AssetDescription,
  IDENTIFIER_KINDS,
  type Identifier,
  type IdentifierKind,
  type IdentityOrigin,
  type InterfaceDescription,
  identifierKey,
  MAX_IDENTIFIER_CHARS,
  toAddress,
  toIdentifiers,
  toIdentifyingIp,
  toIdentifyingMac,
  toIdentifyingName,
  withoutRootDot,
} from "./identifiers.ts";
