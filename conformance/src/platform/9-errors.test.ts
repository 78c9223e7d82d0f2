import { beforeAll, describe, expect, test } from "vitest";
import { bodyOf, type CallOptions, call, get, logIn, postAuth, query } from "../http.ts";
import { exchangeRaw, parseAnswer } from "../raw-http.ts";
import { REPORTS } from "../reports.ts";
import { ownTest, useOwnTarget, useTarget } from "../target.ts";

const HOSTS = "/ot/1.0/host/list";
const target = useTarget();
let token: string;
beforeAll(async () => {
  token = await logIn(target);
});

const NIL = "00000000-0000-4000-8000-000000000000";
const putPolicy = (json: object) => call(target, "PUT", "/admin/1.0/subscription/1", { token, json });

const problems: [name: string, status: number, error: string, ask: () => Promise<Response>][] = [
  ["a bad parameter", 400, "Bad Request", () => get(target, `${HOSTS}?pageNumber=x`, token)],
  ["a bad filter", 400, "Bad Request", () => get(target, `${HOSTS}?filter=(`, token)],
  ["a bad body", 400, "Bad Request", () => call(target, "POST", `${REPORTS}/findings`, { token, json: {} })],
  ["an id of another form", 400, "Bad Request", () => get(target, `/admin/1.0/client/urn:uuid:${NIL}`, token)],
  ["a null for a number", 400, "Bad Request", () => putPolicy({ lockoutThreshold: null })],
  ["a text for a number", 400, "Bad Request", () => putPolicy({ lockoutThreshold: "0" })],
  ["a false for a number", 400, "Bad Request", () => putPolicy({ passwordMaxAgeDays: false })],
  ["an unknown object", 404, "Not Found", () => get(target, `${REPORTS}/none`, token)],
  ["an unknown path", 404, "Not Found", () => get(target, "/nowhere/1.0/thing/list", token)],
  ["another method", 405, "Method Not Allowed", () => call(target, "PATCH", HOSTS, { token })],
  ["another type", 415, "Unsupported Media Type", () => call(target, "POST", "/auth", { json: {} })],
];

test.each(problems)("platform 9 [O]: %s has status, error and message", async (_, status, error, ask) => {
  const response = await ask();
  expect(response.headers.get("content-type")).toMatch(/^application\/(problem\+)?json/);
  const body = await bodyOf(response, status);
  expect(body).toMatchObject({ status, error });
  expect(body.message).toMatch(/\S{2}/);
});

test.each(problems)("platform 9 [B]: %s has the members of RFC 9457 beside them", async (_, status, error, ask) => {
  const body = await bodyOf(await ask(), status);
  expect(body).toMatchObject({ title: error, detail: body.message });
  expect(body.type).toMatch(/^(https?:\/)?\/\S+/);
  expect(body.instance).toMatch(/\S/);
});

test("platform 9 [B]: the page that `type` names explains the error", async () => {
  const { type } = await bodyOf(await get(target, "/nowhere", token), 404);
  const page = new URL(String(type), target.url);
  const response = await fetch(page);
  expect(response.status).toBe(200);
  expect(await response.text()).toContain(page.hash.slice(1));
});

