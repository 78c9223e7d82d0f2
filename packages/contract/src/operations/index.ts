import type { Operation } from "../operation.ts";
import { adminAuditExport } from "./admin.audit.export.ts";
import { adminAuditList } from "./admin.audit.list.ts";
import { adminAuditVerify } from "./admin.audit.verify.ts";
import { adminClientCreate } from "./admin.client.create.ts";
import { adminClientDelete } from "./admin.client.delete.ts";
import { adminClientGet } from "./admin.client.get.ts";
import { adminClientList } from "./admin.client.list.ts";
import { adminClientRevoke } from "./admin.client.revoke.ts";
import { adminClientRotate } from "./admin.client.rotate.ts";
import { adminClientUpdate } from "./admin.client.update.ts";
import { adminIdpCreate } from "./admin.idp.create.ts";
import { adminIdpDelete } from "./admin.idp.delete.ts";
import { adminIdpGet } from "./admin.idp.get.ts";
import { adminIdpList } from "./admin.idp.list.ts";
import { adminIdpUpdate } from "./admin.idp.update.ts";
import { adminKeyList } from "./admin.key.list.ts";
import { adminKeyRotate } from "./admin.key.rotate.ts";
import { adminLimitList } from "./admin.limit.list.ts";
import { adminLimitSet } from "./admin.limit.set.ts";
import { adminLimitExceptionDelete } from "./admin.limit-exception.delete.ts";
import { adminReleaseNoteCreate } from "./admin.release-note.create.ts";
import { adminReleaseNoteDelete } from "./admin.release-note.delete.ts";
import { adminReleaseNoteList } from "./admin.release-note.list.ts";
import { adminRoleCreate } from "./admin.role.create.ts";
import { adminRoleDelete } from "./admin.role.delete.ts";
import { adminRoleGet } from "./admin.role.get.ts";
import { adminRoleList } from "./admin.role.list.ts";
import { adminRoleUpdate } from "./admin.role.update.ts";
import { adminSubscriptionCreate } from "./admin.subscription.create.ts";
import { adminSubscriptionDelete } from "./admin.subscription.delete.ts";
import { adminSubscriptionGet } from "./admin.subscription.get.ts";
import { adminSubscriptionList } from "./admin.subscription.list.ts";
import { adminSubscriptionUpdate } from "./admin.subscription.update.ts";
import { adminTagAssets } from "./admin.tag.assets.ts";
import { adminTagCreate } from "./admin.tag.create.ts";
import { adminTagDelete } from "./admin.tag.delete.ts";
import { adminTagGet } from "./admin.tag.get.ts";
import { adminTagList } from "./admin.tag.list.ts";
import { adminTagUpdate } from "./admin.tag.update.ts";
import { adminUnitCreate } from "./admin.unit.create.ts";
import { adminUnitDelete } from "./admin.unit.delete.ts";
import { adminUnitGet } from "./admin.unit.get.ts";
import { adminUnitList } from "./admin.unit.list.ts";
import { adminUnitUpdate } from "./admin.unit.update.ts";
import { adminUserCreate } from "./admin.user.create.ts";
import { adminUserDelete } from "./admin.user.delete.ts";
import { adminUserGet } from "./admin.user.get.ts";
import { adminUserList } from "./admin.user.list.ts";
import { adminUserUpdate } from "./admin.user.update.ts";
import { adminVersionGet } from "./admin.version.get.ts";
import { adminVersionList } from "./admin.version.list.ts";
import { adminVersionReset } from "./admin.version.reset.ts";
import { adminVersionSet } from "./admin.version.set.ts";
import { adminWebhookCreate } from "./admin.webhook.create.ts";
import { adminWebhookDelete } from "./admin.webhook.delete.ts";
import { adminWebhookDeliveries } from "./admin.webhook.deliveries.ts";
import { adminWebhookGet } from "./admin.webhook.get.ts";
import { adminWebhookList } from "./admin.webhook.list.ts";
import { adminWebhookPing } from "./admin.webhook.ping.ts";
import { adminWebhookRotate } from "./admin.webhook.rotate.ts";
import { adminWebhookUpdate } from "./admin.webhook.update.ts";
import { authJwksGet } from "./auth.jwks.get.ts";
import { authOauthCreate } from "./auth.oauth.create.ts";
import { authOidcCreate } from "./auth.oidc.create.ts";
import { authPasswordChange } from "./auth.password.change.ts";
import { authTokenCreate } from "./auth.token.create.ts";
import { etmAssetCount } from "./etm.asset.count.ts";
import { etmAssetGet } from "./etm.asset.get.ts";
import { etmAssetList } from "./etm.asset.list.ts";
import { etmFeedList } from "./etm.feed.list.ts";
import { etmFindingAccept } from "./etm.finding.accept.ts";
import { etmFindingCount } from "./etm.finding.count.ts";
import { etmFindingGet } from "./etm.finding.get.ts";
import { etmFindingList } from "./etm.finding.list.ts";
import { etmFindingRevokeAcceptance } from "./etm.finding.revoke-acceptance.ts";
import { etmFindingStats } from "./etm.finding.stats.ts";
import { etmReportDelete } from "./etm.report.delete.ts";
import { etmReportDownload } from "./etm.report.download.ts";
import { etmReportGet } from "./etm.report.get.ts";
import { etmReportList } from "./etm.report.list.ts";
import { etmReportPart } from "./etm.report.part.ts";
import { etmReportSubmit } from "./etm.report.submit.ts";
import { etmScoreSettingsGet } from "./etm.score-settings.get.ts";
import { etmScoreSettingsUpdate } from "./etm.score-settings.update.ts";
import { ingestConnectionCreate } from "./ingest.connection.create.ts";
import { ingestConnectionDelete } from "./ingest.connection.delete.ts";
import { ingestConnectionGet } from "./ingest.connection.get.ts";
import { ingestConnectionList } from "./ingest.connection.list.ts";
import { ingestConnectionUpdate } from "./ingest.connection.update.ts";
import { ingestImportCreate } from "./ingest.import.create.ts";
import { ingestImportGet } from "./ingest.import.get.ts";
import { ingestImportList } from "./ingest.import.list.ts";
import { notificationsFeedFile } from "./notifications.feed.file.ts";
import { notificationsFeedGet } from "./notifications.feed.get.ts";
import { otAdvisoryList } from "./ot.advisory.list.ts";
import { otCaptureImport } from "./ot.capture.import.ts";
import { otDetectionCount } from "./ot.detection.count.ts";
import { otDetectionGet } from "./ot.detection.get.ts";
import { otDetectionList } from "./ot.detection.list.ts";
import { otEventList } from "./ot.event.list.ts";
import { otHostCount } from "./ot.host.count.ts";
import { otHostGet } from "./ot.host.get.ts";
import { otHostList } from "./ot.host.list.ts";
import { otImportGet } from "./ot.import.get.ts";
import { otNetworkList } from "./ot.network.list.ts";
import { otProjectfileCount } from "./ot.projectfile.count.ts";
import { otProjectfileGet } from "./ot.projectfile.get.ts";
import { otProjectfileImport } from "./ot.projectfile.import.ts";
import { otProjectfileList } from "./ot.projectfile.list.ts";
import { platformsList } from "./platforms.list.ts";

