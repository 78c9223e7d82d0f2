import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { etmReportPart, ingestImportCreate, otHostList } from "@breakwater/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createClient } from "./index.ts";

type Seen = { line: string; headers: IncomingMessage["headers"]; body: string };

let server: Server;
let url: string;
let seen: Seen[] = [];
let answer: { status: number; headers?: Record<string, string>; body: string };

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    seen.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
    const {
      status,
      headers,
      body: text,
    } = request.url === "/auth" ? { status: 201, headers: {}, body: "t.o.k" } : answer;
    response.writeHead(status, headers).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => server.close());

test("it logs in once, before the first call, and sends the token with each", async () => {
  seen = [];
  answer = { status: 200, headers: { count: "7" }, body: '{"assets":[]}' };
  const client = createClient({ url, username: "u&=", password: "p +%" });
  const result = await client.call(otHostList, { query: { filter: "a:b c", pageSize: 5 } });
  await client.call(otHostList, { version: "v1" });
  expect(seen.map(({ line }) => line)).toEqual([
    "POST /auth",
    "GET /ot/1.0/host/list?filter=a%3Ab+c&pageSize=5",
    "GET /ot/v1/host/list",
  ]);
  const form = new URLSearchParams(seen[0]?.body);
  expect([form.get("username"), form.get("password")]).toEqual(["u&=", "p +%"]);
  expect(seen[1]?.headers.authorization).toBe("Bearer t.o.k");
  expect([result.count, await result.json()]).toEqual([7, { assets: [] }]);
});

test("path parameters are escaped, and a payload goes as it is", async () => {
  seen = [];
  answer = { status: 200, body: "" };
  const client = createClient({ url, token: "x" });
  await client.call(etmReportPart, { params: { id: "a/b", name: "part 1" } });
  await client.call(ingestImportCreate, { payload: new TextEncoder().encode("bytes"), query: { connection: "n" } });
  expect(seen.map(({ line }) => line)).toEqual([
    "GET /etm/api/rest/v1/reports/a%2Fb/resources/part%201",
    "POST /ingest/1.0/import?connection=n",
  ]);
  expect(seen[1]).toMatchObject({ body: "bytes", headers: { "content-type": "application/octet-stream" } });
});

test("a refusal carries the server's message and status", async () => {
  const client = createClient({ url, token: "x" });
  answer = { status: 400, body: '{"message":"filter, line 1: no"}' };
  await expect(client.call(otHostList)).rejects.toMatchObject({ status: 400, message: "filter, line 1: no" });
  answer = { status: 429, headers: { "retry-after": "12" }, body: "" };
  await expect(client.call(otHostList)).rejects.toMatchObject({
    status: 429,
    message: expect.stringContaining("12 s"),
  });
  answer = { status: 502, body: "<html>bad gateway" };
  await expect(client.call(otHostList)).rejects.toMatchObject({ status: 502, message: "<html>bad gateway" });
});
