import { tmpdir } from "node:os";
import { OPERATIONS, type Operation } from "@breakwater/contract";
import { MANAGER, startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";

let installation: TestInstallation;
let token: string;

const second = { username: "coverage_second", password: "a-long-password-1" };

beforeAll(async () => {
  installation = await startInstallation({ environment: { importDir: tmpdir() } });
  const form = new URLSearchParams({ ...MANAGER, token: "true" });
  await sql`CREATE FUNCTION refuse_event() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN RAISE EXCEPTION 'the log is full'; END$$`.execute(installation.db.write);
  token = await (await fetch(`${installation.url}/auth`, { method: "POST", body: form })).text();
});
afterAll(() => installation.close());

type Example = {
  params?: Record<string, string | number>;
  query?: Record<string, string>;
  json?: object;
  form?: Record<string, string>;
  text?: string;
  headers?: Record<string, string>;
  /** Names of events, where they are not the operation's. */
  actions?: string[];
};

/** What earlier examples answered, by operation. */
type Made = (id: string) => Record<string, string>;

const HOST_LIST = "GET /ot/1.0/host/list";
const clientHeaders = (made: Made) => {
  const { clientId, clientSecret } = made("admin.client.create");
  return { clientId: clientId as string, clientSecret: clientSecret as string };
};

/** One call of each operation that changes or hands out something; in an order in which what is needed is there. */
const EXAMPLES: Readonly<Record<string, (made: Made) => Example | Promise<Example>>> = {
  "auth.token.create": () => ({ form: { ...MANAGER, token: "true" }, actions: ["auth.login"] }),
  "admin.user.create": () => ({ json: { ...second, role: "Reader" } }),
  "admin.user.update": (made) => ({ params: { userId: made("admin.user.create").id! }, json: { fullName: "Second" } }),
  "auth.password.change": () => ({ form: { ...second, newPassword: "a-long-password-2" } }),
  "admin.user.delete": (made) => ({ params: { userId: made("admin.user.create").id! } }),
  "admin.role.create": () => ({ json: { name: "Own", permissions: ["ETM API Access"] } }),
  "admin.role.update": (made) => ({ params: { roleId: made("admin.role.create").id! }, json: { description: "x" } }),
  "admin.role.delete": (made) => ({ params: { roleId: made("admin.role.create").id! } }),
  "admin.unit.create": () => ({ json: { name: "Unit" } }),
  "admin.unit.update": (made) => ({ params: { unitId: made("admin.unit.create").id! }, json: { name: "Unit 2" } }),
  "admin.unit.delete": (made) => ({ params: { unitId: made("admin.unit.create").id! } }),
  "admin.tag.create": () => ({ json: { name: "Tag" } }),
  "admin.tag.update": (made) => ({ params: { tagId: made("admin.tag.create").id! }, json: { criticality: 3 } }),
  "admin.tag.assets": (made) => ({ params: { tagId: made("admin.tag.create").id! }, json: { add: [] } }),
  "admin.tag.delete": (made) => ({ params: { tagId: made("admin.tag.create").id! } }),
  "admin.client.create": () => ({ json: { name: "feed", kind: "subscription", modules: ["ETM"] } }),
  "auth.oauth.create": (made) => ({ headers: clientHeaders(made), form: {}, actions: ["auth.client"] }),
  "auth.oidc.create": (made) => ({ headers: clientHeaders(made), form: {}, actions: ["auth.client"] }),
  "admin.client.update": (made) => ({
    params: { clientId: made("admin.client.create").clientId! },
    json: { name: "f" },
  }),
  "admin.client.rotate": (made) => ({ params: { clientId: made("admin.client.create").clientId! }, json: {} }),
  "admin.client.revoke": (made) => ({ params: { clientId: made("admin.client.create").clientId! } }),
  "admin.client.delete": (made) => ({ params: { clientId: made("admin.client.create").clientId! } }),
  "admin.idp.create": () => ({
    json: { name: "idp", issuer: "https://idp.test", audience: "us", jwksUrl: "https://idp.test/keys" },
  }),
  "admin.idp.update": (made) => ({ params: { idpId: made("admin.idp.create").id! }, json: { name: "other" } }),
  "admin.idp.delete": (made) => ({ params: { idpId: made("admin.idp.create").id! } }),
  "admin.key.rotate": () => ({ json: { algorithm: "RS512" } }),
  "admin.limit.set": () => ({ json: { api: HOST_LIST, concurrency: 3 } }),
  "admin.limit-exception.delete": () => ({ query: { api: HOST_LIST } }),
  "admin.release-note.create": () => ({ json: { title: "News", text: "Text" } }),
  "admin.release-note.delete": (made) => ({ params: { noteId: made("admin.release-note.create").id! } }),
  "admin.subscription.create": () => ({
    json: { name: "Other", managerUsername: "other_boss", managerPassword: "a-long-password-3" },
  }),
  "admin.subscription.update": (made) => ({
    params: { subscriptionId: made("admin.subscription.create").id! },
    json: { name: "Another" },
  }),
  "admin.subscription.delete": (made) => ({ params: { subscriptionId: made("admin.subscription.create").id! } }),
  "admin.version.set": () => ({ json: { api: HOST_LIST, deprecatedAt: "2027-01-01" } }),
  "admin.version.reset": () => ({ json: { api: HOST_LIST } }),
  "admin.webhook.create": () => ({ json: { url: "http://127.0.0.1:9/hook" } }),
  "admin.webhook.update": (made) => ({
    params: { webhookId: made("admin.webhook.create").id! },
    json: { description: "x" },
  }),
  "admin.webhook.rotate": (made) => ({ params: { webhookId: made("admin.webhook.create").id! } }),
  "admin.webhook.ping": (made) => ({ params: { webhookId: made("admin.webhook.create").id! } }),
  "admin.webhook.delete": (made) => ({ params: { webhookId: made("admin.webhook.create").id! } }),
  "admin.audit.export": () => ({}),
  "ingest.connection.create": () => ({ json: { name: "Plant scanner" } }),
  "ingest.connection.update": (made) => ({
    params: { connectionId: made("ingest.connection.create").id! },
    json: { retainMissing: true },
  }),
  "ingest.connection-folder.set": (made) => ({
    params: { connectionId: made("ingest.connection.create").id! },
    json: { folder: "scans" },
  }),
  "ingest.connection-folder.poll": (made) => ({ params: { connectionId: made("ingest.connection.create").id! } }),
  "ingest.connection-folder.delete": async (made) => {
    await polled();
    return { params: { connectionId: made("ingest.connection.create").id! } };
  },
  "ingest.connection.delete": (made) => ({ params: { connectionId: made("ingest.connection.create").id! } }),
  "ingest.import.create": () => ({ text: "nothing that anybody reads", headers: { "content-type": "text/plain" } }),
  "ot.projectfile.import": () => ({ text: "nothing either", headers: { "content-type": "text/plain" } }),
  "ot.capture.import": () => ({ text: "nor here", headers: { "content-type": "text/plain" } }),
  "etm.finding.accept": async () => ({
    params: { findingId: await anyFinding() },
    json: { reason: "so be it" },
  }),
  "etm.finding.retest": (made) => ({ params: { findingId: made("etm.finding.accept").findingId! } }),
  "etm.asset.split": async () => ({ params: { assetId: String(await anyMerged()) }, json: { connections: ["P2"] } }),
  "etm.asset.merge": async (made) => ({
    params: { assetId: String(await anyMerged()) },
    json: { assetId: made("etm.asset.split").id! },
  }),
  "etm.finding.revoke-acceptance": (made) => ({ params: { findingId: made("etm.finding.accept").findingId! } }),
  "etm.risk-rule.create": () => ({
    json: { name: "Behind IPS", reason: "IPS", assetQql: "asset.name:web*", effect: { kind: "FACTOR", value: 0.5 } },
  }),
  "etm.risk-rule.update": (made) => ({ params: { ruleId: made("etm.risk-rule.create").id! }, json: { priority: 1 } }),
  "etm.risk-rule.delete": (made) => ({ params: { ruleId: made("etm.risk-rule.create").id! } }),
  "etm.score-settings.update": () => ({ json: { weights: { low: 0.3 } } }),
  "etm.report.submit": () => ({ json: { reportFormat: "CSV" }, actions: ["report.submit"] }),
  "etm.report-schedule.create": () => ({
    json: {
      name: "Daily",
      reportFormat: "CSV",
      rhythm: { every: "DAY", at: "03:00", timeZone: "UTC" },
      isEnabled: false,
    },
  }),
  "etm.report-schedule.update": (made) => ({
    params: { scheduleId: made("etm.report-schedule.create").id! },
    json: { description: "x" },
  }),
  "etm.report-schedule.run": (made) => ({ params: { scheduleId: made("etm.report-schedule.create").id! } }),
  "etm.report-schedule.delete": (made) => ({ params: { scheduleId: made("etm.report-schedule.create").id! } }),
  "etm.report.download": async (made) => {
    await completed(made("etm.report.submit").id!);
    return { params: { id: made("etm.report.submit").id! }, actions: ["report.download"] };
  },
  "etm.report.part": (made) => ({
    params: { id: made("etm.report.submit").id!, name: "part_1.csv" },
    actions: ["report.download"],
  }),
  "etm.report.delete": (made) => ({ params: { id: made("etm.report.submit").id! }, actions: ["report.delete"] }),
};

/** Of an asset with nothing else: what is accepted has to be there. */
/** An asset of two sources. */
async function anyMerged(): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    WITH a AS (INSERT INTO asset (subscription_id, name, created_at, updated_at) VALUES (1, 'h', now(), now()) RETURNING id),
      n AS (INSERT INTO connection (subscription_id, name, product) VALUES (1, 'P1', 'P'), (1, 'P2', 'P')
        ON CONFLICT DO NOTHING RETURNING id),
      known AS (SELECT id FROM n UNION SELECT id FROM connection WHERE subscription_id = 1 AND name IN ('P1', 'P2'))
    INSERT INTO asset_source (subscription_id, asset_id, connection_id, seen_at, first_seen_at, digest, has_fresh)
    SELECT 1, a.id, known.id, now(), now(), '', false FROM a, known RETURNING asset_id AS id`.execute(
    installation.db.write,
  );
  return rows[0]!.id;
}

async function anyFinding(): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    WITH a AS (INSERT INTO asset (subscription_id, name, created_at, updated_at) VALUES (1, 'h', now(), now()) RETURNING id),
      c AS (INSERT INTO check_definition (subscription_id, product, vendor_id, digest, described_at, title, description,
          solution, severity, source_severity) VALUES (1, 'P', '1', '', now(), 't', '', '', 3, '') RETURNING id)
    INSERT INTO finding (subscription_id, asset_id, fingerprint, check_id, first_found, last_found, severity, qds, status,
      category)
    SELECT 1, a.id, gen_random_uuid(), c.id, now(), now(), 3, 44, 'NEW', 'VULNERABILITY' FROM a, c RETURNING id`.execute(
    installation.db.write,
  );
  return rows[0]!.id;
}