export {
  adminAuditExport,
  adminAuditList,
  adminAuditVerify,
  adminClientCreate,
  adminClientDelete,
  adminClientGet,
  adminClientList,
  adminClientRevoke,
  adminClientRotate,
  adminClientUpdate,
  adminIdpCreate,
  adminIdpDelete,
  adminIdpGet,
  adminIdpList,
  adminIdpUpdate,
  adminKeyList,
  adminKeyRotate,
  adminLimitExceptionDelete,
  adminLimitList,
  adminLimitSet,
  adminReleaseNoteCreate,
  adminReleaseNoteDelete,
  adminReleaseNoteList,
  adminRoleCreate,
  adminRoleDelete,
  adminRoleGet,
  adminRoleList,
  adminRoleUpdate,
  adminSubscriptionCreate,
  adminSubscriptionDelete,
  adminSubscriptionGet,
  adminSubscriptionList,
  adminSubscriptionUpdate,
  adminTagAssets,
  adminTagCreate,
  adminTagDelete,
  adminTagGet,
  adminTagList,
  adminTagUpdate,
  adminUnitCreate,
  adminUnitDelete,
  adminUnitGet,
  adminUnitList,
  adminUnitUpdate,
  adminUserCreate,
  adminUserDelete,
  adminUserGet,
  adminUserList,
  adminUserUpdate,
  adminVersionGet,
  adminVersionList,
  adminVersionReset,
  adminVersionSet,
  adminWebhookCreate,
  adminWebhookDelete,
  adminWebhookDeliveries,
  adminWebhookGet,
  adminWebhookList,
  adminWebhookPing,
  adminWebhookRotate,
  adminWebhookUpdate,
  authJwksGet,
  authOauthCreate,
  authOidcCreate,
  authPasswordChange,
  authTokenCreate,
  etmAssetCount,
  etmAssetGet,
  etmAssetList,
  etmFeedList,
  etmFindingAccept,
  etmFindingCount,
  etmFindingGet,
  etmFindingList,
  etmFindingRevokeAcceptance,
  etmFindingStats,
  etmReportDelete,
  etmReportDownload,
  etmReportGet,
  etmReportList,
  etmReportPart,
  etmReportSubmit,
  etmScoreSettingsGet,
  etmScoreSettingsUpdate,
  ingestConnectionCreate,
  ingestConnectionDelete,
  ingestConnectionGet,
  ingestConnectionList,
  ingestConnectionUpdate,
  ingestImportCreate,
  ingestImportGet,
  ingestImportList,
  notificationsFeedFile,
  notificationsFeedGet,
  otAdvisoryList,
  otCaptureImport,
  otDetectionCount,
  otDetectionGet,
  otDetectionList,
  otEventList,
  otHostCount,
  otHostGet,
  otHostList,
  otImportGet,
  otNetworkList,
  otProjectfileCount,
  otProjectfileGet,
  otProjectfileImport,
  otProjectfileList,
  platformsList,
};