/** Requests that no client should send. Each is refused for what it is, with a 4xx; none is a defect of the server. */
const hostile: Record<string, () => Promise<Response>> = {
  "a filter with U+0000": () => get(target, `${HOSTS}?filter=asset.name:%00`, token),
  "a filter with U+0000 in quotes": () => get(target, `${HOSTS}?filter=asset.name:"a%00b"`, token),
  "a filter that is not UTF-8": () => get(target, `${HOSTS}?filter=%ff%fe`, token),
  "a lone percent sign": () => get(target, `${HOSTS}?filter=%`, token),
  "a filter with a number beyond all integers": () => get(target, `${HOSTS}?filter=asset.risk>9e99`, token),
  "a filter with a date that is none": () => get(target, `${HOSTS}?filter=asset.created>2025-13-45`, token),
  "a filter with an address that is none": () => get(target, `${HOSTS}?filter=interfaces.address:999.1.1.1/40`, token),
  "a page beyond 32 bits": () => get(target, `${HOSTS}?pageNumber=99999999999999999999`, token),
  "a negative page": () => get(target, `${HOSTS}?pageNumber=-1`, token),
  "a page that is a fraction": () => get(target, `${HOSTS}?pageNumber=1.5`, token),
  "a page size of words": () => get(target, `${HOSTS}?pageSize=all`, token),
  "a page size twice": () => get(target, `${HOSTS}?pageSize=1&pageSize=x`, token),
  "a sort that is no JSON": () => get(target, `${HOSTS}?sort=asset.name`, token),
  "a sort that is no list": () => get(target, HOSTS + query({ sort: '{"asset.name":"asc"}' }), token),
  "a sort with two keys in one": () =>
    get(target, HOSTS + query({ sort: '[{"asset.name":"asc","asset.risk":"asc"}]' }), token),
  "a sort in no direction": () => get(target, HOSTS + query({ sort: '[{"asset.name":"up"}]' }), token),
  "a sort by an unknown token": () => get(target, HOSTS + query({ sort: '[{"asset.nmae":"asc"}]' }), token),
  "a sort with SQL in it": () => get(target, HOSTS + query({ sort: '[{"asset.name\\" desc; --":"asc"}]' }), token),
  "a sort of thousands": () =>
    get(target, HOSTS + query({ sort: JSON.stringify(Array(900).fill({ x: "asc" })) }), token),
  "a sort nested a thousand deep": () => get(target, HOSTS + query({ sort: "[".repeat(1000) }), token),
  "broken JSON": () => send("{"),
  "no JSON at all": () => send(""),
  "JSON null": () => send("null"),
  "a JSON list": () => send("[]"),
  "a JSON word": () => send('"x"'),
  "JSON that is not UTF-8": () => send(new Uint8Array([0x22, 0xff, 0xfe, 0x22])),
  "JSON nested 20,000 deep": () => send(`${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`),
  "JSON lists nested 50,000 deep": () => send(`${"[".repeat(50_000)}${"]".repeat(50_000)}`),
  "a prototype in JSON": () => send('{"__proto__":{"reportFormat":"JSON"},"constructor":{"prototype":{"x":1}}}'),
  "members of wrong types": () => send('{"reportFormat":["JSON"],"name":{},"assetQql":7,"findingFilter":"x"}'),
  "a format that is a prototype's": () => send('{"reportFormat":"constructor"}'),
  "a name with U+0000": () => send('{"reportFormat":"JSON","name":"a\\u0000b"}'),
  "a query with U+0000": () => send('{"reportFormat":"JSON","findingsQql":"finding.title:a\\u0000b"}'),
  "a query with half a surrogate pair": () => send('{"reportFormat":"CSVX","findingsQql":"finding.title:\\ud800"}'),
  "a negative offset": () => send('{"offset":-1}', `${REPORTS}/list`),
  "an id with U+0000": () => get(target, `${REPORTS}/%00`, token),
  "an id that climbs": () => get(target, `${REPORTS}/..%2f..%2fetc%2fpasswd/download`, token),
  "an id that is not UTF-8": () => get(target, `${REPORTS}/%ff`, token),
  "an id of 400 letters": () => get(target, `${REPORTS}/${"a".repeat(400)}`, token),
  "an id of 10,000 letters": () => get(target, `${REPORTS}/${"a".repeat(10_000)}`, token),
  "a part that climbs": () => get(target, `${REPORTS}/x/resources/..%2f..%2fpart_1.json`, token),
  "a log-in with U+0000": () => postAuth(target, "username=a%00b&password=c%00d"),
  "a log-in that is not UTF-8": () => postAuth(target, "username=%ff&password=%fe"),
  "a tag with U+0000": () => send('{"name":"a\\u0000b"}', "/admin/1.0/tag/create"),
  "a user with half a surrogate pair": () =>
    send('{"username":"a\\ud800","password":"a-long-pass-phrase-1","role":"Reader"}', "/admin/1.0/user/create"),
  "an e-mail with U+0000": () =>
    send(
      '{"username":"nul_mail","email":"\\u0000","password":"a-long-pass-phrase-1","role":"Reader"}',
      "/admin/1.0/user/create",
    ),
  "an upload that says it is a form of fields": () =>
    upload("a=b", { "content-type": "application/x-www-form-urlencoded" }),
  "an empty upload": () => upload(""),
  "a form without a boundary": () => upload("x", { "content-type": "multipart/form-data" }),
  "a form without a file": () =>
    upload("--b\r\ncontent-disposition: form-data; name=a\r\n\r\n1\r\n--b--\r\n", {
      "content-type": "multipart/form-data; boundary=b",
    }),
  "a form that breaks off": () =>
    upload('--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nhalf', {
      "content-type": "multipart/form-data; boundary=b",
    }),
  "a connection name with U+0000": () => upload("x", {}, "?connection=a%00b"),
  "a connection name of 10,000 letters": () => upload("x", {}, `?connection=${"a".repeat(10_000)}`),
};

function send(body: string | Uint8Array, path = `${REPORTS}/findings`): Promise<Response> {
  const options: CallOptions = { token, body, headers: { "content-type": "application/json" } };
  return call(target, "POST", path, options);
}

function upload(body: string, headers: Record<string, string> = {}, search = ""): Promise<Response> {
  const type = { "content-type": "application/octet-stream" };
  return call(target, "POST", `/ingest/1.0/import${search}`, { token, body, headers: { ...type, ...headers } });
}

