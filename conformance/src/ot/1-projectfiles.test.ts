import { beforeAll, expect } from "vitest";
import { Accounts, PASSWORD } from "../accounts.ts";
import { bodyOf, call, get, logIn, query } from "../http.ts";
import { followImport, type ImportJob, importFile } from "../imports.ts";
import { poll } from "../poll.ts";
import { ownTest, useOwnTarget } from "../target.ts";
import { logixProject } from "./project-files.ts";

type ProjectFile = { id: string; name: string; assets: { assetId: number; name: string }[]; [member: string]: unknown };

const LISTS = ["/ot/v1/projectfile/list", "/ot/1.0/projectfile/list"];
const target = useOwnTarget();
const accounts = new Accounts(target);
const isText = expect.toSatisfy((value) => value === null || typeof value === "string", "text or null");

const project = (name: string) => {
  const modules = [
    { name: `${name}_uplink`, catalog: "1756-EN2T", parent: "Local", port: 1, at: "1", ip: "10.61.0.1" },
    { name: `${name}_skid`, catalog: "1734-AENT/B", parent: "Local", port: 2, at: "10.61.0.2", keying: "ExactMatch" },
  ];
  return logixProject(name, modules);
};
const upload = (token: string, text: string, parameters: Record<string, string>) =>
  call(target, "POST", `/ot/1.0/projectfile/import${query(parameters)}`, {
    token,
    body: text,
    headers: { "content-type": "application/octet-stream" },
  });

let token: string;
let before: { status: number; body: { message: string } }[] = [];
beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  token = await logIn(target);
  before = await Promise.all(
    LISTS.map(async (path) => {
      const response = await get(target, path, token);
      return { status: response.status, body: (await response.json()) as { message: string } };
    }),
  );
  await importFile(target, token, project("mixer"), {
    path: "/ot/1.0/projectfile/import?fileName=mixer.L5X&plantLocation=Rotterdam",
  });
  await importFile(target, token, project("press"), { path: "/ingest/1.0/import?fileName=press.L5X&connection=press" });
});

ownTest("ot 1 [O]: 404 with a message when there is no project file at all", async () => {
  for (const { status, body } of before) {
    expect(status).toBe(404);
    expect(body.message).toMatch(/project file/);
  }
});

ownTest("ot 1 [O]: both versions answer a bare array with the count header", async () => {
  for (const path of LISTS) {
    const response = await get(target, path, token);
    const files = await bodyOf<ProjectFile[]>(response);
    expect(files.map(({ name }) => name).sort()).toEqual(["mixer.L5X", "press.L5X"]);
    expect(response.headers.get("count")).toBe("2");
  }
});

ownTest(
  "platform 5 [D]: v1 of the project file list works and says that its service has ended; 1.0 is active",
  async () => {
    const [v1, active] = await Promise.all(LISTS.map((path) => get(target, path, token)));
    expect(v1?.headers.get("deprecation")).toBe(`@${Date.UTC(2025, 6, 1) / 1000}`);
    expect(v1?.headers.get("link")).toMatch(/rel="deprecation"/);
    expect(active?.headers.get("deprecation")).toBeNull();
    expect(await bodyOf(v1!)).toEqual(await bodyOf(active!));
  },
);

ownTest("ot 1 [B]: a filter that matches none is an empty array; count and sort are those of the list", async () => {
  const list = LISTS[1]!;
  expect(await bodyOf(await get(target, list + query({ filter: "name:nothing" }), token))).toEqual([]);
  expect(await bodyOf(await get(target, `/ot/1.0/projectfile/count${query({ filter: "name:mixer" })}`, token))).toEqual(
    { count: 1 },
  );
  const sorted = await bodyOf<ProjectFile[]>(await get(target, list + query({ sort: '[{"name":"desc"}]' }), token));
  expect(sorted.map(({ name }) => name)).toEqual(["press.L5X", "mixer.L5X"]);
  const page = await get(target, list + query({ pageSize: 1, pageNumber: 1, sort: '[{"name":"desc"}]' }), token);
  expect((await bodyOf<ProjectFile[]>(page)).map(({ name }) => name)).toEqual(["mixer.L5X"]);
  for (const parameters of [{ filter: "nme:x" }, { sort: '[{"nme":"asc"}]' }])
    expect(
      (await bodyOf<{ message: string }>(await get(target, list + query(parameters), token), 400)).message,
    ).toMatch(/name/);
});

ownTest("ot 1.2 [B]: every project file has each documented member, and no other", async () => {
  for (const file of await bodyOf<ProjectFile[]>(await get(target, LISTS[1]!, token))) {
    expect(file).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      name: expect.any(String),
      extension: "l5x",
      vendor: "Rockwell Automation",
      status: "PROCESSED",
      fileHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      engineeringToolName: expect.any(String),
      engineeringToolVersion: "33.01",
      plantLocation: isText,
      uploadedBy: target.manager.username,
      lastUpdated: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      assetCount: 3,
      assets: [expect.any(Object), expect.any(Object), expect.any(Object)],
    });
  }
});

