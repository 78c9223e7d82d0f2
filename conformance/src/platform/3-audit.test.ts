import { createHash } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { bodyOf, call, get, logIn, postAuth, query } from "../http.ts";
import { type Login, useTarget } from "../target.ts";

const target = useTarget();
const run = Date.now().toString(36);
const auditor: Login = { username: `auditor_${run}`, password: "a-long-pass-phrase-1" };
const reader: Login = { username: `audited_${run}`, password: "a-long-pass-phrase-1" };
let manager: string;
let auditorToken: string;
let readerToken: string;

type Event = {
  id: number;
  at: string;
  actor: string;
  action: string;
  target: string | null;
  address: string | null;
  result: string;
  detail: Record<string, unknown>;
};

const list = async (parameters: Record<string, string | number>, token = auditorToken) => {
  const response = await get(target, `/admin/1.0/audit/list${query(parameters)}`, token);
  return { events: await bodyOf<Event[]>(response.clone()), count: Number(response.headers.get("count")) };
};

beforeAll(async () => {
  manager = await logIn(target);
  for (const [login, role] of [
    [auditor, "Auditor"],
    [reader, "Reader"],
  ] as const) {
    await bodyOf(
      await call(target, "POST", "/admin/1.0/user/create", { token: manager, json: { ...login, role } }),
      201,
    );
  }
  auditorToken = await logIn(target, auditor);
  readerToken = await logIn(target, reader);
});

test("platform 2.1 [B]: the reason of a refused log-in stands in the audit log only", async () => {
  const response = await postAuth(target, new URLSearchParams({ ...reader, password: "wrong" }).toString());
  expect(response.status).toBe(401);
  expect(await response.text()).not.toContain("wrong password");
  const { events } = await list({ actor: reader.username, action: "auth.login", result: "failure" });
  expect(events).toMatchObject([{ address: expect.stringMatching(/\S/), detail: { reason: "wrong password" } }]);
});

test("platform 3 [D]: the log tells who did what, when, from where, and how it ended; newest first", async () => {
  const before = Date.now();
  await bodyOf(
    await call(target, "POST", "/admin/1.0/tag/create", { token: manager, json: { name: `audited ${run}` } }),
    201,
  );
  const { events, count } = await list({ action: "admin.tag.create", target: `audited ${run}` });
  expect(count).toBe(1);
  expect(events).toMatchObject([
    { actor: target.manager.username, result: "success", address: expect.stringMatching(/^[\d.:a-f]+$/) },
  ]);
  // Both clocks may differ when the target is another machine.
  expect(Math.abs(Date.parse(events[0]!.at) - before)).toBeLessThan(3_600_000);
  const { events: all } = await list({ pageSize: 100 });
  expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).sort((a, b) => b - a));
});

test("platform 3 [B]: a refused change stands in the log", async () => {
  const json = { name: `not ${run}` };
  expect((await call(target, "POST", "/admin/1.0/tag/create", { token: readerToken, json })).status).toBe(403);
  const { events } = await list({ actor: reader.username, action: "admin.tag.create" });
  expect(events).toMatchObject([{ result: "failure" }]);
});

test("platform 3 [B]: pages by beforeId are without gap and double, whatever comes in", async () => {
  const first = await list({ pageSize: 3 });
  await logIn(target, reader);
  const next = await list({ pageSize: 3, beforeId: first.events[2]!.id });
  expect(next.events[0]!.id).toBe(first.events[2]!.id - 1);
});

test("platform 3 [B]: without Audit Log Access there is no log, and of no subscription's events none but for the operator", async () => {
  for (const operation of ["list", "export", "verify"]) {
    const refused = await get(target, `/admin/1.0/audit/${operation}`, readerToken);
    expect((await bodyOf(refused, 403)).message).toBe("Audit Log Access is required");
  }
  expect((await get(target, "/admin/1.0/audit/list?from=yesterday", auditorToken)).status).toBe(400);
});

test("platform 3 [B]: append-only: an export verifies by itself, and the log still goes through it", async () => {
  const response = await get(target, "/admin/1.0/audit/export", auditorToken);
  const lines = (await response.text()).split("\n").slice(0, -1);
  let head = "0".repeat(64);
  for (const line of lines) {
    const { previousHash, hash } = JSON.parse(line);
    expect(previousHash).toBe(head);
    head = createHash("sha256")
      .update(`${line.slice(0, -75)}}`)
      .digest("hex");
    expect(hash).toBe(head);
  }
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({ action: "admin.audit.export", actor: auditor.username });
  expect(response.headers.get("x-audit-head")).toBe(`${lines.length} ${head}`);
  const noted = query({ headId: lines.length, headHash: head });
  expect(await bodyOf(await get(target, `/admin/1.0/audit/verify${noted}`, auditorToken))).toMatchObject({
    ok: true,
    break: null,
  });
});

test("platform 3 [B]: the log has no way to change it", async () => {
  for (const method of ["POST", "PUT", "DELETE"]) {
    expect((await call(target, method, "/admin/1.0/audit/list", { token: manager })).status).toBe(405);
  }
});
