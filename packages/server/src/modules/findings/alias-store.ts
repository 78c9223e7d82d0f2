import { Aliases, type AliasPair, isCve, toPairs } from "@breakwater/domain/identity/index";
import { sql, type Transaction } from "kysely";

type Tx = Transaction<unknown>;

/** A check of a source that goes by names beside its own id. */
export type NamedCheck = { vendorId: string; cveIds: readonly string[]; names: readonly string[] };

/** What checks tell of names that was not known, and what follows for checks that are stored. */
export type NameNews = {
  isNews: boolean;
  pairs: (AliasPair & { toldBy: string })[];
  /** Checks without a CVE of their own, with all names ever told and what they are keyed by now. */
  named: { vendorId: string; names: string[]; issue: string }[];
  /** Stored checks whose findings are keyed otherwise from now on. */
  renamed: { checkId: number; issue: string }[];
  /** Those of `renamed` that had no name before. */
  adopted: number[];
};

export const NO_NEWS: NameNews = { isNews: false, pairs: [], named: [], renamed: [], adopted: [] };

type StoredCheck = { vendorId: string; id: number; names: string[]; issue: string | null };

/** Held to the end of the transaction by whoever teaches names to a subscription. After the lock of the scores. */
export async function lockNames(tx: Tx, subscriptionId: number): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`names ${subscriptionId}`}, 0))`.execute(tx);
}

/** Looks only. What is known stays known: no news stays no news, whatever others do. */
export async function lookForNames(
  tx: Tx,
  subscriptionId: number,
  product: string,
  checks: readonly NamedCheck[],
): Promise<NameNews> {
  const pairs = await missingPairs(tx, subscriptionId, product, checks);
  const nameless = checks.filter(({ cveIds }) => cveIds.length === 0);
  const stored = await readStored(tx, subscriptionId, product, nameless);
  const untold = nameless.filter(({ vendorId, names }) => {
    const { issue, names: known } = stored.get(vendorId) ?? { issue: null, names: [] };
    return issue === null || !new Set(names).isSubsetOf(new Set(known));
  });
  if (pairs.length === 0 && untold.length === 0) return NO_NEWS;
  // Also what a check was called before: by that it may be known under yet another name.
  const namesOf = ({ vendorId, names }: NamedCheck) => [...names, ...(stored.get(vendorId)?.names ?? [])];
  const told = [...pairs.flatMap(({ alias, name }) => [alias, name]), ...untold.flatMap(namesOf)];
  const reach = await readReach(
    tx,
    subscriptionId,
    told.filter((name) => !isCve(name)),
  );
  const aliases = new Aliases([...reach.pairs, ...pairs]);
  const named = untold.map((check) => {
    const names = [...new Set(namesOf(check))].sort();
    return { vendorId: check.vendorId, names, issue: aliases.canonical(names) };
  });
  const renamed = new Map<number, string>();
  for (const { id, names, issue } of await readAffected(tx, subscriptionId, reach.names)) {
    const next = aliases.canonical(names);
    if (next !== issue) renamed.set(id, next);
  }
  const adopted: number[] = [];
  for (const { vendorId, issue } of named) {
    const known = stored.get(vendorId);
    if (!known) continue;
    if (known.issue === null) adopted.push(known.id);
    if (known.issue === issue) renamed.delete(known.id);
    else renamed.set(known.id, issue);
  }
  return { isNews: true, pairs, named, renamed: [...renamed].map(([checkId, issue]) => ({ checkId, issue })), adopted };
}

/** Stores what {@link lookForNames} found, under its lock, when the checks themselves are stored. */
export async function storeNames(tx: Tx, subscriptionId: number, product: string, news: NameNews): Promise<void> {
  const { pairs, named, renamed, adopted } = news;
  await sql`
    INSERT INTO issue_alias (subscription_id, alias, name, told_by)
    SELECT ${subscriptionId}, alias, name, "toldBy"
    FROM json_to_recordset(${JSON.stringify(pairs)}::json) AS x(alias text, name text, "toldBy" text)
    ON CONFLICT DO NOTHING`.execute(tx);
  await sql`
    UPDATE check_definition c SET aliases = x.names, issue = x.issue
    FROM json_to_recordset(${JSON.stringify(named)}::json) AS x("vendorId" text, names text[], issue text)
    WHERE c.subscription_id = ${subscriptionId} AND c.product = ${product} AND c.vendor_id = x."vendorId"`.execute(tx);
  if (renamed.length > 0) {
    await sql`
      UPDATE check_definition c SET issue = x.issue
      FROM json_to_recordset(${JSON.stringify(renamed)}::json) AS x("checkId" bigint, issue text)
      WHERE c.subscription_id = ${subscriptionId} AND c.id = x."checkId"`.execute(tx);
  }
  if (adopted.length > 0) {
    // Reads all attributions of the subscription: once, when a check that has findings is given its first name.
    await sql`
      UPDATE finding_source s SET is_aliased = true FROM finding f
      WHERE s.subscription_id = ${subscriptionId} AND s.check_id = ANY (${adopted}::bigint[]) AND NOT s.is_aliased
        AND f.subscription_id = s.subscription_id AND f.asset_id = s.asset_id AND f.fingerprint = s.fingerprint
        AND f.cve_id IS NULL`.execute(tx);
  }
}

async function missingPairs(tx: Tx, subscriptionId: number, product: string, checks: readonly NamedCheck[]) {
  const told = new Map<string, NameNews["pairs"][number]>();
  for (const { vendorId, names, cveIds } of checks) {
    for (const pair of toPairs(names, cveIds)) {
      told.set(`${pair.alias} ${pair.name}`, { ...pair, toldBy: `${product} ${vendorId}`.slice(0, 300) });
    }
  }
  if (told.size === 0) return [];
  const { rows } = await sql<NameNews["pairs"][number]>`
    SELECT x.alias, x.name, x."toldBy"
    FROM json_to_recordset(${JSON.stringify([...told.values()])}::json) AS x(alias text, name text, "toldBy" text)
    WHERE NOT EXISTS (SELECT FROM issue_alias a WHERE a.subscription_id = ${subscriptionId} AND a.alias = x.alias
      AND a.name = x.name)`.execute(tx);
  return rows;
}

async function readStored(tx: Tx, subscriptionId: number, product: string, checks: readonly NamedCheck[]) {
  if (checks.length === 0) return new Map<string, StoredCheck>();
  const { rows } = await sql<StoredCheck>`
    SELECT vendor_id AS "vendorId", id, aliases AS names, issue FROM check_definition
    WHERE subscription_id = ${subscriptionId} AND product = ${product}
      AND vendor_id = ANY (${checks.map(({ vendorId }) => vendorId)})`.execute(tx);
  return new Map(rows.map((row) => [row.vendorId, row]));
}

/** All aliases that lead to each other from these, and what each is known to be. */
async function readReach(tx: Tx, subscriptionId: number, from: readonly string[]) {
  const { rows } = await sql<{ alias: string; name: string | null }>`
    WITH RECURSIVE reach(alias) AS (
      SELECT unnest(${[...new Set(from)]}::text[])
      UNION
      SELECT a.name FROM reach r JOIN issue_alias a ON a.subscription_id = ${subscriptionId} AND a.alias = r.alias
      WHERE a.name NOT LIKE 'CVE-%'
    )
    SELECT r.alias, a.name FROM reach r
    LEFT JOIN issue_alias a ON a.subscription_id = ${subscriptionId} AND a.alias = r.alias`.execute(tx);
  const pairs = rows.flatMap(({ alias, name }): AliasPair[] => (name === null ? [] : [{ alias, name }]));
  return { names: [...new Set(rows.map(({ alias }) => alias))], pairs };
}

/** Stored checks whose findings are keyed by a name that these may change. */
async function readAffected(tx: Tx, subscriptionId: number, names: readonly string[]): Promise<StoredCheck[]> {
  const { rows } = await sql<StoredCheck>`
    SELECT vendor_id AS "vendorId", id, aliases AS names, issue FROM check_definition
    WHERE subscription_id = ${subscriptionId} AND issue IS NOT NULL AND aliases && ${names}::text[]`.execute(tx);
  return rows;
}
