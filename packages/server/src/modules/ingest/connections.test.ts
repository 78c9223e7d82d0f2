import {
  adminRoleCreate,
  adminTagCreate,
  adminUserCreate,
  type BodyOf,
  type Client,
  etmFindingList,
  ingestConnectionCreate,
  ingestConnectionDelete,
  ingestConnectionGet,
  ingestConnectionList,
  ingestConnectionUpdate,
  ingestImportCreate,
  ingestImportGet,
} from "@breakwater/client";
import { startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

let installation: TestInstallation;
let manager: Client;
beforeAll(async () => {
  installation = await startInstallation();
  manager = installation.client();
});
afterAll(() => installation.close());

type Settings = BodyOf<typeof ingestConnectionCreate>;
type Job = {
  id: string;
  status: string;
  format: string | null;
  message: string | null;
  counts: Record<string, number>;
};

const create = async (body: Settings) => (await manager.call(ingestConnectionCreate, { body })).json();

async function importText(text: string, connection?: string): Promise<Job> {
  const answer = await manager.call(ingestImportCreate, {
    query: connection === undefined ? {} : { connection },
    payload: Buffer.from(text),
    headers: { "content-type": "application/octet-stream" },
  });
  const { id } = await answer.json<Job>();
  // Ever more slowly: asking counts against the limit of an hour.
  for (let pauseMs = 20; ; pauseMs *= 2) {
    const job = await (await manager.call(ingestImportGet, { params: { id } })).json<Job>();
    if (job.status === "COMPLETED" || job.status === "FAILED") return job;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Statuses by title, of findings on the host. */
async function statuses(host: string): Promise<Record<string, string>> {
  const answer = await manager.call(etmFindingList, { query: { assetFilter: `asset.name:${host}`, pageSize: 100 } });
  const findings = await answer.json<{ title: string; status: string }[]>();
  return Object.fromEntries(findings.map(({ title, status }) => [title, status]));
}

/** By address too: a bare name is told apart by connection. */
const table = (host: string, ...titles: string[]) => {
  const ip = `10.0.0.${new TextEncoder().encode(host).reduce((sum, byte) => (sum * 31 + byte) % 251, 1)}`;
  return `host,ip,title,severity\n${titles.map((title) => `${host},${ip},${title},high\n`).join("")}`;
};

describe("settings", () => {
  test("are created with defaults, listed, shown and changed in part", async () => {
    const made = await create({ name: "Plant north" });
    expect(made).toEqual({
      id: expect.any(Number),
      name: "Plant north",
      product: null,
      network: "default",
      isComplete: true,
      retainMissing: false,
      csvMapping: null,
      trustRank: 50,
      defaultCriticality: null,
      created: expect.any(String),
    });
    const params = { connectionId: made.id };
    const changed = await manager.call(ingestConnectionUpdate, { params, body: { retainMissing: true } });
    expect(await changed.json()).toEqual({ ...made, retainMissing: true });
    expect(await (await manager.call(ingestConnectionGet, { params })).json()).toEqual({
      ...made,
      retainMissing: true,
    });
    const list = await manager.call(ingestConnectionList);
    expect(await list.json()).toContainEqual({ ...made, retainMissing: true });
    const { id } = await importText(table("settings", "one"), "PLANT NORTH");
    const { rows } = await sql`SELECT connection_id AS "connectionId" FROM import_job WHERE id = ${id}`.execute(
      installation.db.write,
    );
    expect(rows).toEqual([params]);
    expect((await (await manager.call(ingestConnectionGet, { params })).json()).product).toBe("CSV");
  });

  test("a name is taken once, whatever its case, by imports too", async () => {
    await importText(table("taken", "one"), "By import");
    await expect(create({ name: "by IMPORT" })).rejects.toMatchObject({ status: 409 });
    const other = await create({ name: "Other name" });
    const renaming = manager.call(ingestConnectionUpdate, {
      params: { connectionId: other.id },
      body: { name: "By import" },
    });
    await expect(renaming).rejects.toMatchObject({ status: 409 });
  });

  test("the network is fixed once something was imported", async () => {
    const { id } = await create({ name: "Networked", network: "line 1" });
    const move = (network: string) =>
      manager.call(ingestConnectionUpdate, { params: { connectionId: id }, body: { network } });
    expect(await (await move("line 2")).json()).toMatchObject({ network: "line 2" });
    await importText(table("networked", "one"), "Networked");
    await expect(move("line 3")).rejects.toMatchObject({ status: 409 });
    const { rows } = await sql<{ network: string }>`
      SELECT i.network FROM asset_identifier i JOIN asset a ON a.id = i.asset_id
      WHERE a.name = 'networked' AND i.kind = 'ip'`.execute(installation.db.write);
    expect(rows).toEqual([{ network: "line 2" }]);
  });

  const columns = { host: ["Anlage"], title: ["Mangel"] };
  test.each<[string, object, RegExp]>([
    [
      "a field that there is not",
      { columns: { ...columns, hots: ["x"] } },
      /no field "hots"; the fields are id, title/,
    ],
    ["transforms of one", { columns, transforms: { hots: [{ kind: "lower" }] } }, /transforms has no field "hots"/],
    ["nothing to tell an asset by", { columns: { title: ["Mangel"] } }, /on what \(host or address\)/],
    ["a transform without its mark", { columns, transforms: { host: [{ kind: "after" }] } }, /host\.0 needs mark/],
    ["a replacement of nothing", { columns, transforms: { host: [{ kind: "replace", from: "", to: "x" }] } }, /from/],
    ["a severity out of range", { columns, severities: { schwer: 6 } }, /severities\.schwer must be <= 5/],
    ["NUL", { columns: { ...columns, id: ["a\u0000"] } }, /NUL/],
    ["no product", { product: "", columns }, /product/],
  ])("a mapping with %s is refused by its member", async (_what, mapping, message) => {
    const csvMapping = { product: "Audit", ...mapping } as unknown as NonNullable<Settings["csvMapping"]>;
    await expect(create({ name: "Refused", csvMapping })).rejects.toMatchObject({
      status: 400,
      message: expect.stringMatching(message),
    });
  });

  test("are changed with full scope only, and with the permission", async () => {
    const { id } = await create({ name: "Guarded" });
    const password = "Staple-battery-11-horse";
    await manager.call(adminTagCreate, { body: { name: "Some" } });
    await manager.call(adminRoleCreate, {
      body: { name: "Looks", permissions: ["ETM API Access"], hasApiAccess: true },
    });
    await manager.call(adminUserCreate, {
      body: { username: "narrow", password, role: "Scanner", scopeTags: ["Some"] },
    });
    await manager.call(adminUserCreate, { body: { username: "looks", password, role: "Looks" } });
    const params = { connectionId: id };
    const changes = [
      (client: Client) => client.call(ingestConnectionCreate, { body: { name: "New" } }),
      (client: Client) => client.call(ingestConnectionUpdate, { params, body: { isComplete: false } }),
      (client: Client) => client.call(ingestConnectionDelete, { params }),
    ];
    const narrow = installation.client({ username: "narrow", password });
    expect((await narrow.call(ingestConnectionGet, { params })).status).toBe(200);
    const looks = installation.client({ username: "looks", password });
    for (const change of changes) {
      await expect(change(narrow)).rejects.toMatchObject({
        status: 403,
        message: expect.stringContaining("full scope"),
      });
      await expect(change(looks)).rejects.toMatchObject({ status: 403 });
    }
    await expect(looks.call(ingestConnectionList)).rejects.toMatchObject({ status: 403 });
    expect(await (await manager.call(ingestConnectionGet, { params })).json()).toMatchObject({ isComplete: true });
  });
});

describe("imports", () => {
  test.each<[string, Omit<Settings, "name">, string]>([
    ["close what a complete run does not show any more", {}, "FIXED"],
    ["leave it open when the connection retains what is missing", { retainMissing: true }, "NEW"],
    ["leave it open when the connection's runs are partial", { isComplete: false }, "NEW"],
  ])("%s", async (what, settings, expected) => {
    const host = `h${what.length}`;
    await create({ name: what, ...settings });
    await importText(table(host, "stays", "goes"), what);
    const job = await importText(table(host, "stays"), what);
    expect(job.counts.findingsFixed).toBe(expected === "FIXED" ? 1 : 0);
    expect(await statuses(host)).toMatchObject({ goes: expected });
  });

  const csvMapping = {
    product: "Plant audit",
    columns: { host: ["Anlage "], title: ["Mangel"], severity: ["Stufe"] },
    severities: { SCHWER: 5 },
  };

  test("read tables by the connection's mapping, which goes before what is known where it says so", async () => {
    const german = "Anlage;Mangel;Stufe\nmapped-1;Rost;schwer\n";
    expect(await importText(german, "No mapping")).toMatchObject({ status: "FAILED" });
    await create({ name: "Mapped", csvMapping });
    expect(await importText(german, "Mapped")).toMatchObject({ status: "COMPLETED", format: "mapped-csv" });
    expect(await statuses("mapped-1")).toEqual({ Rost: "NEW" });
    // Columns that everybody uses, under a name that says something else here.
    const both = "host,title,severity,Anlage,Mangel,Stufe\nx,y,high,mapped-2,Riss,schwer\n";
    expect(await importText(both, "Mapped")).toMatchObject({ format: "mapped-csv" });
    expect(await importText(table("mapped-3", "usual"), "Mapped")).toMatchObject({ format: "generic-csv" });

    const nessus =
      "Plugin ID,CVE,CVSS v2.0 Base Score,Risk,Host,Protocol,Port,Name,Synopsis,Description,Solution,See Also,Plugin Output\n10,,,High,mapped-4,tcp,22,Old,,,,,\n";
    const usual = { product: "Mine", columns: { host: ["Host"], title: ["Name"] } };
    await create({ name: "Polite", csvMapping: usual });
    await create({ name: "Always", csvMapping: { ...usual, always: true } });
    expect(await importText(nessus, "Polite")).toMatchObject({ status: "COMPLETED", format: "nessus-csv" });
    expect(await importText(nessus, "Always")).toMatchObject({ status: "COMPLETED", format: "mapped-csv" });
  });

  test("keep the mapping that the connection had when the file came, for every attempt", async () => {
    const { id } = await create({ name: "Remapped", csvMapping });
    const job = await importText("Anlage,Mangel\nremapped,Rost\n", "remapped");
    await manager.call(ingestConnectionUpdate, { params: { connectionId: id }, body: { csvMapping: null } });
    const { rows } = await sql<{ csv_mapping: object }>`
      SELECT csv_mapping FROM import_job WHERE id = ${job.id}`.execute(installation.db.write);
    expect(rows[0]?.csv_mapping).toMatchObject({
      product: "Plant audit",
      columns: { host: ["Anlage"] },
      severities: { schwer: 5 },
    });
    expect(await importText("Anlage,Mangel\nremapped,Rost\n", "remapped")).toMatchObject({ status: "FAILED" });
  });
});

describe("the end of a connection", () => {
  test("is confirmed by its name, frees that, and closes what no other source reports", async () => {
    const { id } = await create({ name: "Ending" });
    await importText(table("ended", "shared", "own"), "Ending");
    await importText(table("ended", "shared"), "Staying");
    const params = { connectionId: id };
    await expect(manager.call(ingestConnectionDelete, { params })).rejects.toMatchObject({ status: 409 });
    const wrong = manager.call(ingestConnectionDelete, { params, query: { confirm: "Staying" } });
    await expect(wrong).rejects.toMatchObject({ status: 409 });
    expect(await statuses("ended")).toMatchObject({ own: "NEW" });
    await manager.call(ingestConnectionDelete, { params, query: { confirm: "Ending" } });
    await expect(manager.call(ingestConnectionGet, { params })).rejects.toMatchObject({ status: 404 });
    await expect(manager.call(ingestConnectionDelete, { params })).rejects.toMatchObject({ status: 404 });
    await expect.poll(() => statuses("ended"), { timeout: 20_000 }).toMatchObject({ own: "FIXED" });
    expect((await statuses("ended")).shared).not.toBe("FIXED");
    const again = await importText(table("ended", "own"), "Ending");
    expect(again.counts).toMatchObject({ findingsReopened: 1, assetsNew: 0 });
    const now = await (await manager.call(ingestConnectionList)).json();
    expect(now.filter(({ name }) => name === "Ending").map((one) => one.id)).not.toContain(id);
  });

  test("waits for the imports of it, and needs no confirmation without findings", async () => {
    const { id } = await create({ name: "Idle" });
    const params = { connectionId: id };
    const jobId = "00000000-0000-4000-8000-00000000c0de";
    await sql`
      INSERT INTO import_job (subscription_id, id, status, file_bytes, file_sha256, created_by, connection_name)
      VALUES (1, ${jobId}, 'REQUESTED', 1, '', 'test', 'idle')`.execute(installation.db.write);
    await expect(manager.call(ingestConnectionDelete, { params })).rejects.toMatchObject({ status: 409 });
    // An archive may be at a member of another connection than its first.
    await sql`UPDATE import_job SET connection_name = 'First', checkpoint = ${{ sink: { connectionId: id } }}
      WHERE id = ${jobId}`.execute(installation.db.write);
    await expect(manager.call(ingestConnectionDelete, { params })).rejects.toMatchObject({ status: 409 });
    await sql`DELETE FROM import_job WHERE id = ${jobId}`.execute(installation.db.write);
    expect((await manager.call(ingestConnectionDelete, { params })).status).toBe(204);
  });

  test("is not for the product's own", async () => {
    await sql`INSERT INTO connection (subscription_id, name, product)
      VALUES (1, 'Breakwater Advisory Matching', 'Breakwater Advisory Matching')`.execute(installation.db.write);
    const all = await (await manager.call(ingestConnectionList)).json();
    const { id } = all.find(({ name }) => name.startsWith("Breakwater"))!;
    const params = { connectionId: id };
    await expect(manager.call(ingestConnectionDelete, { params })).rejects.toMatchObject({ status: 409 });
    const renaming = manager.call(ingestConnectionUpdate, { params, body: { name: "Mine" } });
    await expect(renaming).rejects.toMatchObject({ status: 409 });
  });
});