/** Neither changes anything nor hands out more than a page. */
const READS: readonly string[] = ["etm.report.list", "etm.risk-rule.preview"];
/** GET, and still told: they hand out whole files. */
const DOWNLOADS: readonly string[] = ["etm.report.download", "etm.report.part", "admin.audit.export"];

const isTold = ({ id, method }: Operation) => (method !== "GET" && !READS.includes(id)) || DOWNLOADS.includes(id);

test("there is an example of each operation that changes or hands out something", () => {
  expect(Object.keys(EXAMPLES).sort()).toEqual(
    OPERATIONS.filter(isTold)
      .map(({ id }) => id)
      .sort(),
  );
  const looksLikeFiles = OPERATIONS.filter(({ method, responses }) => {
    const type = responses[200]?.contentType ?? "application/json";
    return method === "GET" && /zip|jsonl|csv|octet-stream/.test(type);
  });
  expect(looksLikeFiles.filter(({ id }) => !DOWNLOADS.includes(id))).toEqual([]);
});

const answers = new Map<string, Record<string, string>>();

test.each(Object.keys(EXAMPLES))("%s leaves an event, and without one does nothing", async (id) => {
  const operation = OPERATIONS.find((one) => one.id === id)!;
  const example = await EXAMPLES[id]!((name) => {
    const made = answers.get(name);
    if (!made) throw new Error(`the example of ${name} has made nothing`);
    return made;
  });
  await expectNothingWithoutEvent(operation, example);
  const before = await lastEvent();
  const response = await send(operation, example);
  const text = await response.text();
  expect([response.status < 300, text]).toEqual([true, text]);
  if (response.headers.get("content-type")?.match(/^application\/json\b/)) answers.set(id, JSON.parse(text));
  const { rows } = await sql<{ action: string; result: string; address: string }>`
    SELECT action, result, address FROM audit_event WHERE id > ${before}`.execute(installation.db.write);
  for (const action of example.actions ?? [id]) {
    expect(rows).toContainEqual({ action, result: "success", address: "127.0.0.1" });
  }
});

