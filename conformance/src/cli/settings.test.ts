import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { bodyOf, get, logIn, postAuth } from "../http.ts";
import { nessusFile } from "../nessus-file.ts";
import { poll } from "../poll.ts";
import { type Finding, readFindings } from "../reports.ts";
import { type Login, makeDatabase, ownTest } from "../target.ts";
import { findFreePort, type Running, startCommand } from "./process.ts";

const manager: Login = { username: "first_mgr1", password: "Correct-horse-8-battery" };
const target = { url: "", manager };
let dir: string;
let database: Awaited<ReturnType<typeof makeDatabase>>;
let settings: Record<string, string>;
let server: Running | undefined;

async function isReady(): Promise<boolean> {
  try {
    return (await get(target, "/health/ready")).status === 200;
  } catch {
    return false;
  }
}

async function serve(more: Record<string, string> = {}, args: string[] = []): Promise<void> {
  server = startCommand(["serve", ...args], { ...settings, ...more }, dir);
  const ended = server.finished.then((result) => {
    throw new Error(`serve ended with ${result.code}: ${result.stderr}`);
  });
  await Promise.race([poll(isReady, Boolean), ended]);
  ended.catch(() => undefined);
}

async function stop(): Promise<number | null> {
  server?.child.kill("SIGTERM");
  const result = await server?.finished;
  server = undefined;
  return result?.code ?? null;
}

beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  dir = await mkdtemp(join(tmpdir(), "breakwater-conformance-"));
  database = await makeDatabase();
  const port = await findFreePort();
  target.url = `http://127.0.0.1:${port}`;
  settings = {
    BREAKWATER_HOST: "127.0.0.1",
    BREAKWATER_PORT: String(port),
    BREAKWATER_DATA_DIR: join(dir, "data"),
    BREAKWATER_ADMIN_USERNAME: manager.username,
    BREAKWATER_ADMIN_PASSWORD: manager.password,
    BREAKWATER_LOG_LEVEL: "warn",
    DATABASE_URL: database.url,
  };
  await serve();
});
afterAll(async () => {
  await stop();
  await database?.drop();
  if (dir) await rm(dir, { recursive: true, force: true });
});

describe("the server's settings", () => {
  ownTest(
    "cli [B]: the variables say where it listens and keeps its data; ready is /health/ready with 200",
    async () => {
      expect((await get(target, "/health/ready")).status).toBe(200);
      expect(existsSync(join(dir, "data"))).toBe(true);
      expect(existsSync(join(dir, "breakwater-data"))).toBe(false);
    },
  );

  ownTest("platform 3 [B], cli [B]: the first start makes the Manager of the variables", async () => {
    const users = await bodyOf<object[]>(await get(target, "/admin/1.0/user/list", await logIn(target)));
    expect(users).toEqual([expect.objectContaining({ username: manager.username, role: "Manager" })]);
  });

  ownTest("cli [B]: the profile is lenient when nothing else is said", async () => {
    expect((await get(target, "/ot/v1/host/list", await logIn(target))).status).toBe(200);
  });

  ownTest(
    "cli [B]: later starts leave the Manager alone; BREAKWATER_PROFILE and flags are heard, flags win",
    async () => {
      expect(await stop()).toBe(0);
      const other = { BREAKWATER_ADMIN_USERNAME: "second_mgr", BREAKWATER_ADMIN_PASSWORD: "Another-long-phrase-9" };
      await serve({ ...other, BREAKWATER_PROFILE: "strict" });
      const token = await logIn(target);
      expect((await postAuth(target, "username=second_mgr&password=Another-long-phrase-9")).status).toBe(401);
      // The dates of strict hold by the machine's clock: from 2026 on v1 is gone, before it is at its end of service.
      const gone = Date.now() >= Date.UTC(2026, 0, 1) ? 410 : 200;
      expect((await get(target, "/ot/v1/host/list", token)).status).toBe(gone);
      await stop();
      await serve({ BREAKWATER_PROFILE: "strict" }, ["--profile", "lenient"]);
      expect((await get(target, "/ot/v1/host/list", token)).status).toBe(200);
    },
  );
});

/** Runs a command as the Manager of the variables. */
const run = (...args: string[]) => {
  const env = {
    BREAKWATER_URL: target.url,
    BREAKWATER_USERNAME: manager.username,
    BREAKWATER_PASSWORD: manager.password,
  };
  return startCommand(args, env, dir).finished;
};

