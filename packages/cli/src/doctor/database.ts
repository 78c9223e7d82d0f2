import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "@breakwater/server";
import type { DatabaseState } from "@breakwater/server/db/index";
import { type Check, type Finding, PATIENCE_MS, toReason } from "./check.ts";

/** A token whose time lies further ahead than this is refused: platform.md 2.3. */
const REFUSED_SKEW_MS = 60_000;
const DOUBTFUL_SKEW_MS = 5_000;

/** The checks of one database, which is looked at once. */
export function databaseChecks(): readonly Check[] {
  let looking: Promise<Looked> | undefined;
  const lookOnce = (config: Config) => {
    looking ??= lookAtDatabase(config);
    return looking;
  };
  return [
    { name: "database", look: async (config) => describeReach(config, await lookOnce(config)) },
    { name: "schema", look: async (config) => describeSchema(await lookOnce(config)) },
    { name: "clock", look: async (config) => describeClock(await lookOnce(config)) },
  ];
}

type Looked =
  | { kind: "state"; state: DatabaseState; skewMs: number }
  | { kind: "not running"; isNew: boolean }
  | { kind: "failed"; reason: string };

type Description = Omit<Finding, "check">;

async function lookAtDatabase(config: Config): Promise<Looked> {
  const { findRunningDatabase, inspectDatabase, openDatabase } = await import("@breakwater/server/db/index");
  const clusterDir = join(config.dataDir, "postgres");
  try {
    const connection = config.databaseUrl ?? findRunningDatabase(clusterDir);
    if (connection === undefined) return { kind: "not running", isNew: !existsSync(clusterDir) };
    const db = openDatabase({ connection, connectTimeoutMs: PATIENCE_MS, applicationName: "breakwater doctor" });
    try {
      const beforeMs = Date.now();
      const state = await inspectDatabase(db);
      // Its clock was read between the two.
      const skewMs = Math.max(0, state.nowMs - Date.now(), beforeMs - state.nowMs);
      return { kind: "state", state, skewMs };
    } finally {
      await db.close();
    }
  } catch (error) {
    return { kind: "failed", reason: toReason(error) };
  }
}

function describeReach({ databaseUrl }: Config, looked: Looked): Description {
  const name = databaseUrl ? "your own PostgreSQL" : "the embedded PostgreSQL";
  if (looked.kind === "state") return { status: "ok", found: `${name} ${looked.state.version} answers` };
  if (looked.kind === "failed") {
    const todo = databaseUrl
      ? "check DATABASE_URL, and that PostgreSQL runs and lets this machine in"
      : "run doctor as the account that runs the server; its log says more";
    return { status: "failed", found: looked.reason, todo };
  }
  const state = looked.isNew ? "is not there yet: the first start makes it" : "does not run: `serve` starts it";
  return { status: "skipped", found: `${name} ${state}` };
}

function describeSchema(looked: Looked): Description {
  if (looked.kind !== "state") return { status: "skipped", found: "the database was not looked at" };
  const { level, releaseLevel, schemaProblem } = looked.state;
  if (schemaProblem !== undefined) {
    return { status: "failed", found: schemaProblem, todo: "run the release that belongs to this database" };
  }
  if (level === releaseLevel) return { status: "ok", found: `level ${level}, that of this release` };
  return {
    status: "warning",
    found: `level ${level}, and this release has ${releaseLevel}`,
    todo: level === 0 ? "the first start prepares it" : "make a backup; the next start brings it up to date",
  };
}

function describeClock(looked: Looked): Description {
  if (looked.kind !== "state") return { status: "skipped", found: "there is no database to compare it with" };
  const { skewMs, state } = looked;
  const todo = "keep the clocks of both machines with NTP";
  if ((state.migratedAtMs ?? 0) > Date.now() + REFUSED_SKEW_MS) {
    const found = `it says ${new Date().toISOString()}, and the database was prepared later than that`;
    return { status: "failed", found, todo: "set the clock of this machine, and keep it with NTP" };
  }
  const found = `${(skewMs / 1000).toFixed(1)} s from the database's`;
  if (skewMs > REFUSED_SKEW_MS) return { status: "failed", found, todo };
  return skewMs > DOUBTFUL_SKEW_MS ? { status: "warning", found, todo } : { status: "ok", found };
}
