import { sql, type Transaction } from "kysely";
import { type Attribution, lastWord, shownLast } from "./attribution.ts";
import { partOf, uniteStates } from "./finding-parts.ts";
import {
  compareKeys,
  type FindingKey,
  findingKey,
  insertFindings,
  loadFindings,
  updateFindings,
  writeAttributions,
} from "./finding-store.ts";
import type { FindingState } from "./life-cycle.ts";
import { lookOnceMore } from "./observation-store.ts";

type Tx = Transaction<unknown>;

/** One attribution that is to be of another finding. */
export type Move = {
  from: FindingKey;
  to: FindingKey & { cveId: string | null };
  connectionId: number;
  checkId: number;
};

/** What of a finding does not change when its attributions do. */
type Row = FindingKey & {
  id: number;
  cveId: string | null;
  category: string;
  port: number | null;
  protocol: string | null;
  instance: string | null;
};

/** A finding that attributions go to: what it was before, and the findings or parts of them that come to it. */
type Target = {
  key: FindingKey;
  cveId: string | null;
  state: FindingState | undefined;
  /** Findings that come as a whole. */
  whole: Row[];
  likeness: Row;
};

/**
 * Moves attributions to other findings, of the same assets or of others. A finding that loses its last one becomes the one
 * it went to, with its id and acceptance; where that exists already, it ends in it and its history with it.
 *
 * In a transaction of `Database.imports` that holds the assets' rows and the lock of the scores; the scores of the assets
 * are the caller's to bring up to date.
 *
 * @returns ids of the assets whose findings were written
 */
export async function moveAttributions(tx: Tx, subscriptionId: number, moves: readonly Move[]): Promise<number[]> {
  const due = moves.filter(({ from, to }) => findingKey(from) !== findingKey(to));
  if (due.length === 0) return [];
  const keys = uniqueKeys(due.flatMap(({ from, to }) => [from, to]));
  const rows = new Map((await readRows(tx, subscriptionId, keys)).map((row) => [findingKey(row), row]));
  const known = await loadSpelledOut(tx, subscriptionId, keys);
  const leaving = Map.groupBy(due, ({ from }) => findingKey(from));
  const left = whatStays(known, leaving);
  const targets = new Map<string, Target>();
  const reached = new Set(due.map(({ to }) => findingKey(to)));
  for (const [name, moved] of leaving) {
    const [state, row] = [known.get(name), rows.get(name)];
    if (state && row) takeApart({ state, row, moved, isReached: reached.has(name) }, { known, leaving, left, targets });
  }
  const ending = [...targets.values()].flatMap((target) => chooseSurvivor(target, rows.get(findingKey(target.key))));
  await deleteMoved(tx, subscriptionId, due);
  await endFindings(tx, subscriptionId, ending);
  await rekeyFindings(tx, subscriptionId, [...targets.values()]);
  await writeStates(tx, subscriptionId, { left, targets, rows });
  await moveMissing(tx, subscriptionId, due);
  const assetIds = [...new Set(keys.map(({ assetId }) => assetId))];
  await lookOnceMore(tx, subscriptionId, assetIds);
  return assetIds;
}

type Plan = {
  known: ReadonlyMap<string, FindingState>;
  leaving: ReadonlyMap<string, readonly Move[]>;
  /** What stays of the findings that others leave. */
  left: ReadonlyMap<string, FindingState>;
  targets: Map<string, Target>;
};

function whatStays(
  known: ReadonlyMap<string, FindingState>,
  leaving: ReadonlyMap<string, readonly Move[]>,
): Map<string, FindingState> {
  const left = new Map<string, FindingState>();
  for (const [name, moves] of leaving) {
    const state = known.get(name);
    const staying = state?.attributions.filter((one) => !findMove(moves, one)) ?? [];
    if (state && staying.length > 0) left.set(name, partOf(state, staying));
  }
  return left;
}

function findMove(moves: readonly Move[], one: Attribution): Move | undefined {
  return moves.find(({ connectionId, checkId }) => connectionId === one.connectionId && checkId === one.checkId);
}

