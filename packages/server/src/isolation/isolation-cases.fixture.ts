import type * as contract from "@breakwater/contract";
import { type Tenant, tenantScan } from "@breakwater/testkit/tenant";

/** Ids of the contract table, as types. */
export type OperationId = {
  [K in keyof typeof contract]: (typeof contract)[K] extends { id: infer Id extends string; method: string }
    ? Id
    : never;
}[keyof typeof contract];

/** One request of an outsider. */
export type Attempt = {
  params?: Record<string, string>;
  query?: Record<string, string>;
  /** A value `UNIQUE` becomes a name not used before. */
  json?: object;
  form?: Record<string, string>;
  headers?: Record<string, string>;
  file?: string;
  /**
   * What it must bring: nothing of the other subscription (`refused`, the default: 400, 403 or 404), the caller's own
   * (`own`: a success), or no token (`denied`: 401, or 429 by the log-in guard). Other statuses where the case says why.
   */
  brings?: keyof typeof OUTCOMES | number;
  /** Whoever has not the role Manager is refused before anything is looked up. */
  isForManagers?: true;
};

/** Statuses by what an attempt brings. */
export const OUTCOMES = {
  refused: [400, 403, 404],
  own: [200, 201, 202, 204],
  denied: [401, 429],
} as const;

/** What is tried with the ids and names of another subscription; or why there is nothing to try. */
export type Case = { nothingToCross: string } | Trial;

type Trial = {
  try: (theirs: Tenant, own: Tenant) => Attempt[];
  /** The operator's Manager may do this to any subscription (platform.md 3 and 4): tried by tenants only. */
  isOperators?: true;
};

const PUBLIC = "public, and tells of the installation only";
const INSTALLATION = "of the whole installation: no subscription has a part in it";
const own = (attempt: Attempt = {}): Trial => ({ try: () => [{ ...attempt, brings: "own" }] });
const refused = (attempt: (theirs: Tenant) => Attempt): Trial => ({ try: (theirs) => [attempt(theirs)] });

const FINDINGS = (theirs: Tenant) => `finding.title:${theirs.marker}*`;
const ASSETS = (theirs: Tenant) => `asset.name:${theirs.marker}* or asset.tag.name:\`${theirs.names.tag}\``;

/** A list, as it is and filtered for what the other one has; and what is refused of it. */
function list(filters: (theirs: Tenant) => Record<string, string>[], beyond?: (theirs: Tenant) => Attempt): Trial {
  return {
    try: (theirs) => [
      ...[{}, ...filters(theirs).map((query) => ({ query }))].map((one) => ({ ...one, brings: "own" as const })),
      ...(beyond ? [beyond(theirs)] : []),
    ],
  };
}

/** Refused to the operator too, as long as there is that subscription. */
const logOf = ({ subscriptionId }: Tenant): Attempt => ({ query: { subscriptionId: String(subscriptionId) } });

/**
 * One case for each operation. A new operation does not compile without one; where ids or names of a subscription go in,
 * those of the other are tried in each place.
 */
