import { beforeAll, expect, test } from "vitest";
import { bodyOf, call, get, logIn } from "../http.ts";
import { useTarget } from "../target.ts";

const target = useTarget();
let token: string;
beforeAll(async () => {
  token = await logIn(target);
});

test.each([
  ["GET", "/ot/v1/host/list"],
  ["GET", "/ot/1.0/host/list"],
  ["POST", "/etm/api/rest/v1/reports/list"],
])("platform 1 [D]: the version segment stands where the documents put it: %s %s", async (method, path) => {
  expect((await call(target, method, path, { token })).status).toBe(200);
});

test.each(["/ot/1.0/host/count", "/admin/1.0/user/list", "/admin/1.0/tag/list", "/ingest/1.0/import/list"])(
  "platform 1 [B]: an own operation stands under its module with version 1.0: %s",
  async (path) => {
    expect((await get(target, path, token)).status).toBe(200);
  },
);

test("platform 1 [D]: an object id stands before the operation", async () => {
  const response = await get(target, "/etm/api/rest/v1/reports/0b0b0b0b-0000-4000-8000-000000000000/download", token);
  expect((await bodyOf(response, 404)).message).toContain("0b0b0b0b-0000-4000-8000-000000000000");
});

test.each(["/ot/v1/host/list/", "/ot/1.0/host/list/", "/ot/1.0/host/count/", "/admin/1.0/user/list/"])(
  "platform 1 [O]: a trailing slash is accepted without a redirect: %s",
  async (path) => {
    const response = await get(target, path, token);
    expect(response.status).toBe(200);
    expect(response.headers.get("location")).toBeNull();
  },
);

test("platform 1 [O]: a trailing slash is accepted at /auth too", async () => {
  const body = new URLSearchParams(target.manager).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  expect((await call(target, "POST", "/auth/", { body, headers })).status).toBe(201);
});

test("platform 1 [O]: unknown query parameters are ignored", async () => {
  const plain = await bodyOf(await get(target, "/ot/1.0/host/list?pageSize=5", token));
  const more = await get(target, "/ot/1.0/host/list?pageSize=5&colour=blue&Filter=x&page[]=9&=&__proto__=1", token);
  expect(await bodyOf(more)).toEqual(plain);
});

test("platform 1 [O]: unknown headers are ignored", async () => {
  const headers = { "x-requested-with": "curl", "x-whatever": "1", prefer: "respond-async", "content-type": "text/x" };
  expect((await get(target, "/ot/1.0/host/list", token, headers)).status).toBe(200);
});