/** While the audit log takes nothing, the call fails and the database stays as it is. */
async function expectNothingWithoutEvent(operation: Operation, example: Example): Promise<void> {
  const before = await digestTables();
  await sql`CREATE TRIGGER full_log BEFORE INSERT ON audit_event EXECUTE FUNCTION refuse_event()`.execute(
    installation.db.write,
  );
  const response = await send(operation, example);
  await response.text();
  await sql`DROP TRIGGER full_log ON audit_event`.execute(installation.db.write);
  expect(response.status).toBeGreaterThanOrEqual(500);
  const after = await digestTables();
  expect(Object.keys(after).filter((name) => after[name] !== before[name])).toEqual([]);
}

/** A hash of each table's rows, those of deliveries excepted, which are tried again and again. */
async function digestTables(): Promise<Record<string, string>> {
  await settled();
  const { rows: tables } = await sql<{ name: string }>`
    SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
      AND table_name <> 'webhook_delivery'
  `.execute(installation.db.write);
  const digests = tables.map(
    ({ name }) =>
      sql`SELECT ${name} AS name, md5(string_agg(t::text, E'\n' ORDER BY t::text)) AS digest FROM ${sql.table(name)} t`,
  );
  const { rows } = await sql<{ name: string; digest: string }>`${sql.join(digests, sql` UNION ALL `)}`.execute(
    installation.db.write,
  );
  return Object.fromEntries(rows.map(({ name, digest }) => [name, digest]));
}

