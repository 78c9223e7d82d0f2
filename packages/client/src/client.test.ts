import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { adminTagGet, adminUserList, etmReportPart, ingestImportCreate, otHostList } from "@breakwater/contract";
import { afterAll, beforeAll, beforeEach, expect, expectTypeOf, test } from "vitest";
import { ApiError, createClient } from "./index.ts";

type Seen = { line: string; headers: IncomingMessage["headers"]; body: string };
type Answer = { status: number; headers?: Record<string, string>; body: string };

const HOUR_SEC = 3600;
const EXPIRED: Answer = { status: 401, body: '{"message":"JWT expired"}' };

let server: Server;
let url: string;
let seen: Seen[];
/** What calls are answered with, one after the other; the last stays. */
let answers: Answer[];
/** Whether the token `old` has expired. */
let hasExpired: boolean;
/** What a log-in is answered with. */
let logIn: () => Answer;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const isLogIn = request.url?.startsWith("/auth");
    seen.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
    const isOld = request.headers.authorization === "Bearer old";
    const next = () => (answers.length > 1 ? answers.shift() : answers[0]) as Answer;
    const answer = isLogIn ? logIn() : isOld && hasExpired ? EXPIRED : next();
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => server.close());
beforeEach(() => {
  seen = [];
  hasExpired = true;
  answers = [{ status: 200, body: "[]" }];
  logIn = () => ({ status: 201, body: "t.o.k" });
});

const lines = () => seen.map(({ line }) => line);
const tokens = () => seen.map(({ headers }) => headers.authorization?.replace("Bearer ", ""));

/** A token that says how long it lives, and nothing else that is true. */
function tokenOf(lifetimeSec: number, name: string): string {
  const iat = 1_000_000;
  const payload = Buffer.from(JSON.stringify({ iat, exp: iat + lifetimeSec, name })).toString("base64url");
  return `e30.${payload}.s`;
}

test("it logs in once, before the first call, and sends the token with each", async () => {
  answers = [{ status: 200, headers: { count: "7" }, body: '{"assets":[]}' }];
  const client = createClient({ url, username: "u&=", password: "p +%" });
  const result = await client.call(otHostList, { query: { filter: "a:b c", pageSize: 5 } });
  await client.call(otHostList, { version: "v1" });
  expect(lines()).toEqual(["POST /auth", "GET /ot/1.0/host/list?filter=a%3Ab+c&pageSize=5", "GET /ot/v1/host/list"]);
  const form = new URLSearchParams(seen[0]?.body);
  expect([form.get("username"), form.get("password")]).toEqual(["u&=", "p +%"]);
  expect(seen[1]?.headers.authorization).toBe("Bearer t.o.k");
  expect([result.count, await result.json()]).toEqual([7, { assets: [] }]);
});

test("an API client logs in with its pair in headers and gets 200", async () => {
  logIn = () => ({ status: 200, body: "c.o.k" });
  const client = createClient({ url, clientId: "id-1", clientSecret: "s3cret" });
  await client.call(otHostList);
  expect(lines()).toEqual(["POST /auth/oidc", "GET /ot/1.0/host/list"]);
  expect(seen[0]?.headers).toMatchObject({ clientid: "id-1", clientsecret: "s3cret" });
  expect(seen[1]?.headers.authorization).toBe("Bearer c.o.k");
  logIn = () => ({ status: 401, body: '{"message":"Invalid Client ID or secret"}' });
  await expect(client.login()).rejects.toMatchObject({ status: 401, message: "wrong client id or client secret" });
});

test("the answer's type is that of the operation", async () => {
  answers = [{ status: 200, body: '[{"username":"u"}]' }];
  const users = await (await createClient({ url, token: "x" }).call(adminUserList)).json();
  expectTypeOf(users[0]!.status).toEqualTypeOf<"ACTIVE" | "INACTIVE" | "LOCKED">();
  expectTypeOf(users[0]!.scopeTags).toEqualTypeOf<string[]>();
  expect(users[0]?.username).toBe("u");
});

