export { AppError, ERRORS, type ErrorCode } from "./errors.ts";
export { buildOpenApi } from "./openapi.ts";
export {
  type BodyOf,
  type BodySpec,
  defineOperation,
  type Operation,
  type ParamsOf,
  type QueryOf,
  type ResultOf,
} from "./operation.ts";
export { FINDING_GROUPS } from "./operations/etm.finding.stats.ts";
export * from "./operations/index.ts";
export {
  MODULES,
  type Module,
  PERMISSION_MODULES,
  PERMISSIONS,
  type Permission,
  SHIPPED_ROLES,
  type ShippedRole,
} from "./permissions.ts";
export { renderErrorReference, renderOperationReference, renderPermissionReference } from "./reference.ts";
export { MAX_OVERLAP_SEC } from "./schemas/client.ts";
export { BROKEN_FEED_ISSUES, FEED_FORMATS } from "./schemas/import-job.ts";
export { type Page, toEtmPage, toOtPage } from "./schemas/paging.ts";
export { REPORT_FORMATS, type ReportFormat, type ReportStatus } from "./schemas/report.ts";
export { ACCEPTANCE_REASONS } from "./schemas/risk-acceptance.ts";
export { SIGNING_ALGORITHMS, type SigningAlgorithm } from "./schemas/signing-key.ts";
export { SERVICE_LEVEL_NAMES } from "./schemas/subscription.ts";
export { WEBHOOK_EVENTS, type WebhookEvent } from "./schemas/webhook.ts";
