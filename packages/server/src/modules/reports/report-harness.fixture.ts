import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PERMISSIONS } from "@breakwater/contract";
import { createTestDatabase } from "@breakwater/testkit/database";
import { pino } from "pino";
import type { Answer } from "../../binding.ts";
import type { Caller, Scope } from "../../caller.ts";
import { toConfig } from "../../config/config.ts";
import type { Database } from "../../db/pool.ts";
import { scopeTo } from "../../db/scoped.ts";
import type { JobKey, Task } from "../../jobs/index.ts";
import { createReportsModule } from "./index.ts";

export type ReportHarness = {
  db: Database;
  dataDir: string;
  /** For another process. */
  url: string;
  /** Moves by hand. */
  clock: { nowMs: number };
  tasks: readonly Task[];
  /** Wake-ups in order; nothing runs by itself. */
  woken: { task: string; key: JobKey }[];
  call(operation: string, caller: Caller, input?: CallInput): Promise<Answer>;
  /** Runs what was woken, one after the other, until nothing is left. */
  runWoken(): Promise<void>;
  run(task: string, key: JobKey, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
};

export type CallInput = { params?: Record<string, string>; body?: unknown; headers?: Record<string, string> };

/** The module over a database of its own, with its jobs under the test's hands. */
export async function openReportHarness(options: { partRecords?: number; nowMs: number }): Promise<ReportHarness> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), "reports-"));
  const db = database.open();
  const clock = { nowMs: options.nowMs };
  const woken: ReportHarness["woken"] = [];
  const config = toConfig({} as never, { dataDir });
  const module = createReportsModule({
    db,
    config: {
      ...config,
      limits: { ...config.limits, reportPartRecords: options.partRecords ?? 50_000, jobConcurrency: 2 },
    },
    clock: () => clock.nowMs,
    log: pino({ level: "silent" }),
    jobs: {
      // The webhooks' outbox is another module's.
      enqueue: async (task, key) => {
        if (task.startsWith("report")) woken.push({ task, key });
      },
      stop: async () => undefined,
    },
  });
  const tasks = module.tasks ?? [];
  const run = async (name: string, key: JobKey, signal = new AbortController().signal) => {
    const task = tasks.find((candidate) => candidate.name === name);
    if (!task) throw new Error(`no task ${name}`);
    await task.run(key, { signal });
  };
  return {
    db,
    dataDir,
    url: database.url,
    clock,
    tasks,
    woken,
    run,
    call: async (operation, caller, input = {}) => {
      const binding = module.bindings.find((candidate) => candidate.operation.id === operation);
      if (!binding) throw new Error(`no operation ${operation}`);
      const request = { caller, db: scopeTo(db, caller), address: "192.0.2.1", headers: {}, params: {}, ...input };
      return binding.handle(request as never);
    },
    runWoken: async () => {
      for (let next = woken.shift(); next; next = woken.shift()) await run(next.task, next.key);
    },
    close: async () => {
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export function toCaller(subscriptionId: number, scope: Scope, username = "someone"): Caller {
  return {
    subscriptionId,
    isOperator: false,
    account: { kind: "user", id: 1 },
    username,
    role: "Reader",
    permissions: new Set(PERMISSIONS),
    scope,
  };
}
