import { beforeAll, expect } from "vitest";
import { bodyOf, call, get, logIn } from "../http.ts";
import { importFile } from "../imports.ts";
import { poll } from "../poll.ts";
import { makePlantCapture, ownTest, useOwnTarget } from "../target.ts";

type Tag = { id: number; name: string; parent: string | null; criticality: number | null; assetCount: number };
type Host = { assetId: number; tags: string[]; criticality: number };

const target = useOwnTarget();
const password = "a-long-pass-phrase-1";
const SIEMENS = "asset.interface.address:[192.168.20.30 .. 192.168.20.34]";
let manager: string;

const send = (method: string, path: string, json?: object, token = manager) =>
  call(target, method, `/admin/1.0/tag/${path}`, { token, ...(json ? { json } : {}) });
const create = async (json: object) => bodyOf<Tag>(await send("POST", "create", json), 201);
const hosts = async (token = manager) =>
  (await bodyOf<{ assets: Host[] }>(await get(target, "/ot/1.0/host/list?pageSize=100", token))).assets;
const carriers = async (name: string) => (await hosts()).filter(({ tags }) => tags.includes(name));

async function createUser(username: string, role: string, scopeTags: string[]): Promise<string> {
  const json = { username, password, role, scopeTags };
  await bodyOf(await call(target, "POST", "/admin/1.0/user/create", { token: manager, json }), 201);
  return logIn(target, { username, password });
}

beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  manager = await logIn(target);
  await importFile(target, manager, await makePlantCapture());
});

ownTest("platform 3 [D]: a rule that changes moves the tag at once; null leaves it where it is", async () => {
  const { id } = await create({ name: "Cell", rule: SIEMENS, criticality: 5 });
  expect(await carriers("Cell")).toHaveLength(5);
  const moved = await bodyOf<Tag>(await send("PUT", String(id), { rule: "asset.interface.address:192.168.20.10" }));
  expect(moved).toMatchObject({ assetCount: 1, criticality: 5 });
  expect((await carriers("Cell")).map(({ criticality }) => criticality)).toEqual([5]);
  await bodyOf(await send("PUT", String(id), { rule: null }));
  expect(await carriers("Cell")).toHaveLength(1);
  await bodyOf(await send("PUT", String(id), { criticality: null }));
  expect((await carriers("Cell")).map(({ criticality }) => criticality)).toEqual([2]);
});

ownTest("platform 3 [B]: what a tag is changes member by member, and bad changes say why", async () => {
  const { id } = await create({ name: "First" });
  const below = await create({ name: "Below", parent: "First" });
  const renamed = await bodyOf<Tag>(await send("PUT", String(id), { name: "Renamed", criticality: 3 }));
  expect(renamed).toMatchObject({ id, name: "Renamed", criticality: 3, parent: null });
  expect(await bodyOf(await send("GET", String(below.id)))).toMatchObject({ parent: "Renamed" });
  for (const [json, status] of [
    [{ name: "below" }, 409],
    [{ parent: "Below" }, 400],
    [{ parent: "Renamed" }, 400],
    [{ parent: "nobody" }, 400],
    [{ rule: "asset.nam:x" }, 400],
    [{ rule: "asset.tag.name:Below" }, 400],
    [{ criticality: 6 }, 400],
  ] as const) {
    expect([json, (await send("PUT", String(id), json)).status]).toEqual([json, status]);
  }
  expect((await send("PUT", "2147483647", { name: "x" })).status).toBe(404);
  expect((await send("GET", "2147483647")).status).toBe(404);
});

ownTest("platform 3 [D]: a static tag is given to assets and taken from them", async () => {
  const [first, second] = await hosts();
  const { id } = await create({ name: "Static" });
  const path = `${id}/assets`;
  const both = [first!.assetId, second!.assetId];
  expect(await bodyOf<Tag>(await send("POST", path, { add: both }))).toMatchObject({ assetCount: 2 });
  expect(await bodyOf<Tag>(await send("POST", path, { remove: [first!.assetId] }))).toMatchObject({ assetCount: 1 });
  expect((await carriers("Static")).map(({ assetId }) => assetId)).toEqual([second!.assetId]);
  expect((await send("POST", path, { add: [first!.assetId, 999_999_999] })).status).toBe(400);
  expect(await carriers("Static")).toHaveLength(1);
  const ruled = await create({ name: "By rule", rule: SIEMENS });
  expect((await send("POST", `${ruled.id}/assets`, { add: both })).status).toBe(400);
});

ownTest("platform 3 [B]: a deleted tag leaves assets and scopes; one with children stays", async () => {
  const top = await create({ name: "Top", rule: SIEMENS, criticality: 4 });
  const child = await create({ name: "Child", parent: "Top" });
  const reader = await createUser("tag_reader", "Reader", ["Top"]);
  expect(await hosts(reader)).toHaveLength(5);
  expect((await send("DELETE", String(top.id))).status).toBe(409);
  expect((await send("DELETE", String(child.id))).status).toBe(204);
  expect((await send("DELETE", String(top.id))).status).toBe(204);
  expect((await send("GET", String(top.id))).status).toBe(404);
  expect((await hosts()).some(({ tags, criticality }) => tags.includes("Top") || criticality === 4)).toBe(false);
  expect(
    await poll(
      () => hosts(reader),
      (seen) => seen.length === 0,
    ),
  ).toEqual([]);
});

ownTest("platform 3 [B]: who has a scope cannot widen it by changing tags", async () => {
  const mine = await create({ name: "Mine", rule: "asset.interface.address:192.168.20.10" });
  const scoped = await createUser("tag_manager", "Manager", ["Mine"]);
  for (const [method, path, json] of [
    ["PUT", String(mine.id), { rule: SIEMENS }],
    ["POST", "create", { name: "Within", parent: "Mine", rule: SIEMENS }],
    ["DELETE", String(mine.id), undefined],
  ] as const) {
    expect((await send(method, path, json, scoped)).status).toBe(403);
  }
  expect(await bodyOf<Tag>(await send("GET", String(mine.id), undefined, scoped))).toMatchObject({ assetCount: 1 });
});