/** @param from.isReached others come to it: it stays where it is, whatever leaves it */
function takeApart(
  from: { state: FindingState; row: Row; moved: readonly Move[]; isReached: boolean },
  plan: Plan,
): void {
  const { state, row, moved, isReached } = from;
  const going = state.attributions.flatMap((one) => {
    const move = findMove(moved, one);
    return move ? [{ one, to: move.to }] : [];
  });
  // Taken apart to several, it goes on as the first of them.
  let isWhole = !plan.left.has(findingKey(row)) && !isReached;
  for (const [name, group] of Map.groupBy(going, ({ to }) => findingKey(to))) {
    const { to } = group[0]!;
    const part = partOf(
      state,
      group.map(({ one }) => one),
    );
    const target = plan.targets.get(name) ?? {
      key: keyOf(to),
      cveId: to.cveId,
      state: plan.leaving.has(name) ? plan.left.get(name) : plan.known.get(name),
      whole: [],
      likeness: row,
    };
    if (isWhole) target.whole.push(row);
    isWhole = false;
    plan.targets.set(name, { ...target, state: target.state ? uniteStates(target.state, part) : part });
  }
}

/** @returns the findings that end in the target, with the id of the one that goes on; that keeps itself in `whole` */
function chooseSurvivor(target: Target, existing: Row | undefined): { id: number; into: number }[] {
  const [first, ...others] = target.whole.sort((a, b) => a.id - b.id);
  if (existing) {
    target.whole = [];
    return [first, ...others].flatMap((row) => (row ? [{ id: row.id, into: existing.id }] : []));
  }
  target.whole = first ? [first] : [];
  return others.map(({ id }) => ({ id, into: first!.id }));
}

async function readRows(tx: Tx, subscriptionId: number, keys: readonly FindingKey[]): Promise<Row[]> {
  const { rows } = await sql<Row>`
    SELECT f.asset_id AS "assetId", f.fingerprint, f.id, f.cve_id AS "cveId", f.category, f.port, f.protocol, f.instance
    FROM json_to_recordset(${JSON.stringify(keys)}::json) AS k("assetId" bigint, fingerprint uuid)
    JOIN finding f ON f.subscription_id = ${subscriptionId} AND f.asset_id = k."assetId"
      AND f.fingerprint = k.fingerprint`.execute(tx);
  return rows;
}

/** States with the times of their sources' last looks in them: elsewhere those do not count. */
async function loadSpelledOut(
  tx: Tx,
  subscriptionId: number,
  keys: readonly FindingKey[],
): Promise<Map<string, FindingState>> {
  const states = await loadFindings(tx, subscriptionId, keys);
  return new Map(
    keys.flatMap((key) => {
      const state = states.get(findingKey(key));
      if (!state) return [];
      const attributions = state.attributions.map((one) => ({ ...one, lastSeen: lastWord(one), seenAt: 0 }));
      const lastFound = Math.max(
        state.lastFound,
        ...attributions.map((one) => (one.isPresent ? (shownLast(one) ?? 0) : 0)),
      );
      return [[findingKey(key), { ...state, lastFound, attributions }] as const];
    }),
  );
}

async function deleteMoved(tx: Tx, subscriptionId: number, moves: readonly Move[]): Promise<void> {
  const rows = moves.map(({ from, connectionId, checkId }) => ({ ...from, connectionId, checkId }));
  await sql`
    DELETE FROM finding_source s
    USING json_to_recordset(${JSON.stringify(rows)}::json) AS x("assetId" bigint, fingerprint uuid,
      "connectionId" integer, "checkId" bigint)
    WHERE s.subscription_id = ${subscriptionId} AND s.asset_id = x."assetId" AND s.fingerprint = x.fingerprint
      AND s.connection_id = x."connectionId" AND s.check_id = x."checkId"`.execute(tx);
}

/** Removes findings that went on as others, whose acceptances they then are. */
async function endFindings(tx: Tx, subscriptionId: number, ending: readonly { id: number; into: number }[]) {
  if (ending.length === 0) return;
  const pairs = sql`json_to_recordset(${JSON.stringify(ending)}::json) AS x(id bigint, "into" bigint)`;
  // One acceptance is in force at a time: that of the finding that goes on, else the one made last.
  await sql`
    UPDATE risk_acceptance r SET closed_at = now(), closed_by = 'system'
    WHERE r.subscription_id = ${subscriptionId} AND r.closed_at IS NULL AND r.id IN (
      SELECT o.id FROM (
        SELECT q.id, row_number() OVER (PARTITION BY x."into" ORDER BY q.finding_id = x."into" DESC, q.id DESC) AS place
        FROM (SELECT id, "into" FROM ${pairs} UNION SELECT "into", "into" FROM ${pairs}) AS x
        JOIN risk_acceptance q ON q.subscription_id = ${subscriptionId} AND q.finding_id = x.id AND q.closed_at IS NULL
      ) o WHERE o.place > 1)`.execute(tx);
  await sql`
    UPDATE risk_acceptance r SET finding_id = x."into" FROM ${pairs}
    WHERE r.subscription_id = ${subscriptionId} AND r.finding_id = x.id`.execute(tx);
  await sql`
    UPDATE finding f SET is_accepted = true FROM ${pairs}
    WHERE f.subscription_id = ${subscriptionId} AND f.id = x."into" AND EXISTS (SELECT FROM risk_acceptance r
      WHERE r.subscription_id = f.subscription_id AND r.finding_id = f.id AND r.closed_at IS NULL)`.execute(tx);
  await sql`
    DELETE FROM finding f USING ${pairs} WHERE f.subscription_id = ${subscriptionId} AND f.id = x.id`.execute(tx);
}

