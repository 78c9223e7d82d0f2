import { TENANT_PASSWORD, type Tenant } from "@breakwater/testkit/tenant";
import { bodyOf, call } from "../http.ts";
import { REPORTS } from "../reports.ts";
import type { Target } from "../target.ts";
import type { FuzzCaller } from "./calls.ts";
import { type Hints, QUERIES, SORTS } from "./values.ts";

/** A caller, and the subscription that it belongs to. */
export type TenantCaller = FuzzCaller & { tenant?: Tenant };
type Tenants = readonly [operator: Tenant, Tenant, Tenant];
type Make = (kind: string, json: object) => Promise<Record<string, unknown>>;

/** Manager, scoped user and client of each tenant, and nobody. */
export async function makeCallers(target: Target, tenants: Tenants): Promise<TenantCaller[]> {
  const [operator, , last] = tenants;
  const makeAs =
    ({ tokens }: Tenant): Make =>
    async (kind, json) => {
      const path = `/${kind === "connection" ? "ingest" : "admin"}/1.0/${kind}/create`;
      return bodyOf(await call(target, "POST", path, { token: tokens.manager, json }), 201);
    };
  const installation = await makeForOperator(makeAs(operator));
  const callers: TenantCaller[] = [];
  for (const [n, tenant] of tenants.entries()) {
    // Wrong passwords are tried on everybody: they lock nobody here.
    const json = { lockoutThreshold: 0 };
    const path = `/admin/1.0/subscription/${tenant.subscriptionId}`;
    await bodyOf(await call(target, "PUT", path, { token: tenant.tokens.manager, json }));
    const other = tenants[n === 1 ? 2 : 1];
    const token = tenant.tokens.manager;
    const submit = async (report: object) =>
      bodyOf(await call(target, "POST", `${REPORTS}/findings`, { token, json: report }), 201);
    const fodder = await makeFodder(makeAs(tenant), submit, n);
    const common = {
      hints: toHints(tenant, other, n === 0 ? { ...fodder, ...installation.hints } : fodder),
      pins: { ...toPins(installation.kept, tenant), ...fodder.pins, ...installation.pins },
      credentials: { clientId: tenant.ids.client, clientSecret: tenant.clientSecret },
      tenant,
    };
    for (const kind of ["manager", "reader", "client"] as const) {
      callers.push({ ...common, name: `${kind} of ${tenant.marker}`, token: tenant.tokens[kind] });
    }
  }
  const pins = toPins(installation.kept, last);
  return [...callers, { name: "nobody", hints: toHints(last, operator, {}), pins }];
}

/** What is of the whole installation, or can be had on loopback, where the operator alone may send. */
async function makeForOperator(make: Make) {
  const subscription = async (name: string) => {
    const json = { name, managerUsername: `${name}_manager`, managerPassword: TENANT_PASSWORD };
    return (await make("subscription", json)).id;
  };
  const kept = await subscription("kept");
  const doomed = await subscription("doomed");
  const webhook = await make("webhook", { url: "http://127.0.0.1:9/" });
  const notes = await Promise.all(
    ["a", "b", "c", "d"].map((title) => make("release-note", { title, text: "To be deleted" })),
  );
  return {
    kept,
    hints: { webhookId: [webhook.id], subscriptionId: [kept], noteId: notes.map(({ id }) => id) },
    pins: { "admin.subscription.delete": { subscriptionId: [doomed, 2_147_483_647] } },
  };
}

/** Things of a tenant that may be changed, and others that may be deleted, without an end to the run. */
async function makeFodder(make: Make, submit: (json: object) => Promise<Record<string, unknown>>, n: number) {
  const things = async (kind: string, json: (name: string) => object, id = "id") => {
    const made = [await make(kind, json(`kept ${n}`)), await make(kind, json(`doomed ${n}`))] as const;
    return { kept: made[0][id], doomed: made[1][id] };
  };
  const user = await things("user", (name) => ({ username: name, role: "Reader", ssoOnly: true }));
  const role = await things("role", (name) => ({ name, permissions: [] }));
  const unit = await things("unit", (name) => ({ name }));
  const tag = await things("tag", (name) => ({ name }));
  const ofClient = (name: string) => ({ name, kind: "subscription", modules: ["ETM"] });
  const client = await things("client", ofClient, "clientId");
  const connection = await things("connection", (name) => ({ name }));
  const issuer = `https://fodder-${n}.example`;
  const idp = await things("idp", (name) => ({ name, issuer, audience: name, jwksUrl: `${issuer}/keys` }));
  // Logs in, and changes its password to what it was.
  const username = `fodder_${n}`;
  await make("user", { username, password: TENANT_PASSWORD, role: "Reader" });
  const report = await submit({ reportFormat: "CSV", name: "doomed" });
  return {
    userId: [user.kept],
    roleId: [role.kept],
    unitId: [unit.kept],
    tagId: [tag.kept],
    clientId: [client.kept],
    idpId: [idp.kept],
    connectionId: [connection.kept],
    pins: {
      "admin.user.delete": { userId: [user.doomed] },
      "admin.role.delete": { roleId: [role.doomed] },
      "admin.unit.delete": { unitId: [unit.doomed] },
      "admin.tag.delete": { tagId: [tag.doomed] },
      "admin.client.delete": { clientId: [client.doomed] },
      "admin.client.revoke": { clientId: [client.doomed] },
      "admin.idp.delete": { idpId: [idp.doomed] },
      "ingest.connection.delete": { connectionId: [connection.doomed] },
      "etm.report.delete": { id: [report.id] },
    },
  };
}

type Fodder = Readonly<Record<string, readonly unknown[] | object>>;