test("path parameters are escaped and never empty, and a payload goes as it is", async () => {
  answers = [{ status: 200, body: "" }];
  const client = createClient({ url, token: "x" });
  await client.call(etmReportPart, { params: { id: "a/b", name: "part 1" } });
  await client.call(ingestImportCreate, { payload: new TextEncoder().encode("bytes"), query: { connection: "n" } });
  expect(lines()).toEqual([
    "GET /etm/api/rest/v1/reports/a%2Fb/resources/part%201",
    "POST /ingest/1.0/import?connection=n",
  ]);
  expect(seen[1]).toMatchObject({ body: "bytes", headers: { "content-type": "application/octet-stream" } });
  await expect(client.call(etmReportPart, { params: { id: "", name: "x" } })).rejects.toThrow(
    "etm.report.part needs id",
  );
  await expect(client.call(adminTagGet)).rejects.toThrow("admin.tag.get needs tagId");
});

test("a refusal carries the server's message and status", async () => {
  const client = createClient({ url, token: "x" });
  answers = [{ status: 400, body: '{"message":"filter, line 1: no"}' }];
  await expect(client.call(otHostList)).rejects.toMatchObject({ status: 400, message: "filter, line 1: no" });
  answers = [{ status: 400, body: '{"message":"no","type":"/docs/errors#invalid-query"}' }];
  await expect(client.call(otHostList)).rejects.toMatchObject({ status: 400, message: "no", code: "invalid-query" });
  answers = [{ status: 429, headers: { "x-ratelimit-towait-sec": "12" }, body: "" }];
  await expect(client.call(otHostList)).rejects.toMatchObject({
    status: 429,
    retryAfterSec: 12,
    message: "too many calls; try again in 12 s",
  });
  answers = [{ status: 502, body: "<html>bad gateway" }];
  await expect(client.call(otHostList)).rejects.toMatchObject({ status: 502, message: "<html>bad gateway" });
});

