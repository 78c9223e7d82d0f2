export {
  ACCEPTANCE_REASONS,
  type BodyOf,
  BROKEN_FEED_ISSUES,
  FEED_FORMATS,
  FINDING_GROUPS,
  MAX_OVERLAP_SEC,
  MODULES,
  type Module,
  type Operation,
  type ParamsOf,
  PERMISSIONS,
  type Permission,
  type QueryOf,
  type ResultOf,
  SERVICE_LEVEL_NAMES,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
  WEBHOOK_EVENTS,
  type WebhookEvent,
} from "@breakwater/contract";
/** The operations that {@link Client.call} takes: the table of the contract. */
export * from "@breakwater/contract/operations/index";
export { ApiError } from "./api-error.ts";
export {
  type CallOptions,
  type CallResult,
  type Client,
  type ClientOptions,
  createClient,
} from "./client.ts";
export { findPlatform, PUBLIC_PLATFORMS, type PublicPlatform, platformNames, toBaseUrl } from "./platforms.ts";
export { readTokenTimes } from "./token-source.ts";
export type { LimitPatience } from "./waiting.ts";
