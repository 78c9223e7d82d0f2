import type { CaptureEvent, HardwareIdentity, Issue } from "@breakwater/formats/records";
import { sql } from "kysely";
import type { Database } from "../../db/pool.ts";
import { type Checkpoint, type ImportCounts, type ImportRun, NO_COUNTS } from "../ingest/sink.ts";
import { createCaptureSink } from "./capture-sink.ts";

export type RunState = { counts: ImportCounts; checkpoint: Checkpoint; issues: Issue[]; commits: number };

type RunOptions = {
  jobId?: string;
  network?: string;
  limits?: Parameters<typeof createCaptureSink>[1];
  /** Continues where this one ended. */
  from?: RunState;
  /** Fails at this commit, counted from 1, having rolled it back. */
  failAtCommit?: number;
};

let nextJob = 1;

/** Runs events through a capture sink with real transactions; counts and checkpoint stand as of the last commit. */
export async function importCapture(
  db: Database,
  subscriptionId: number,
  events: readonly CaptureEvent[],
  options: RunOptions = {},
): Promise<RunState> {
  const state: RunState = options.from ?? { counts: { ...NO_COUNTS }, checkpoint: {}, issues: [], commits: 0 };
  state.issues = [];
  const counts = { ...state.counts };
  const run: ImportRun = {
    subscriptionId,
    jobId: options.jobId ?? `00000000-0000-4000-8000-${String(nextJob++).padStart(12, "0")}`,
    connection: { id: 1, product: "Passive Sensor", network: options.network ?? "default", closesMissing: false },
    importedAt: Date.UTC(2026, 0, 1),
    counts,
    resumeFrom: state.checkpoint,
    issue: (issue) => state.issues.push(issue),
    signal: new AbortController().signal,
    commit: async (work, checkpoint) => {
      state.commits += 1;
      await db.imports.transaction().execute(async (tx) => {
        await work(tx);
        if (state.commits === options.failAtCommit) throw new Error("the server stopped");
      });
      Object.assign(state.counts, counts);
      state.checkpoint = typeof checkpoint === "function" ? checkpoint() : checkpoint;
    },
  };
  const sink = createCaptureSink(run, options.limits);
  for (let at = 0; at < events.length; at += 3) await sink.write(events.slice(at, at + 3));
  await sink.end();
  return state;
}

export async function createSubscription(db: Database): Promise<number> {
  const { rows } = await sql<{ id: number }>`INSERT INTO subscription (name) VALUES ('Plant') RETURNING id`.execute(
    db.write,
  );
  return rows[0]!.id;
}

/** An identity that an address told at a time (epoch ms). */
export function identity(
  address: { ip?: string; mac?: string },
  hardware: HardwareIdentity,
  seenAt: number,
  protocol = "enip",
): CaptureEvent {
  const evidence = { protocol, frame: Math.max(1, seenAt % 1000), seenAt, confidence: 95 };
  const { ip = null, mac = null } = address;
  return { type: "identity", identity: { ipAddress: ip, macAddress: mac, hardware, modules: [], evidence } };
}

export function conversation(
  client: string,
  server: string,
  seenAt: number,
  over: { protocol?: string | null; port?: number; transport?: string; isAnswered?: boolean } = {},
): CaptureEvent {
  const { protocol = "enip", port = 44818, transport = "tcp", isAnswered = true } = over;
  return {
    type: "conversation",
    conversation: {
      client: { ipAddress: client, macAddress: null },
      server: { ipAddress: server, macAddress: null, port },
      transport,
      protocol,
      isAnswered,
      frames: 10,
      bytes: 1000,
      firstSeen: seenAt,
      lastSeen: seenAt + 1000,
    },
  };
}

export function address(ipAddress: string, macAddress: string, seenAt: number): CaptureEvent {
  return { type: "address", address: { ipAddress, macAddress, firstSeen: seenAt, lastSeen: seenAt } };
}