async function rekeyFindings(tx: Tx, subscriptionId: number, targets: readonly Target[]): Promise<void> {
  const rows = targets.flatMap(({ key, cveId, whole: [row] }) => (row ? [{ id: row.id, ...key, cveId }] : []));
  if (rows.length === 0) return;
  await sql`
    UPDATE finding f SET asset_id = x."assetId", fingerprint = x.fingerprint, cve_id = x."cveId"
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS x(id bigint, "assetId" bigint, fingerprint uuid, "cveId" text)
    WHERE f.subscription_id = ${subscriptionId} AND f.id = x.id`.execute(tx);
}

async function writeStates(
  tx: Tx,
  subscriptionId: number,
  { left, targets, rows }: Pick<Plan, "left" | "targets"> & { rows: ReadonlyMap<string, Row> },
): Promise<void> {
  // What stays and is gone to at once is told by the target.
  const kept = [...left].flatMap(([name, state]) => (targets.has(name) ? [] : [{ ...keyOf(rows.get(name)!), state }]));
  const reached = [...targets].map(([name, { key, cveId, state, whole, likeness }]) => ({
    ...key,
    cveId,
    state: state!,
    likeness,
    isNew: whole.length === 0 && !rows.has(name),
  }));
  const inserted = reached
    .filter(({ isNew }) => isNew)
    .map(({ likeness: { category, port, protocol, instance }, isNew: _isNew, ...one }) => {
      const place = { category, port, protocol, instance };
      return { ...one, ...place, qds: 1, state: { ...one.state, attributions: [] } };
    });
  await insertFindings(tx, subscriptionId, inserted.sort(compareKeys));
  const written = [...kept, ...reached.map(({ assetId, fingerprint, state }) => ({ assetId, fingerprint, state }))];
  await updateFindings(tx, subscriptionId, written.sort(compareKeys));
  const attributions = written.flatMap(({ assetId, fingerprint, state }) =>
    state.attributions.map((attribution) => ({ assetId, fingerprint, attribution })),
  );
  await writeAttributions(tx, subscriptionId, attributions.sort(compareKeys));
}

/** Runs under way look for what they have not shown under its new name. */
async function moveMissing(tx: Tx, subscriptionId: number, moves: readonly Move[]): Promise<void> {
  const renamed = moves.filter(({ from, to }) => from.assetId === to.assetId);
  if (renamed.length === 0) return;
  const rows = renamed.map(({ from, to, checkId }) => ({ ...from, checkId, next: to.fingerprint }));
  await sql`
    WITH taken AS (
      DELETE FROM import_missing m
      USING json_to_recordset(${JSON.stringify(rows)}::json) AS x("assetId" bigint, fingerprint uuid, "checkId" bigint, next uuid)
      WHERE m.subscription_id = ${subscriptionId} AND m.asset_id = x."assetId" AND m.fingerprint = x.fingerprint
        AND m.check_id = x."checkId"
      RETURNING m.subscription_id, m.job_id, m.asset_id, x.next, m.check_id
    )
    INSERT INTO import_missing (subscription_id, job_id, asset_id, fingerprint, check_id)
    SELECT * FROM taken ON CONFLICT DO NOTHING`.execute(tx);
}

function keyOf({ assetId, fingerprint }: FindingKey): FindingKey {
  return { assetId, fingerprint };
}

function uniqueKeys(keys: readonly FindingKey[]): FindingKey[] {
  return [...new Map(keys.map((key) => [findingKey(key), keyOf(key)])).values()];
}