test.each(Object.entries(hostile))("platform 9 [O]: %s is a 4xx with a message", async (_, ask) => {
  const response = await ask();
  const text = await response.text();
  expect(response.status, text).toBeGreaterThanOrEqual(400);
  expect(response.status, text).toBeLessThan(500);
  const body = JSON.parse(text);
  expect(body.message ?? body.authentication_exceptions).toBeDefined();
});

/** Odd, but nothing says that it must be refused. */
const odd: Record<string, () => Promise<Response>> = {
  "a tag with half a surrogate pair": () => send('{"name":"a\\ud800"}', "/admin/1.0/tag/create"),
  "assets that cannot be": () => send('{"name":"t","assetIds":[9007199254740993]}', "/admin/1.0/tag/create"),
  "a page as far as 32 bits go": () => get(target, `${HOSTS}?pageNumber=2147483647&pageSize=100`, token),
  "a filter with a number beyond 64 bits": () =>
    get(target, HOSTS + query({ filter: `asset.risk>${"9".repeat(30)}` }), token),
  "a filter with every kind of wildcard": () => get(target, HOSTS + query({ filter: 'asset.name:*%_\\*"' }), token),
  "a filter with a regular expression": () =>
    get(target, HOSTS + query({ filter: "asset.name:`(a+)+$` or hardware.model:'(a+)+$'" }), token),
  "a filter with SQL in it": () =>
    get(target, HOSTS + query({ filter: "asset.name:`'; DROP TABLE asset; --`" }), token),
  "a filter of emoji": () => get(target, HOSTS + query({ filter: 'asset.name:"\u{1f6a2}\u{1f3ed}"' }), token),
  "a list body of null": () => send("null", `${REPORTS}/list`),
};

test.each(Object.entries(odd))("platform 9 [O]: %s is no defect of the server", async (_, ask) => {
  const response = await ask();
  expect(response.status, await response.text()).toBeLessThan(500);
});

describe("a limit on input", () => {
  test("platform 9 [B]: a JSON body over the limit is 413 and says which limit", async () => {
    const response = await send(JSON.stringify({ name: "x".repeat(300 * 1024) }), "/admin/1.0/user/create");
    expect((await bodyOf(response, 413)).message).toMatch(/\d{4,} bytes/);
  });

  test("platform 9 [B]: a body that only claims to be large is refused before it is sent", async () => {
    const head = `POST /admin/1.0/tag/create HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n`;
    expect(parseAnswer(await exchangeRaw(target, head)).statusLine).toContain(" 413 ");
  });

  test("platform 9 [B]: headers over the limit are 431 and say which limit", async () => {
    const head = `GET ${HOSTS} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Large: ${"a".repeat(40_000)}\r\n\r\n`;
    const answer = parseAnswer(await exchangeRaw(target, head));
    expect(answer.statusLine).toContain(" 431 ");
    const body = JSON.parse(answer.body);
    expect(body).toMatchObject({ status: 431, error: "Request Header Fields Too Large" });
    expect(body.message).toMatch(/\d/);
  });

  test.each([
    ["64 KiB of query text", `asset.name:"${"x".repeat(70 * 1024)}"`, /64|65,?536/],
    ["more than 10,000 list items", `asset.risk:[${Array(10_001).fill(1).join()}]`, /10,?000/],
    ["more than 1000 levels", Array(1100).fill("asset.risk>1").join(" and "), /1,?000/],
  ])("qql 1 [B], platform 9 [B]: %s are refused and the limit is named", async (_, findings, limit) => {
    const rule = { name: "Too large", rule: findings };
    expect((await bodyOf(await send(JSON.stringify(rule), "/admin/1.0/tag/create"), 400)).message).toMatch(limit);
  });
});

describe("what is not HTTP", () => {
  const requests: Record<string, string> = {
    "no request line": "hello\r\n\r\n",
    "an unknown method": `BREW ${HOSTS} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    "two lengths": `POST /auth HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
    "length and chunks": `POST /auth HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    "a broken chunk": `POST /auth HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n`,
    "a line break in a header": `GET ${HOSTS} HTTP/1.1\r\nHost: x\r\nX-A: b\rc: d\r\n\r\n`,
  };
  test.each(Object.entries(requests))("platform 9 [O]: %s is answered with a 4xx", async (_, request) => {
    expect(await exchangeRaw(target, request)).toMatch(/^HTTP\/1\.1 4\d\d /);
  });
});

describe("uploads over their limit", () => {
  const own = useOwnTarget({ environment: { maxUploadBytes: "1000" } });
  ownTest("platform 9 [B]: a file over the limit is 413, names the limit and leaves no job", async () => {
    const mine = await logIn(own);
    const headers = { "content-type": "application/octet-stream" };
    const response = await call(own, "POST", "/ingest/1.0/import", { token: mine, body: "x".repeat(1001), headers });
    expect((await bodyOf(response, 413)).message).toContain("1000");
    expect(await bodyOf(await get(own, "/ingest/1.0/import/list", mine))).toEqual([]);
  });
});