test("calls at the same time share one log-in, and after a refused one the next call tries again", async () => {
  const client = createClient({ url, username: "u", password: "p" });
  await Promise.all(Array.from({ length: 5 }, () => client.call(otHostList)));
  expect(lines().filter((line) => line === "POST /auth")).toHaveLength(1);
  expect(lines()).toHaveLength(6);

  seen = [];
  const other = createClient({ url, username: "u", password: "p" });
  logIn = () => ({ status: 401, body: '{"authentication_exceptions":[["x"]]}' });
  const refused = await Promise.allSettled([other.call(otHostList), other.call(otHostList)]);
  expect(refused.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(lines()).toEqual(["POST /auth"]);
  logIn = () => ({ status: 201, body: "t" });
  await other.call(otHostList);
});

test("an expired token is renewed once, for all calls that it failed, and then the refusal is told", async () => {
  let count = 0;
  logIn = () => {
    count += 1;
    return { status: 201, body: tokenOf(4 * HOUR_SEC, String(count)) };
  };
  const client = createClient({ url, token: "old", username: "u", password: "p" });
  await Promise.all([client.call(otHostList), client.call(otHostList)]);
  expect(count).toBe(1);
  expect(tokens().filter((token) => token === "old")).toHaveLength(2);
  expect(tokens().filter((token) => token === tokenOf(4 * HOUR_SEC, "1"))).toHaveLength(2);

  answers = [EXPIRED];
  await expect(client.call(otHostList)).rejects.toMatchObject({ status: 401, message: "JWT expired" });
  expect(count).toBe(2);
});

test("other refusals, a token from elsewhere and a stream that was read end in the error", async () => {
  const withToken = createClient({ url, token: "old" });
  await expect(withToken.call(otHostList)).rejects.toBeInstanceOf(ApiError);
  await expect(withToken.login()).rejects.toThrow("nobody to log in as");

  const client = createClient({ url, token: "old", username: "u", password: "p" });
  const payload = new Blob(["bytes"]).stream();
  await expect(client.call(ingestImportCreate, { payload })).rejects.toMatchObject({ message: "JWT expired" });
  hasExpired = false;
  answers = [{ status: 401, body: '{"message":"Not authenticated"}' }];
  await expect(client.call(otHostList)).rejects.toMatchObject({ message: "Not authenticated" });
  expect(lines().filter((line) => line === "POST /auth")).toEqual([]);

  hasExpired = true;
  answers = [{ status: 202, body: "{}" }];
  seen = [];
  await client.call(ingestImportCreate, { payload: new Blob(["bytes"]) });
  expect(seen.map(({ body }) => body.startsWith("username") || body)).toEqual(["bytes", true, "bytes"]);
});

test("a token is renewed before it ends, whatever this machine's clock says of its dates", async () => {
  const client = createClient({ url, username: "u", password: "p" });
  // Long past by its dates: its length says that it has just begun.
  logIn = () => ({ status: 201, body: tokenOf(4 * HOUR_SEC, "long") });
  await client.call(otHostList);
  await client.call(otHostList);
  expect(lines().filter((line) => line === "POST /auth")).toHaveLength(1);
  logIn = () => ({ status: 201, body: tokenOf(0, "none") });
  await client.login();
  seen = [];
  await client.call(otHostList);
  expect(lines()).toEqual(["POST /auth", "GET /ot/1.0/host/list"]);
});

test("a call refused by a limit waits as long as it may, when it may", async () => {
  const limited: Answer = { status: 429, headers: { "retry-after": "1" }, body: "" };
  const patient = createClient({ url, token: "x", waitForLimits: { maxSec: 5 } });
  answers = [limited, { status: 200, body: "[]" }];
  expect((await patient.call(otHostList)).status).toBe(200);
  expect(lines()).toHaveLength(2);

  answers = [{ ...limited, headers: { "retry-after": "6" } }];
  seen = [];
  await expect(patient.call(otHostList)).rejects.toMatchObject({ status: 429, retryAfterSec: 6 });
  expect(lines()).toHaveLength(1);

  const controller = new AbortController();
  const waiting = createClient({ url, token: "x", waitForLimits: true }).call(otHostList, {
    signal: controller.signal,
  });
  while (seen.length < 2) await new Promise((resolve) => setImmediate(resolve));
  controller.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow(/enough|abort/);
});

test("a platform's name leads to its gateway, and what is neither name nor URL is refused", () => {
  expect(createClient({ url: "KSA1", token: "x" }).url).toBe("https://gateway.qg1.apps.qualysksa.com");
  expect(createClient({ url: "http://127.0.0.1:8080//", token: "x" }).url).toBe("http://127.0.0.1:8080");
  expect(() => createClient({ url: "US9", token: "x" })).toThrow("US1, US2");
});

test.each([302, 307, 308])(
  "a redirect (%d) takes no credentials elsewhere, and the refusal names where it leads",
  async (status) => {
    const reached: string[] = [];
    const other = createServer((request, response) => {
      reached.push(`${request.method} ${request.url}`);
      response.end("t.o.k");
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const target = `http://127.0.0.1:${(other.address() as AddressInfo).port}/auth`;
    logIn = () => ({ status, headers: { location: target }, body: "" });
    answers = [{ status, headers: { location: "/else" }, body: "" }];
    try {
      for (const who of [
        { username: "u", password: "p" },
        { clientId: "c", clientSecret: "s" },
      ]) {
        await expect(createClient({ url, ...who }).login()).rejects.toMatchObject({
          status,
          message: expect.stringContaining(target),
        });
      }
      await expect(createClient({ url, token: "x" }).call(otHostList)).rejects.toThrow(`${url}else`);
      expect(reached).toEqual([]);
    } finally {
      other.close();
    }
  },
);
