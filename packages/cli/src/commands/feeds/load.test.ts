import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { writeCsaf } from "@breakwater/simulator/advisories/index";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ZipFile } from "yazl";
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
  await mkdir(join(folder, ".git"));
  await writeFile(join(folder, ".git", "config"), "[core]\n");
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

test("a folder is taken in as one import, its lists and hidden files passed over", async () => {
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

test("what is of another kind than was said is told, and nothing of it is taken in", async () => {
  const other = join(sandbox.dir, "ex-9.json");
  await writeFile(other, advisory(9));
  const told = await load("kev", other);
  expect(told).toMatchObject({ code: 1, value: [{ status: "FAILED", format: null, counts: { recordsRead: 0 } }] });
  expect(told.stderr).toContain("recognised as csaf, which is not imported here: it is to be kev");

  const mirror = join(sandbox.dir, "mirror");
  await mkdir(mirror);
  await writeFile(join(mirror, "ex-9.json"), advisory(9));
  const packed = await load("kev", mirror);
  expect(packed).toMatchObject({ code: 1, value: [{ counts: { recordsRead: 0, recordsRefused: 1 } }] });
  expect(packed.stderr).toContain("nothing in it is kev");

  // The advisory is new when it is loaded as what it is.
  expect(await load("csaf", other)).toMatchObject({ code: 0, value: [{ format: "csaf", counts: { recordsRead: 1 } }] });
});

/** An archive in which the file has that name, and all others are notes. */
async function zip(names: readonly string[], file: string): Promise<Buffer> {
  const archive = new ZipFile();
  for (const name of names)
    archive.addBuffer(name === basename(file) ? await readFile(file) : Buffer.from("note"), name);
  archive.end();
  const chunks: Buffer[] = [];
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

test("a feed that broke off, and one of the future, are no success; what happened and what to do is told", async () => {
  const catalogue = (day: string) =>
    JSON.stringify({
      title: "CISA Catalog of Known Exploited Vulnerabilities",
      catalogVersion: day.replaceAll("-", "."),
      dateReleased: `${day}T15:00:00.0000Z`,
      vulnerabilities: [{ cveID: "CVE-2025-0001", dateAdded: day }],
    });
  const file = join(sandbox.dir, "kev.json");
  for (const [text, status, told] of [
    [catalogue("2025-01-01").slice(0, -2), "COMPLETED", "feed-incomplete"],
    [catalogue("2099-01-01"), "FAILED", "2099-01-01"],
  ] as const) {
    await writeFile(file, text);
    const loaded = await load("kev", file);
    expect(loaded).toMatchObject({ code: 1, value: [{ fileName: "kev.json", status }] });
    expect(loaded.stderr).toContain(told);
    expect(loaded.stderr).toMatch(/load a whole copy|fetch the feed again/);
  }
  await writeFile(file, catalogue("2025-01-01"));
  expect(await load("kev", file)).toMatchObject({ code: 0, stderr: "" });
  // Behind as many files of other kinds as are told: the archive ends in the header of the last.
  const archive = await zip([...Array.from({ length: 25 }, (_, n) => `note-${n}`), "kev.json", "note"], file);
  await writeFile(file, archive.subarray(0, archive.lastIndexOf("PK\u0003\u0004", "latin1") + 20));
  const cut = await load("kev", file);
  expect([cut.code, cut.stderr.includes("feed-incomplete"), cut.stderr.includes("load a whole copy")]).toEqual([
    1,
    true,
    true,
  ]);
});

test("what is not there, and kinds that are unknown, are told before anything is sent", async () => {
  expect(await load("csaf", join(folder, "missing"))).toMatchObject({ code: 1, value: null });
  expect((await load("csaf", join(folder, "missing"))).stderr).toContain("there is no file");
  expect((await load("weather", folder)).code).toBe(2);
});