/** Waits until the jobs of earlier examples are done. */
async function settled(): Promise<void> {
  for (;;) {
    const { rows } = await sql<{ isBusy: boolean }>`
      SELECT EXISTS (SELECT FROM import_job WHERE status IN ('REQUESTED', 'IN_PROGRESS'))
        OR EXISTS (SELECT FROM report WHERE status IN ('REQUESTED', 'IN_PROGRESS'))
        OR EXISTS (SELECT FROM connection WHERE deleted_at IS NOT NULL AND ended_at IS NULL)
        OR EXISTS (SELECT FROM score_walk) AS "isBusy"`.execute(installation.db.write);
    if (!rows[0]!.isBusy) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function lastEvent(): Promise<number> {
  const { rows } = await sql<{ id: number }>`SELECT max(id) AS id FROM audit_event`.execute(installation.db.write);
  return rows[0]!.id;
}

function send(
  operation: Operation,
  { params = {}, query = {}, json, form, text, headers }: Example,
): Promise<Response> {
  const template = Object.values(operation.versions)[0] as string;
  const path = template.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] as string));
  const body = json ? JSON.stringify(json) : form ? new URLSearchParams(form) : text;
  return fetch(`${installation.url}${path}?${new URLSearchParams(query)}`, {
    method: operation.method,
    headers: {
      ...(operation.access === "public" ? {} : { authorization: `Bearer ${token}` }),
      ...(json ? { "content-type": "application/json" } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
}

/** Once the folder that an example had looked at was. */
async function polled(): Promise<void> {
  for (;;) {
    const { rows } = await sql`SELECT FROM connection_folder WHERE last_poll_at IS NOT NULL`.execute(
      installation.db.write,
    );
    if (rows.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function completed(reportId: string): Promise<void> {
  for (;;) {
    const { rows } = await sql<{ status: string }>`SELECT status FROM report WHERE id = ${reportId}`.execute(
      installation.db.write,
    );
    if (rows[0]?.status === "COMPLETED") return;
    if (rows[0]?.status === "FAILED") throw new Error("the report failed");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
