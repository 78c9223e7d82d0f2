import { randomUUID } from "node:crypto";
import type { FeedEvent } from "@breakwater/formats/feeds/index";
import { sql } from "kysely";
import type { Database } from "../../db/index.ts";
import { Death } from "../findings/scan-world.fixture.ts";
import { ImportProgress } from "../ingest/import-run.ts";
import { claimImport, finishImport } from "../ingest/import-store.ts";
import type { ImportCounts } from "../ingest/sink.ts";
import { FeedSink } from "./feed-sink.ts";

export type TestLoad = {
  at?: number;
  batchEntries?: number;
  dieAfterCommits?: number;
  /** Of the upload. */
  fileName?: string;
  /** The archive of the members breaks off behind them. */
  isCut?: boolean;
};

/** Runs the members of a feed through the sink with real transactions; a run that dies is resumed until it lives. */
export async function loadFeed(
  db: Database,
  subscriptionId: number,
  members: readonly (readonly FeedEvent[])[],
  {
    at = Date.UTC(2027, 0, 1),
    batchEntries,
    dieAfterCommits = Number.POSITIVE_INFINITY,
    isCut = false,
    fileName,
  }: TestLoad = {},
): Promise<ImportCounts> {
  const key = { subscriptionId, id: randomUUID() };
  await sql`
    INSERT INTO import_job (subscription_id, id, status, file_name, file_bytes, file_sha256, created_by, created_at)
    VALUES (${subscriptionId}, ${key.id}, 'REQUESTED', ${fileName}, 1, '', 'test', ${new Date(at)})`.execute(db.write);
  let commits = dieAfterCommits;
  for (;;) {
    const job = (await claimImport(db, key, { now: at }))!;
    const progress = new ImportProgress(db, key, job, new AbortController().signal);
    let left = commits;
    const run = {
      ...progress.toBareRun(),
      resumeFrom: job.checkpoint.sink ?? {},
      commit: async (...args: Parameters<typeof progress.commit>) => {
        if (left-- <= 0) throw new Death();
        await progress.commit(...args);
      },
    };
    const sink = new FeedSink(run, () => at, batchEntries);
    try {
      for (const events of members) {
        if (!progress.startMember()) continue;
        const head = events.find(({ type }) => type === "head");
        const format = head?.type === "head" ? head.head.kind : "";
        progress.format ??= format;
        await sink.readMember({ number: progress.member, format }, one(events));
      }
      if (isCut) {
        progress.startMember();
        sink.noteUnread({ level: "refused", code: "zip-truncated", where: "byte 1", message: "", fatal: true });
      }
      await sink.finish();
      await db.imports
        .transaction()
        .execute((tx) => finishImport(tx, key, { status: "COMPLETED", message: null, now: at }));
      return progress.counts;
    } catch (error) {
      if (!(error instanceof Death)) throw error;
      commits += 1;
    }
  }
}

async function* one(events: readonly FeedEvent[]): AsyncGenerator<FeedEvent[]> {
  for (const event of events) yield [event];
}

export function kevFeed(day: string, cveIds: readonly string[], isComplete = true): FeedEvent[] {
  return [
    ...cveIds.map(
      (cveId): FeedEvent => ({ type: "kev", entry: { cveId, addedOn: day, dueOn: null, isRansomware: null } }),
    ),
    { type: "head", head: { kind: "kev", source: "CISA KEV", version: null, publishedAt: Date.parse(day) } },
    { type: "end", isComplete },
  ];
}

export function epssFeed(day: string, scores: Readonly<Record<string, number>>, isComplete = true): FeedEvent[] {
  return [
    { type: "head", head: { kind: "epss", source: "FIRST EPSS", version: null, publishedAt: Date.parse(day) } },
    ...Object.entries(scores).map(
      ([cveId, epss]): FeedEvent => ({ type: "epss", entry: { cveId, epss, percentile: null, on: day } }),
    ),
    { type: "end", isComplete },
  ];
}

export type TestRecord = {
  exploitation: "none" | "poc" | "active" | null;
  score: number | null;
  version?: "2.0" | "3.0" | "3.1" | "4.0";
};

export function cveFeed(cveId: string, day: string, { exploitation, score, version = "3.1" }: TestRecord): FeedEvent[] {
  const updatedAt = Date.parse(day);
  const entry = {
    cveId,
    cvss: score === null ? [] : [{ version, vector: null, score }],
    ssvc: exploitation === null ? null : { exploitation, isAutomatable: null, technicalImpact: null },
    publishedAt: null,
    updatedAt,
  };
  return [
    { type: "cve", entry },
    { type: "head", head: { kind: "cve", source: "CVE records", version: null, publishedAt: updatedAt } },
    { type: "end", isComplete: true },
  ];
}