for (const [filter, names] of [
  ["name:mixer", ["mixer.L5X"]],
  ["vendor:Rockwell", ["mixer.L5X", "press.L5X"]],
  ["status:FAILED", []],
  ["plantLocation:Rotterdam", ["mixer.L5X"]],
  ["engineeringToolName:Logix and engineeringToolVersion:`33.01`", ["mixer.L5X", "press.L5X"]],
  ["uploadedBy is not null and lastUpdated>now-1d and assetCount:3", ["mixer.L5X", "press.L5X"]],
  ["not fileHash:0123*", ["mixer.L5X", "press.L5X"]],
] as const) {
  ownTest(`qql 2 [D]: project files by ${filter}`, async () => {
    const files = await bodyOf<ProjectFile[]>(await get(target, LISTS[1]! + query({ filter }), token));
    expect(files.map(({ name }) => name).sort()).toEqual(names);
  });
}

ownTest("qql 2 [D]: hosts by the project file that names them", async () => {
  const hosts = await get(target, `/ot/1.0/host/list${query({ filter: "projectFile.name:mixer" })}`, token);
  const { assets } = await bodyOf<{ assets: { name: string; projectFiles: { name: string }[] }[] }>(hosts);
  expect(assets.map(({ name }) => name)).toContain("mixer");
  for (const { projectFiles } of assets) expect(projectFiles.map(({ name }) => name)).toContain("mixer.L5X");
});

ownTest(
  "ot 1 [B]: projectfile/{id} has the tree of modules, host/{id} the host; what is not there is 404",
  async () => {
    const [file] = await bodyOf<ProjectFile[]>(await get(target, LISTS[1]! + query({ filter: "name:mixer" }), token));
    const detail = await bodyOf<{ modules: object[] }>(await get(target, `/ot/1.0/projectfile/${file!.id}`, token));
    expect(detail.modules).toMatchObject([
      { id: "Local", parentId: null, catalogNumber: "1756-L83E" },
      { id: "mixer_uplink", parentId: "Local", slot: 1, keying: "compatible", firmwareIsProven: false },
      { id: "mixer_skid", parentId: "Local", keying: "exact", firmwareIsProven: true, ipAddress: ["10.61.0.2"] },
    ]);
    const assetId = file!.assets.find(({ name }) => name === "mixer")?.assetId;
    const host = await bodyOf<{ assetId: number; modules: object[] }>(
      await get(target, `/ot/1.0/host/${assetId}`, token),
    );
    expect(host).toMatchObject({
      assetId,
      modules: [{ slot: 1, catalogNumber: "1756-EN2T" }],
      projectFiles: [{ id: file!.id }],
    });
    for (const path of [
      "projectfile/00000000-0000-4000-8000-000000000000",
      "projectfile/x",
      "host/999999999",
      "host/x",
    ])
      expect((await get(target, `/ot/1.0/${path}`, token)).status).toBe(404);
  },
);

ownTest("ot 1 [B]: importing project files asks for a permission of its own, and takes nothing else", async () => {
  await accounts.send(
    "POST",
    "/admin/1.0/user/create",
    { username: "engineer", password: PASSWORD, role: "VMDR OT user" },
    201,
  );
  await accounts.create("onlooker");
  const engineer = await logIn(target, { username: "engineer", password: PASSWORD });
  const onlooker = await logIn(target, { username: "onlooker", password: PASSWORD });
  expect((await upload(onlooker, project("mixer"), {})).status).toBe(403);
  const response = await upload(engineer, '{"matches":[{"vulnerability":{"id":"CVE-2020-0001"}}]}', {
    fileName: "scan.json",
  });
  const job = await bodyOf<ImportJob>(response, 202);
  expect(response.headers.get("location")).toBe(`/ot/1.0/import/${job.id}`);
  const ended = await poll(
    async () => bodyOf<ImportJob>(await get(target, `/ot/1.0/import/${job.id}`, engineer)),
    ({ status }) => status === "FAILED" || status === "COMPLETED",
  );
  expect(ended).toMatchObject({ status: "FAILED", issues: [{ code: "kind-not-accepted" }] });
  expect(ended.message).toContain("/ingest/1.0/import");
  const capture = await importFile(target, token, project("mixer"), { path: "/ot/1.0/capture/import" });
  expect(capture).toMatchObject({ status: "FAILED", issues: [{ code: "kind-not-accepted" }] });
  const good = await bodyOf<ImportJob>(await upload(engineer, project("mixer"), { fileName: "mixer.L5X" }), 202);
  expect((await followImport(target, token, good.id)).status).toBe("COMPLETED");
});
