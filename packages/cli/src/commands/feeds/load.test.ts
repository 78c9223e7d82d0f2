import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { writeCsaf } from "@breakwater/simulator/advisories/index";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CliProcess, createSandbox, runCli, type Sandbox, startCli } from "../../testing/cli-process.fixture.ts";

const MANAGER = { BREAKWATER_USERNAME: "acme_mgr1", BREAKWATER_PASSWORD: "Correct-horse-7-battery" };
const advisory = (number: number) =>
  writeCsaf({
    id: `EX-${number}`,
    title: `Advisory ${number}`,
    products: [{ vendor: "Siemens", name: "CPU (6ES7315-2EH14-0AB0)", versions: "vers:all/*" }],
    vulnerabilities: [{ cve: `CVE-2025-000${number}`, affected: [1] }],
  });

let sandbox: Sandbox;
let database: TestDatabase;
let server: CliProcess;
let url: string;
let folder: string;

beforeAll(async () => {
  [sandbox, database] = await Promise.all([createSandbox(), createTestDatabase()]);
  server = startCli(sandbox, ["serve", "--port", "0", "--log-level", "warn", "--output", "json"], {
    DATABASE_URL: database.url,
    BREAKWATER_ADMIN_USERNAME: MANAGER.BREAKWATER_USERNAME,
    BREAKWATER_ADMIN_PASSWORD: MANAGER.BREAKWATER_PASSWORD,
  });
  url = JSON.parse(await server.line(/"ready"/)).url;
  folder = join(sandbox.dir, "white");
  await mkdir(join(folder, "2025"), { recursive: true });
  for (const number of [1, 2, 3]) await writeFile(join(folder, "2025", `ex-${number}.json`), advisory(number));
  await writeFile(join(folder, "index.txt"), "2025/ex-1.json\n2025/ex-2.json\n");
});
afterAll(async () => {
  await server?.stopGroup("SIGTERM");
  await database?.drop();
  await sandbox?.remove();
});

const load = async (...args: string[]) => {
  const { code, stdout, stderr } = await runCli(sandbox, ["feeds", "load", ...args, "--output", "json"], {
    ...MANAGER,
    BREAKWATER_URL: url,
  });
  return { code, stderr, value: stdout === "" ? null : JSON.parse(stdout) };
};

test("a folder is taken in as one import, its lists passed over", async () => {
  expect(await load("csaf", folder)).toMatchObject({
    code: 0,
    stderr: "",
    value: [
      { fileName: "white.zip", status: "COMPLETED", format: "csaf", counts: { recordsRead: 3, recordsRefused: 0 } },
    ],
  });
});

test("a file and a URL", async () => {
  const web = createServer((_request, response) => response.end(advisory(4))).listen(0, "127.0.0.1");
  await new Promise((resolve) => web.once("listening", resolve));
  const address = `http://127.0.0.1:${(web.address() as AddressInfo).port}/ex-4.json`;
  try {
    for (const [source, fileName] of [
      [join(folder, "2025", "ex-1.json"), "ex-1.json"],
      [address, "ex-4.json"],
    ] as const) {
      expect(await load("csaf", source)).toMatchObject({ code: 0, value: [{ fileName, status: "COMPLETED" }] });
    }
  } finally {
    web.close();
  }
});

test("a feed of another kind than was said is told", async () => {
  const told = await load("kev", join(folder, "2025", "ex-2.json"));
  expect(told).toMatchObject({ code: 1, value: [{ status: "COMPLETED", format: "csaf" }] });
  expect(told.stderr).toContain("it is csaf, not kev");
});

test("what is not there, and kinds that are unknown, are told before anything is sent", async () => {
  expect(await load("csaf", join(folder, "missing"))).toMatchObject({ code: 1, value: null });
  expect((await load("csaf", join(folder, "missing"))).stderr).toContain("there is no file");
  expect((await load("weather", folder)).code).toBe(2);
});