/** The table: every operation of the API, and nothing that is not one. */
export const OPERATIONS: readonly Operation[] = [
  adminAuditExport,
  adminAuditList,
  adminAuditVerify,
  adminClientCreate,
  adminClientDelete,
  adminClientGet,
  adminClientList,
  adminClientRevoke,
  adminClientRotate,
  adminClientUpdate,
  adminIdpCreate,
  adminIdpDelete,
  adminIdpGet,
  adminIdpList,
  adminIdpUpdate,
  adminKeyList,
  adminKeyRotate,
  adminLimitExceptionDelete,
  adminLimitList,
  adminLimitSet,
  adminReleaseNoteCreate,
  adminReleaseNoteDelete,
  adminReleaseNoteList,
  adminRoleCreate,
  adminRoleDelete,
  adminRoleGet,
  adminRoleList,
  adminRoleUpdate,
  adminSubscriptionCreate,
  adminSubscriptionDelete,
  adminSubscriptionGet,
  adminSubscriptionList,
  adminSubscriptionUpdate,
  adminTagAssets,
  adminTagCreate,
  adminTagDelete,
  adminTagGet,
  adminTagList,
  adminTagUpdate,
  adminUnitCreate,
  adminUnitDelete,
  adminUnitGet,
  adminUnitList,
  adminUnitUpdate,
  adminUserCreate,
  adminUserDelete,
  adminUserGet,
  adminUserList,
  adminUserUpdate,
  adminVersionGet,
  adminVersionList,
  adminVersionReset,
  adminVersionSet,
  adminWebhookCreate,
  adminWebhookDelete,
  adminWebhookDeliveries,
  adminWebhookGet,
  adminWebhookList,
  adminWebhookPing,
  adminWebhookRotate,
  adminWebhookUpdate,
  authJwksGet,
  authOauthCreate,
  authOidcCreate,
  authPasswordChange,
  authTokenCreate,
  etmAssetCount,
  etmAssetGet,
  etmAssetList,
  etmFeedList,
  etmFindingAccept,
  etmFindingCount,
  etmFindingGet,
  etmFindingList,
  etmFindingRevokeAcceptance,
  etmFindingStats,
  etmReportDelete,
  etmReportDownload,
  etmReportGet,
  etmReportList,
  etmReportPart,
  etmReportSubmit,
  etmScoreSettingsGet,
  etmScoreSettingsUpdate,
  ingestConnectionCreate,
  ingestConnectionDelete,
  ingestConnectionGet,
  ingestConnectionList,
  ingestConnectionUpdate,
  ingestImportCreate,
  ingestImportGet,
  ingestImportList,
  notificationsFeedFile,
  notificationsFeedGet,
  otAdvisoryList,
  otCaptureImport,
  otDetectionCount,
  otDetectionGet,
  otDetectionList,
  otEventList,
  otHostCount,
  otHostGet,
  otHostList,
  otImportGet,
  otNetworkList,
  otProjectfileCount,
  otProjectfileGet,
  otProjectfileImport,
  otProjectfileList,
  platformsList,
];