/** Ids and names that there are: of the caller's own subscription, and ids of another's. */
function toHints(own: Tenant, other: Tenant, fodder: Fodder): Hints {
  const both = (name: string, id: keyof Tenant["ids"]) => [...((fodder[name] as unknown[]) ?? []), other.ids[id]];
  const of = (name: keyof Tenant["ids"]) => [own.ids[name], other.ids[name]];
  const queries = [...QUERIES, `asset.name:${own.marker}*`, `asset.name:${other.marker}*`];
  const tags = [own.names.tag, other.names.tag];
  const assets = [Number(own.ids.asset), Number(own.ids.host)];
  return {
    userId: both("userId", "user"),
    roleId: both("roleId", "role"),
    unitId: both("unitId", "unit"),
    tagId: both("tagId", "tag"),
    clientId: both("clientId", "client"),
    idpId: both("idpId", "idp"),
    webhookId: [...both("webhookId", "webhook"), own.ids.webhook],
    connectionId: both("connectionId", "connection"),
    confirm: ["kept 0", "kept 1", own.names.connection],
    product: ["Plant audit"],
    columns: [{ host: ["Host"], title: ["Name"] }, { host: ["Host"] }, { nothing: ["x"] }],
    noteId: (fodder.noteId as unknown[]) ?? [],
    id: [...of("report"), ...of("import"), ...of("capture")],
    assetId: [...of("asset"), ...of("host")],
    findingId: of("finding"),
    hostId: of("host"),
    detectionId: of("detection"),
    ruleId: of("rule"),
    scheduleId: of("schedule"),
    rhythm: [
      { every: "MINUTES", minutes: 1440 },
      { every: "DAY", at: "02:30", timeZone: "Europe/Berlin" },
      { every: "WEEK", weekdays: ["MONDAY"], at: "23:59", timeZone: "UTC" },
      { every: "MONTH", dayOfMonth: 31, at: "00:00", timeZone: "Nowhere/None" },
    ],
    effect: [
      { kind: "FACTOR", value: 0.5 },
      { kind: "POINTS", value: -10 },
      { kind: "INTERNET_FACING" },
      { kind: "FACTOR", value: 1 },
    ],
    connections: [own.names.connection, other.names.connection],
    folder: ["in", "../out", "/etc"],
    subscriptionId: [...((fodder.subscriptionId as unknown[]) ?? [own.subscriptionId]), other.subscriptionId],
    user: [own.names.reader, other.names.reader],
    role: ["Reader", "ETM Viewer", other.names.role],
    businessUnit: [own.names.unit, other.names.unit],
    parent: tags,
    scopeTags: tags,
    assetIds: [...assets, Number(other.ids.asset)],
    add: [...assets, Number(other.ids.asset)],
    remove: assets,
    api: ["GET /ot/1.0/host/list", own.names.limitedApi, "GET /nowhere"],
    filter: queries,
    assetFilter: queries,
    assetQql: queries,
    findingsQql: queries,
    qql: queries,
    rule: [...QUERIES, `asset.name:${own.marker}*`],
    sort: SORTS,
    cursor: ["", "x", "W10", Buffer.from('["a","1"]').toString("base64url")],
    reportFormat: ["JSON", "CSV", "JSONL", "PARQUET", "SARIF", "CYCLONEDX", "OPENVEX", "json"],
    link: ["https://x.example", "javascript:alert(1)"],
    date: ["2025-01-01", "2025-02-30", "9999-12-31T23:59:59Z"],
    token: ["true", "false", "true&permissions=true"],
    encrypted: ["RSA512", "none"],
    certificates: ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"],
    jwksUrl: ["https://fuzz.invalid/keys", "http://127.0.0.1:9/keys", "file:///etc/passwd"],
  };
}

/** What would end the run: limits that let nobody call, versions that are gone, addresses that are shut out, and sending. */
function toPins(subscriptionId: unknown, own: Tenant): FuzzCaller["pins"] {
  const refused = ["ftp://x", "", "http://0.0.0.0/", "http://169.254.169.254/", "http://u:p@x.example/", "http://[::1"];
  // Refused to all but the operator; nothing listens there.
  const url = [...Array<string>(6).fill("http://127.0.0.1:9/"), ...refused];
  const passwords = [TENANT_PASSWORD, `${TENANT_PASSWORD}-2`];
  const api = ["GET /ot/v1/host/list", "GET /nowhere", "x"];
  const fodder = `fodder_${own.subscriptionId - 1}`;
  // Kept and shown again, so that they must not name another subscription's things.
  const queries = [...QUERIES, `asset.name:${own.marker}*`];
  const kept = { assetQql: queries, findingsQql: queries };
  return {
    "etm.report-schedule.create": kept,
    "etm.report-schedule.update": kept,
    "etm.risk-rule.create": kept,
    "etm.risk-rule.update": kept,
    "etm.risk-rule.preview": kept,
    "admin.limit.set": { subscriptionId: [subscriptionId, subscriptionId, 2_147_483_647, 0] },
    "admin.limit-exception.delete": { subscriptionId: [subscriptionId] },
    "admin.version.set": { api, eolAt: [null, "2999-12-31", "never"] },
    "admin.version.reset": { api },
    "admin.subscription.update": {
      ipAllowList: [[], ["0.0.0.0/0", "::/0"], ["x"], ["1.2.3.4/99"], [""]],
      lockoutThreshold: [0, -1, "x"],
    },
    "admin.webhook.create": { url },
    "admin.webhook.update": { url, isEnabled: [false, "no", null] },
    "auth.token.create": { username: [own.names.reader, fodder, "nobody"], password: [TENANT_PASSWORD, "wrong"] },
    "auth.password.change": { username: [fodder], password: [...passwords, "wrong"], newPassword: passwords },
    "etm.report.part": { id: [own.ids.report], name: [own.names.part, "part_2.json"] },
  };
}
