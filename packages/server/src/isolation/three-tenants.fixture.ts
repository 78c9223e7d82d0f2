import { demoPlant, writePlantCapture } from "@breakwater/simulator/capture/index";
import { MANAGER, startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import { fillSubscription, logIn, plantTenant, type Tenant } from "@breakwater/testkit/tenant";
import { sql } from "kysely";
import type { Database } from "../db/index.ts";

/** An installation with the operator's subscription and two more, each filled with some of everything. */
export type ThreeTenants = { installation: TestInstallation; tenants: readonly Tenant[]; leaks: LeakFinder };

const MARKERS = ["cedarmark", "aldermark", "birchmark"] as const;
const IDS_PER_TENANT = 1_000_000;
const firstId = (n: number) => (700 + n) * IDS_PER_TENANT;

/** The first is the operator's. Each has ids of its own millions, so that they can be told from other numbers in a text. */
export async function startThreeTenants(): Promise<ThreeTenants> {
  const installation = await startInstallation();
  const { url, db } = installation;
  const ground = { url, operatorToken: await logIn(url, MANAGER) };
  const options = { format: "pcap", startAt: Date.UTC(2025, 2, 3, 8), seed: 7 } as const;
  const capture = Buffer.concat(await Array.fromAsync(writePlantCapture(demoPlant(), options)));
  const tenants: Tenant[] = [];
  for (const [n, marker] of MARKERS.entries()) {
    await numberFrom(db, firstId(n));
    const planting = { marker, capture };
    tenants.push(await (n === 0 ? fillSubscription(ground, 1, MANAGER, planting) : plantTenant(ground, planting)));
  }
  for (const tenant of tenants) await addDelivery(db, tenant);
  await numberFrom(db, firstId(MARKERS.length));
  return { installation, tenants, leaks: await LeakFinder.of(db, tenants) };
}

/** A message as a webhook's receiver left it. */
async function addDelivery(db: Database, { subscriptionId, ids, marker }: Tenant): Promise<void> {
  await sql`
    INSERT INTO webhook_delivery (subscription_id, webhook_id, type, body, status, attempts, created_at, next_attempt_at, last_error)
    VALUES (${subscriptionId}, ${ids.webhook}, 'report.completed', ${`{"of":"${marker}"}`}, 'FAILED', 1, now(), now(),
            ${`${marker} does not answer`})`.execute(db.write);
}

async function numberFrom(db: Database, first: number): Promise<void> {
  const { rows } = await sql<{ table: string; column: string }>`
    SELECT table_name AS table, column_name AS column FROM information_schema.columns
    WHERE table_schema = 'public' AND is_identity = 'YES' AND table_name <> 'audit_event'`.execute(db.write);
  for (const { table, column } of rows) {
    await sql`ALTER TABLE ${sql.table(table)} ALTER COLUMN ${sql.ref(column)} RESTART WITH ${sql.lit(first)}`.execute(
      db.write,
    );
  }
}

/** Tells whether a text shows something of a tenant: its marker, its Manager's name, one of its ids or uuids. */
export class LeakFinder {
  readonly #uuids: Map<Tenant, readonly string[]>;
  readonly #tenants: readonly Tenant[];

  private constructor(tenants: readonly Tenant[], uuids: Map<Tenant, readonly string[]>) {
    this.#tenants = tenants;
    this.#uuids = uuids;
  }

  static async of(db: Database, tenants: readonly Tenant[]): Promise<LeakFinder> {
    const uuids = new Map<Tenant, readonly string[]>();
    for (const tenant of tenants) {
      const rows = await dumpSubscription(db, tenant.subscriptionId);
      const found = JSON.stringify(rows).match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g);
      uuids.set(
        tenant,
        [...new Set(found)].filter((uuid) => !isFingerprint(rows, uuid)),
      );
    }
    return new LeakFinder(tenants, uuids);
  }

  /** @param sent by the caller: seeing it again tells nothing new */
  find(tenant: Tenant, answer: string, sent: readonly string[]): string[] {
    const text = sent.filter((one) => one.length > 3).reduce((rest, one) => rest.replaceAll(one, "…"), answer);
    const ids = text.match(new RegExp(`\\b${firstId(this.#tenants.indexOf(tenant)) / IDS_PER_TENANT}\\d{6}\\b`, "g"));
    const names = [tenant.marker, tenant.manager.username, ...(this.#uuids.get(tenant) ?? [])];
    const folded = text.toLowerCase();
    return [...(ids ?? []), ...names.filter((name) => folded.includes(name))];
  }
}

/** Of a finding's issue and place: alike for the same finding of two subscriptions. */
function isFingerprint(rows: Dump, uuid: string): boolean {
  return Object.entries(rows).some(
    ([table, texts]) => table.startsWith("finding") && texts.some((text) => text.includes(`"fingerprint": "${uuid}"`)),
  );
}

/** Rows of a subscription as texts, by table. */
export type Dump = Record<string, string[]>;

/** Changed by a log-in, a call of a client or the delivery of a message, whoever asked for something meanwhile. */
const RESTLESS =
  "{last_login_at,last_used_at,failed_logins,attempts,next_attempt_at,last_attempt_at,last_status,last_error}";
/** Belongs to the installation. `audit_event` is a subscription's, and grows by what is tried from elsewhere too. */
export const UNDUMPED: readonly string[] = [
  "api_lifecycle",
  "audit_chain",
  "audit_event",
  "cve_knowledge",
  "feed_state",
  "knowledge_feed",
  "list_change",
  "release_note",
  "schema_migration",
  "score_basis",
  "signing_key",
  "told_notice",
];

/** Every row of the subscription, but for what changes by itself. */
export async function dumpSubscription(db: Database, subscriptionId: number): Promise<Dump> {
  const dump: Dump = {};
  for (const table of await listTables(db)) {
    if (UNDUMPED.includes(table)) continue;
    const key = table === "subscription" ? "id" : "subscription_id";
    const { rows } = await sql<{ row: string }>`
      SELECT (to_jsonb(t) - ${RESTLESS}::text[])::text AS row FROM ${sql.table(table)} t
      WHERE ${sql.ref(key)} = ${subscriptionId} ORDER BY 1`.execute(db.write);
    dump[table] = rows.map(({ row }) => row);
  }
  return dump;
}

export async function listTables(db: Database): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT table_name AS name FROM information_schema.tables
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1`.execute(db.write);
  return rows.map(({ name }) => name);
}