export const CASES: Readonly<Record<OperationId, Case>> = {
  // The operator's log names the subscriptions that it made.
  "admin.audit.export": {
    ...list(({ marker, manager }) => [{ actor: manager.username }, { target: marker, format: "csv" }], logOf),
    isOperators: true,
  },
  "admin.audit.list": {
    ...list(({ manager, names }) => [{ actor: manager.username }, { target: names.tag }], logOf),
    isOperators: true,
  },
  "admin.audit.verify": refused(logOf),
  "admin.client.create": {
    try: ({ names, marker }) => [
      { json: { name: "intruder", kind: "user", modules: ["ETM"], user: names.reader } },
      { json: { name: "intruder", kind: "subscription", modules: ["ETM"], scopeTags: [`${marker} tag`] } },
    ],
  },
  "admin.client.delete": refused(({ ids }) => ({ params: { clientId: ids.client } })),
  "admin.client.get": refused(({ ids }) => ({ params: { clientId: ids.client } })),
  "admin.client.list": own(),
  "admin.client.revoke": refused(({ ids }) => ({ params: { clientId: ids.client } })),
  "admin.client.rotate": refused(({ ids }) => ({ params: { clientId: ids.client }, json: { overlapSec: 60 } })),
  "admin.client.update": refused(({ ids }) => ({ params: { clientId: ids.client }, json: { name: "taken over" } })),
  "admin.idp.create": {
    // An issuer and audience lead to one subscription only, so the second one to name them is told that they are taken.
    try: ({ marker }) => [
      {
        json: {
          name: "intruder",
          issuer: `https://${marker}.example`,
          audience: `${marker} audience`,
          jwksUrl: "https://elsewhere.example/keys",
        },
        brings: 409,
        isForManagers: true,
      },
    ],
  },
  "admin.idp.delete": refused(({ ids }) => ({ params: { idpId: ids.idp } })),
  "admin.idp.get": refused(({ ids }) => ({ params: { idpId: ids.idp } })),
  "admin.idp.list": own(),
  "admin.idp.update": refused(({ ids }) => ({
    params: { idpId: ids.idp },
    json: { name: "taken over" },
    isForManagers: true,
  })),
  "admin.key.list": { nothingToCross: INSTALLATION },
  "admin.key.rotate": { nothingToCross: INSTALLATION },
  "admin.limit-exception.delete": {
    isOperators: true,
    try: ({ subscriptionId, names }) => [
      { query: { subscriptionId: String(subscriptionId), api: names.limitedApi } },
      { query: { api: names.limitedApi } },
    ],
  },
  "admin.limit.list": {
    isOperators: true,
    try: ({ subscriptionId }) => [{ brings: "own" }, { query: { subscriptionId: String(subscriptionId) } }],
  },
  "admin.limit.set": {
    isOperators: true,
    try: ({ subscriptionId }) => [{ json: { subscriptionId, level: "Express" } }],
  },
  "admin.release-note.create": { nothingToCross: INSTALLATION },
  "admin.release-note.delete": { nothingToCross: INSTALLATION },
  "admin.release-note.list": own(),
  "admin.role.create": own({ json: { name: "UNIQUE", permissions: [] } }),
  "admin.role.delete": refused(({ ids }) => ({ params: { roleId: ids.role } })),
  "admin.role.get": refused(({ ids }) => ({ params: { roleId: ids.role } })),
  "admin.role.list": own(),
  "admin.role.update": refused(({ ids }) => ({ params: { roleId: ids.role }, json: { permissions: [] } })),
  "admin.subscription.create": {
    // User names are unique in the installation: whoever creates one is told that it is taken, and nothing more.
    isOperators: true,
    try: ({ manager, marker }) => [
      { json: { name: `${marker} twin`, managerUsername: manager.username, managerPassword: manager.password } },
    ],
  },
  "admin.subscription.delete": {
    isOperators: true,
    try: ({ subscriptionId, marker }) => [
      { params: { subscriptionId: String(subscriptionId) }, query: { confirm: `${marker} company` } },
    ],
  },
  "admin.subscription.get": {
    isOperators: true,
    try: ({ subscriptionId }) => [{ params: { subscriptionId: String(subscriptionId) } }],
  },
  "admin.subscription.list": { ...own(), isOperators: true },
  "admin.subscription.update": {
    isOperators: true,
    try: ({ subscriptionId }) => [
      { params: { subscriptionId: String(subscriptionId) }, json: { lockoutThreshold: 1 } },
      { params: { subscriptionId: String(subscriptionId) }, json: { name: "taken over" } },
    ],
  },
  "admin.tag.assets": {
    try: ({ ids }, mine) => [
      { params: { tagId: ids.child }, json: { add: [] } },
      { params: { tagId: mine.ids.child }, json: { add: [Number(ids.asset)] }, brings: 400 },
      { params: { tagId: mine.ids.child }, json: { add: [Number(ids.host)] }, brings: 400 },
    ],
  },
  "admin.tag.create": {
    try: ({ names, ids }) => [
      { json: { name: "below", parent: names.tag } },
      { json: { name: "on", assetIds: [Number(ids.asset)] } },
      { json: { name: "UNIQUE", rule: "asset.interface.address:10.0.0.0/8" }, brings: "own" },
    ],
  },
  "admin.tag.delete": refused(({ ids }) => ({ params: { tagId: ids.tag } })),
  "admin.tag.get": refused(({ ids }) => ({ params: { tagId: ids.tag } })),
  "admin.tag.list": own(),
  "admin.tag.update": {
    try: ({ ids, names }, mine) => [
      { params: { tagId: ids.tag }, json: { name: "taken over" } },
      { params: { tagId: mine.ids.child }, json: { parent: names.tag }, brings: 400 },
    ],
  },
  "admin.unit.create": refused(({ names }) => ({ json: { name: "intruder", scopeTags: [names.tag] } })),
  "admin.unit.delete": refused(({ ids }) => ({ params: { unitId: ids.unit } })),
  "admin.unit.get": refused(({ ids }) => ({ params: { unitId: ids.unit } })),
  "admin.unit.list": own(),
  "admin.unit.update": refused(({ ids }) => ({ params: { unitId: ids.unit }, json: { scopeTags: [] } })),
  "admin.user.create": {
    try: ({ names }) => [
      { json: { username: "intruder", password: "a-long-password-1", role: names.role } },
      { json: { username: "intruder", password: "a-long-password-1", role: "Reader", scopeTags: [names.tag] } },
      { json: { username: "intruder", password: "a-long-password-1", role: "Reader", businessUnit: names.unit } },
      // User names are unique in the installation (platform.md 2.1: a log-in names no subscription).
      { json: { username: names.reader, password: "a-long-password-1", role: "Reader" }, brings: 409 },
    ],
  },
  "admin.user.delete": refused(({ ids }) => ({ params: { userId: ids.user } })),
  "admin.user.get": refused(({ ids }) => ({ params: { userId: ids.user } })),
  "admin.user.list": own(),
  "admin.user.update": {
    try: ({ ids, names }, mine) => [
      { params: { userId: ids.user }, json: { status: "INACTIVE" } },
      { params: { userId: ids.user }, json: { password: "a-long-password-1" } },
      { params: { userId: mine.ids.user }, json: { role: names.role }, brings: 400 },
      { params: { userId: mine.ids.user }, json: { scopeTags: [names.tag] }, brings: 400 },
      { params: { userId: mine.ids.user }, json: { businessUnit: names.unit }, brings: 400 },
    ],
  },
  "admin.version.get": { nothingToCross: INSTALLATION },
  "admin.version.list": { nothingToCross: INSTALLATION },
  "admin.version.reset": { nothingToCross: INSTALLATION },
  "admin.version.set": { nothingToCross: INSTALLATION },
  "admin.webhook.create": own({ json: { url: "https://own.invalid/hook" } }),
  "admin.webhook.delete": refused(({ ids }) => ({ params: { webhookId: ids.webhook } })),
  "admin.webhook.deliveries": refused(({ ids }) => ({ params: { webhookId: ids.webhook } })),
  "admin.webhook.get": refused(({ ids }) => ({ params: { webhookId: ids.webhook } })),
  "admin.webhook.list": own(),
  "admin.webhook.ping": refused(({ ids }) => ({ params: { webhookId: ids.webhook } })),
  "admin.webhook.rotate": refused(({ ids }) => ({ params: { webhookId: ids.webhook } })),
  "admin.webhook.update": refused(({ ids }) => ({ params: { webhookId: ids.webhook }, json: { isEnabled: false } })),
  "auth.jwks.get": { nothingToCross: PUBLIC },
  "auth.oauth.create": {
    try: ({ ids }, { clientSecret }) => [{ headers: { clientId: ids.client, clientSecret }, brings: "denied" }],
  },
  "auth.oidc.create": {
    try: ({ ids }, { clientSecret }) => [{ headers: { clientId: ids.client, clientSecret }, brings: "denied" }],
  },
  "auth.password.change": {
    try: ({ names }) => [
      {
        form: { username: names.reader, password: "not-the-password", newPassword: "a-long-password-2" },
        brings: "denied",
      },
    ],
  },
  "auth.token.create": {
    try: ({ names }) => [{ form: { username: names.reader, password: "not-the-password" }, brings: "denied" }],
  },
  "etm.asset.count": list((theirs) => [{ filter: ASSETS(theirs) }]),
  "etm.asset.get": {
    try: ({ ids }) => [{ params: { assetId: ids.asset } }, { params: { assetId: ids.host } }],
  },
  "etm.asset.merge": refused(({ ids }) => ({ params: { assetId: ids.asset }, json: { assetId: ids.host } })),
  "etm.asset.list": list((theirs) => [{ filter: ASSETS(theirs) }, { sort: '[{"asset.name":"asc"}]', pageSize: "1" }]),
  "etm.entity.count": list(({ names }) => [{ filter: `entity.name:\`${names.tag}\`` }]),
  "etm.entity.get": {
    try: ({ ids }) => [{ params: { entityId: ids.tag } }, { params: { entityId: ids.child } }],
  },
  "etm.entity.list": list(({ names }) => [
    { filter: `entity.name:\`${names.tag}\`` },
    { sort: '[{"entity.riskScore":"desc"}]', pageSize: "1" },
  ]),
  "etm.asset.split": refused(({ ids }) => ({ params: { assetId: ids.asset }, json: { connections: ["Nessus"] } })),
  "etm.feed.list": { nothingToCross: INSTALLATION },
  "etm.finding.accept": refused(({ ids }) => ({ params: { findingId: ids.finding }, json: { reason: "taken over" } })),
  "etm.finding.count": list((theirs) => [{ filter: FINDINGS(theirs) }, { assetFilter: ASSETS(theirs) }]),
  "etm.finding.get": refused(({ ids }) => ({ params: { findingId: ids.finding } })),
  "etm.finding.list": list((theirs) => [{ filter: FINDINGS(theirs) }, { assetFilter: ASSETS(theirs) }]),
  "etm.finding.retest": refused(({ ids }) => ({ params: { findingId: ids.finding } })),
  "etm.finding.revoke-acceptance": refused(({ ids }) => ({ params: { findingId: ids.finding } })),
  "etm.finding.stats": {
    try: (theirs) =>
      ["product", "check", "asset", "tag", "connection"].flatMap((groupBy): Attempt[] => [
        { query: { groupBy }, brings: "own" },
        { query: { groupBy, assetFilter: ASSETS(theirs) }, brings: "own" },
      ]),
  },
  "etm.report.delete": refused(({ ids }) => ({ params: { id: ids.report } })),
  "etm.report.download": {
    try: ({ ids }) => [
      { params: { id: ids.report } },
      { params: { id: ids.report }, headers: { Range: "bytes=0-9" } },
      { params: { id: ids.report }, headers: { "If-None-Match": "*" } },
    ],
  },
  "etm.report.get": refused(({ ids }) => ({ params: { id: ids.report } })),
  "etm.report.list": own({ json: { limit: 1000 } }),
  "etm.report.part": refused(({ ids, names }) => ({ params: { id: ids.report, name: names.part } })),
  "etm.report.submit": {
    try: (theirs) => [
      { json: { reportFormat: "JSON", assetQql: ASSETS(theirs), findingsQql: FINDINGS(theirs) }, brings: "own" },
    ],
  },
  "etm.risk-rule.create": own({
    json: { name: "UNIQUE", reason: "r", assetQql: "asset.name:none", effect: { kind: "POINTS", value: 1 } },
  }),
  "etm.risk-rule.delete": refused(({ ids }) => ({ params: { ruleId: ids.rule } })),
  "etm.risk-rule.get": refused(({ ids }) => ({ params: { ruleId: ids.rule } })),
  "etm.risk-rule.list": own(),
  "etm.risk-rule.preview": {
    try: (theirs) => [
      { json: { findingsQql: FINDINGS(theirs), effect: { kind: "POINTS", value: 1 } }, brings: "own" },
      { json: { assetQql: ASSETS(theirs), effect: { kind: "INTERNET_FACING" } }, brings: "own" },
    ],
  },
  "etm.risk-rule.update": refused(({ ids }) => ({ params: { ruleId: ids.rule }, json: { priority: 1 } })),
  "etm.report-schedule.create": own({
    json: { name: "UNIQUE", reportFormat: "JSON", rhythm: { every: "MINUTES", minutes: 1440 }, isEnabled: false },
  }),
  "etm.report-schedule.delete": refused(({ ids }) => ({ params: { scheduleId: ids.schedule } })),
  "etm.report-schedule.get": refused(({ ids }) => ({ params: { scheduleId: ids.schedule } })),
  "etm.report-schedule.list": own(),
  "etm.report-schedule.run": refused(({ ids }) => ({ params: { scheduleId: ids.schedule } })),
  "etm.report-schedule.update": refused(({ ids }) => ({
    params: { scheduleId: ids.schedule },
    json: { name: "taken over" },
  })),
  "etm.score-settings.get": own(),
  "etm.score-settings.update": own({ json: { weights: { low: 0.1 } } }),
  "etm.trend.get": {
    try: ({ names }) => [{ brings: "own" }, { query: { tag: names.tag }, brings: 404 }],
  },
  "ingest.connection.create": own({ json: { name: "UNIQUE" } }),
  "ingest.connection.delete": {
    try: ({ ids, names }) => [
      { params: { connectionId: ids.connection } },
      { params: { connectionId: ids.connection }, query: { confirm: names.connection } },
    ],
  },
  "ingest.connection-folder.delete": refused(({ ids }) => ({ params: { connectionId: ids.connection } })),
  // None has a folder: module tests have, modules/ingest/watched-folders.test.ts.
  "ingest.connection-folder.get": {
    try: ({ ids }) => [{ params: { connectionId: ids.connection }, brings: 404 }],
  },
  "ingest.connection-folder.poll": refused(({ ids }) => ({ params: { connectionId: ids.connection } })),
  "ingest.connection-folder.set": refused(({ ids }) => ({
    params: { connectionId: ids.connection },
    json: { folder: "theirs" },
  })),
  "ingest.connection.get": refused(({ ids }) => ({ params: { connectionId: ids.connection } })),
  "ingest.connection.list": own(),
  "ingest.connection.update": refused(({ ids }) => ({
    params: { connectionId: ids.connection },
    json: { retainMissing: true },
  })),
  // The connection's name, addresses and checks are those of the other, too.
  "ingest.import.create": {
    try: ({ names }, mine) => [
      { query: { connection: names.connection }, file: tenantScan(mine.marker), brings: "own" },
    ],
  },
  "ingest.import.get": {
    try: ({ ids }) => [{ params: { id: ids.import } }, { params: { id: ids.capture } }],
  },
  "ingest.import.list": own({ query: { pageSize: "1000" } }),
  "notifications.feed.file": { nothingToCross: PUBLIC },
  "notifications.feed.get": { nothingToCross: PUBLIC },
  "ot.advisory.list": list(({ marker }) => [{ search: marker }]),
  "ot.capture.import": own({ query: { connection: "Plant scanner" }, file: "nothing that anybody reads" }),
  "ot.detection.count": list(({ ids }) => [{ filter: `asset.assetId:${ids.host}` }]),
  "ot.detection.get": refused(({ ids }) => ({ params: { detectionId: ids.detection } })),
  "ot.detection.list": list(({ ids, names, marker }) => [
    { filter: `asset.assetId:${ids.host}` },
    { filter: `asset.tags.name:\`${names.tag}\`` },
    { filter: `vulnerabilities.title:${marker}` },
    { pageSize: "100" },
  ]),
  "ot.event.list": list(() => [{ address: "192.168.20.10" }, { kind: "STOP" }]),
  "ot.host.count": list(({ ids }) => [{ filter: `asset.assetId:${ids.host}` }]),
  "ot.host.get": refused(({ ids }) => ({ params: { hostId: ids.host } })),
  "ot.host.list": list(({ ids, names }) => [
    { filter: `asset.assetId:${ids.host}` },
    { filter: `asset.tags.name:\`${names.tag}\`` },
    { pageSize: "100" },
  ]),
  // Both were sent to the general import, which shows them itself.
  "ot.import.get": {
    try: ({ ids }) => [ids.import, ids.capture].map((id) => ({ params: { id }, brings: 404 })),
  },
  "ot.network.list": list(() => [{ address: "192.168.20.10" }, { protocol: "s7comm" }]),
  // Neither has any: modules/projectfiles/project-files.test.ts crosses subscriptions that do.
  "ot.projectfile.count": list(({ marker }) => [{ filter: `name:${marker}*` }]),
  "ot.projectfile.get": { try: ({ ids }) => [{ params: { projectFileId: ids.capture }, brings: 404 }] },
  "ot.projectfile.import": own({ query: { connection: "Plant scanner" }, file: "nothing that anybody reads" }),
  "ot.projectfile.list": {
    try: ({ marker }) => [{ brings: 404 }, { query: { filter: `name:${marker}*` }, brings: 404 }],
  },
  "platforms.list": { nothingToCross: PUBLIC },
};