describe("the client's commands", () => {
  ownTest("cli [B]: import --wait takes files by their content and ends with 0, or 1 when a job failed", async () => {
    await writeFile(join(dir, "scan.txt"), nessusFile([{ ip: "10.6.0.1", items: [{ pluginId: 1 }, { pluginId: 2 }] }]));
    await writeFile(join(dir, "words.nessus"), "only words\n");
    const good = await run("import", "scan.txt", "--connection", "Weekly", "--wait");
    expect(good).toMatchObject({ code: 0 });
    const findings = await readFindings(target, await logIn(target));
    expect(findings).toHaveLength(2);
    expect(findings[0]?.sources[0]).toMatchObject({ connection: "Weekly" });
    const bad = await run("import", "words.nessus", "--wait");
    expect(bad.code).toBe(1);
    expect(bad.stderr).toMatch(/\S+ \S+/);
  });

  ownTest("cli [B]: tag create and user create make what the API shows, and the user's scope holds", async () => {
    expect(
      await run("tag", "create", "Hall", "--rule", "asset.interface.address:10.6.0.0/24", "--criticality", "4"),
    ).toMatchObject({ code: 0 });
    const login = { username: "cli_reader", password: "a-long-pass-phrase-1" };
    const options = ["--username", login.username, "--password", login.password, "--role", "Reader"];
    expect(await run("user", "create", ...options, "--scope-tag", "Hall")).toMatchObject({ code: 0 });
    const findings = await readFindings(target, await logIn(target, login));
    expect(findings.map(({ asset }) => [asset.tags, asset.criticalityScore])).toEqual([
      [["Hall"], 4],
      [["Hall"], 4],
    ]);
  });

  ownTest("cli [B]: report run submits, waits and writes the findings", async () => {
    const args = ["--findings", "finding.vendorFindingId:1", "--format", "json", "--out", "out.json"];
    expect(await run("report", "run", ...args)).toMatchObject({ code: 0 });
    const findings: Finding[] = JSON.parse(await readFile(join(dir, "out.json"), "utf8"));
    expect(findings.map(({ vendorId }) => vendorId)).toEqual(["1"]);
    const others = [...args.slice(0, 2), "--format", "sarif", "--out", "out.sarif"];
    expect(await run("report", "run", ...others)).toMatchObject({ code: 0 });
    const sarif = JSON.parse(await readFile(join(dir, "out.sarif"), "utf8"));
    expect(sarif.runs[0].results).toMatchObject([{ fingerprints: { "breakwater/v1": findings[0]?.id } }]);
  });

  ownTest("cli [B]: wrong usage ends with 2 and --help with 0", async () => {
    for (const args of [["import"], ["no-such-command"], ["user", "create", "--nonsense"]]) {
      const { code, stderr } = await run(...args);
      expect([args, code]).toEqual([args, 2]);
      expect(stderr).not.toBe("");
    }
    for (const args of [["--help"], ["serve", "--help"], ["import", "--help"], ["user", "create", "--help"]]) {
      const { code, stdout } = await run(...args);
      expect([args, code]).toEqual([args, 0]);
      expect(stdout).toMatch(/usage/i);
    }
  });

  ownTest("cli [B]: --output json prints what can be read by programs", async () => {
    const { code, stdout } = await run("tag", "list", "--output", "json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({ name: "Hall", criticality: 4 }));
  });
});

describe("administration", () => {
  ownTest(
    "cli [B]: BREAKWATER_CLIENT_ID and BREAKWATER_CLIENT_SECRET call as an API client made by client",
    async () => {
      const created = await run("client", "create", "nightly", "--output", "json");
      expect(created).toMatchObject({ code: 0 });
      const { clientId, clientSecret } = JSON.parse(created.stdout);
      const env = {
        BREAKWATER_URL: target.url,
        BREAKWATER_CLIENT_ID: clientId,
        BREAKWATER_CLIENT_SECRET: clientSecret,
      };
      const report = () => startCommand(["report", "run", "--out", "client.json"], env, dir).finished;
      expect(await report()).toMatchObject({ code: 0 });
      expect(await run("client", "revoke", "nightly", "--yes")).toMatchObject({ code: 0 });
      expect(await report()).toMatchObject({ code: 1 });
    },
  );

  ownTest(
    "cli [B]: limit set gives a level, or one API its rate and concurrency, and the next call shows it",
    async () => {
      const api = "GET /ot/1.0/host/list";
      const numbers = ["--rate", "5/10", "--concurrency", "1", "--api", api];
      expect(await run("limit", "set", ...numbers)).toMatchObject({ code: 0 });
      expect(await run("limit", "set", "--level", "Premium")).toMatchObject({ code: 0 });
      const token = await logIn(target);
      const own = await get(target, "/ot/1.0/host/list", token);
      expect([own.headers.get("x-ratelimit-limit"), own.headers.get("x-ratelimit-window-sec")]).toEqual(["5", "10"]);
      const other = await get(target, "/ot/1.0/host/count", token);
      expect(other.headers.get("x-ratelimit-limit")).toBe("2000");
      expect(await run("limit", "clear", "--api", api)).toMatchObject({ code: 0 });
      expect((await get(target, "/ot/1.0/host/list", token)).headers.get("x-ratelimit-limit")).toBe("2000");
    },
  );

  ownTest("cli [B]: version set moves the dates of a version", async () => {
    const dates = ["--deprecated", "2024-01-01", "--eos", "2024-06-01", "--eol", "2025-01-01"];
    expect(await run("version", "set", "GET /ot/v1/host/list", ...dates)).toMatchObject({ code: 0 });
    const token = await logIn(target);
    await poll(
      async () => (await get(target, "/ot/v1/host/list", token)).status,
      (status) => status === 410,
    );
    expect(await run("version", "reset", "GET /ot/v1/host/list", "--yes")).toMatchObject({ code: 0 });
  });

  ownTest("cli [B]: audit list and verify tell what was done", async () => {
    const { code, stdout } = await run("audit", "list", "--action", "admin.limit.set", "--output", "json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout).map(({ actor }: { actor: string }) => actor)).toEqual([
      manager.username,
      manager.username,
    ]);
    expect(await run("audit", "verify")).toMatchObject({ code: 0 });
  });

  ownTest(
    "cli [B]: doctor ends with 0 over a server in order, and with 1 and a reason where something is not",
    async () => {
      const doctor = (more: Record<string, string> = {}) =>
        startCommand(["doctor"], { ...settings, ...more }, dir).finished;
      expect(await doctor()).toMatchObject({ code: 0, stderr: "" });
      const bad = await doctor({ DATABASE_URL: "postgresql://nobody@127.0.0.1:1/nothing" });
      expect(bad).toMatchObject({ code: 1, stderr: expect.stringContaining("database") });
    },
  );
});
