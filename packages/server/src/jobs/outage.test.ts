import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Database, migrate, openDatabase, startEmbeddedPostgres } from "../db/index.ts";
import { silentLog } from "../db/setup-log.ts";
import { type Jobs, startJobs, type Task } from "./index.ts";

let root: string;
let postgres: Awaited<ReturnType<typeof startEmbeddedPostgres>>;
let db: Database;
let jobs: Jobs | undefined;

const startPostgres = () =>
  startEmbeddedPostgres({ dataDir: join(root, "postgres"), durability: "none", log: silentLog });

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "breakwater-outage-"));
  postgres = await startPostgres();
  db = openDatabase({ connection: postgres.connection });
  await migrate(db);
});
afterAll(async () => {
  await jobs?.stop();
  await db.close();
  await postgres.stop();
  await rm(root, { recursive: true, force: true });
});

const key = (id: string) => ({ subscriptionId: 1, id });
const until = (isSo: () => boolean) => vi.waitFor(() => expect(isSo()).toBe(true), { timeout: 45_000, interval: 50 });

/** Runs that were begun, by the id of their job, and what ends those that have begun. */
function createTask(name: string) {
  const begun: string[] = [];
  const endings = new Map<string, () => void>();
  let aborted = 0;
  const task: Task = {
    name,
    run: async ({ id }, { signal }) => {
      begun.push(id);
      signal.addEventListener("abort", () => {
        aborted += 1;
      });
      if (!id.startsWith("held")) return;
      if (begun.filter((other) => other === id).length > 1) return;
      await new Promise<void>((resolve) => endings.set(id, resolve));
      if (id.endsWith("fails")) throw new Error("the work could not be done");
    },
    listUnfinished: async () => [],
  };
  return { task, begun, end: (id: string) => endings.get(id)?.(), aborted: () => aborted };
}

// A rejected promise that nobody waits for would end the server; here it fails the run.
test("the database is restarted while jobs run: they end, and those that come later run", async () => {
  const long = createTask("long");
  const quick = createTask("quick");
  jobs = await startJobs({
    db,
    tasks: [long.task, { ...quick.task, isQuick: true }],
    concurrency: 2,
    log: pino({ level: "silent" }),
  });
  await jobs.enqueue("long", key("held-ends"));
  await jobs.enqueue("long", key("held-fails"));
  await jobs.enqueue("quick", key("held-ends"));
  await until(() => long.begun.length === 2 && quick.begun.length === 1);

  await postgres.stop();
  // Their sessions held the locks that say who runs them.
  await until(() => long.aborted() === 2 && quick.aborted() === 1);
  for (const id of ["held-ends", "held-fails"]) long.end(id);
  quick.end("held-ends");
  await expect(jobs.enqueue("long", key("not-yet"))).rejects.toThrow();
  // Long enough for the queue to give up its workers, and for others not to be started.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  postgres = await startPostgres();

  await vi.waitFor(() => jobs?.enqueue("long", key("later")), { timeout: 20_000 });
  await jobs.enqueue("quick", key("later"));
  await until(() => long.begun.includes("later") && quick.begun.includes("later"));
});
