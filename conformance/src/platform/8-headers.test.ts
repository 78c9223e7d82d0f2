import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { call, get, logIn, postAuth } from "../http.ts";
import { importFile } from "../imports.ts";
import { exchangeRaw, getRaw, type RawAnswer } from "../raw-http.ts";
import { HandClock, makePlantCapture, ownTest, useOwnTarget, useTarget } from "../target.ts";

const HOSTS = "/ot/1.0/host/list";
const SEVEN: [name: string, value: string][] = [
  ["Cache-Control", "no-cache, no-store, max-age=0, must-revalidate"],
  ["Pragma", "no-cache"],
  ["Expires", "0"],
  ["X-Content-Type-Options", "nosniff"],
  ["X-Frame-Options", "DENY"],
  ["X-XSS-Protection", "1 ; mode=block"],
  ["Referrer-Policy", "no-referrer"],
];

/** Those of the answer's header lines whose names are in the sample, in the answer's order. */
function sampled(answer: RawAnswer, names: readonly string[]): [string, string][] {
  return answer.headers.filter(([name]) => names.includes(name));
}

describe("any gateway answer", () => {
  const target = useTarget();
  let token: string;
  beforeAll(async () => {
    token = await logIn(target);
  });

  const answers: [name: string, status: number, ask: () => Promise<Response>][] = [
    ["a list", 200, () => get(target, HOSTS, token)],
    ["a token", 201, () => postAuth(target, new URLSearchParams(target.manager).toString())],
    ["a bad parameter", 400, () => get(target, `${HOSTS}?pageNumber=x`, token)],
    ["a bad body", 400, () => call(target, "POST", "/admin/1.0/tag/create", { token, json: {} })],
    ["a refused log-in", 401, () => postAuth(target, "username=nobody&password=x")],
    ["no token", 401, () => get(target, HOSTS)],
    ["an unknown path", 404, () => get(target, "/no/such/path", token)],
    ["an unknown id", 404, () => get(target, "/ingest/1.0/import/none", token)],
    ["another method", 405, () => call(target, "DELETE", HOSTS, { token })],
    ["another media type", 415, () => call(target, "POST", "/auth", { json: {} })],
    ["readiness", 200, () => get(target, "/health/ready")],
    ["the API description", 200, () => get(target, "/openapi.json")],
  ];
  test.each(answers)("platform 8 [D]: the seven headers stand on %s (%i)", async (_, status, ask) => {
    const response = await ask();
    expect(response.status).toBe(status);
    for (const [name, value] of SEVEN) expect(response.headers.get(name), name).toBe(value);
  });

  test.each(answers)("platform 8 [B]: X-Request-Id stands on %s (%i)", async (_, status, ask) => {
    const response = await ask();
    expect(response.status).toBe(status);
    expect(response.headers.get("x-request-id")).toMatch(/^[\w.:-]{8,64}$/);
  });

  test("platform 8 [B]: each answer has a request id of its own, or the caller's", async () => {
    const ids = [await get(target, HOSTS, token), await get(target, HOSTS, token)].map((response) =>
      response.headers.get("x-request-id"),
    );
    expect(ids[0]).not.toBe(ids[1]);
    const own = await get(target, HOSTS, token, { "x-request-id": "conformance-4711" });
    expect(own.headers.get("x-request-id")).toBe("conformance-4711");
  });

  test("platform 8 [B]: a request id that could break a header or a log is not taken over", async () => {
    for (const id of ["a b", "x".repeat(5000), "<script>", "é"]) {
      const answer = await get(target, HOSTS, token, { "x-request-id": encodeURIComponent(id) });
      expect(answer.headers.get("x-request-id")).not.toContain("%");
    }
  });
});

describe("the printed samples", () => {
  const clock = new HandClock("2025-09-01T08:00:00Z");
  const target = useOwnTarget({ clock: clock.read });
  let token: string;
  const bearer = () => ({ Authorization: `Bearer ${token}` });
  beforeAll(async () => {
    if (process.env.CONFORMANCE_URL) return;
    token = await logIn(target);
    await importFile(target, token, await makePlantCapture());
  });

  ownTest("platform 8 [D]: sample 1, an admitted call: names, spelling, values and order", async () => {
    const answer = await getRaw(target, HOSTS, bearer());
    expect(answer.statusLine).toBe("HTTP/1.1 200 OK");
    const expected: [string, unknown][] = [
      ["transfer-encoding", "chunked"],
      ["X-RateLimit-Remaining", "299"],
      ["X-RateLimit-Window-Sec", "3600"],
      ["X-RateLimit-Limit", "300"],
      ["count", expect.stringMatching(/^1[2-9]$/)],
      ["vary", "accept-encoding"],
      ["Content-Type", "application/json"],
      ["Date", expect.stringMatching(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/)],
      ...SEVEN,
    ];
    const names = expected.map(([name]) => name);
    expect(sampled(answer, names)).toEqual(expected);
  });

  ownTest("platform 8 [D]: sample 2, a blocked call: names, spelling, values and order", async () => {
    for (let made = 0; made < 300; made += 1) await (await get(target, HOSTS, token)).arrayBuffer();
    clock.advance(1550);
    const answer = await getRaw(target, HOSTS, bearer());
    expect(answer.statusLine).toBe("HTTP/1.1 429 Too Many Requests");
    const expected: [string, string][] = [
      ["X-RateLimit-Remaining", "0"],
      ["X-RateLimit-ToWait-Sec", "2050"],
      ["X-RateLimit-Window-Sec", "3600"],
      ["X-RateLimit-Limit", "300"],
      ...SEVEN,
      ["content-length", "0"],
    ];
    expect(
      sampled(
        answer,
        expected.map(([name]) => name),
      ),
    ).toEqual(expected);
    expect(answer.headers.map(([name]) => name.toLowerCase())).not.toContain("transfer-encoding");
    expect(answer.body).toBe("");
  });

  /**
   * The head as bytes, with what the samples leave open made equal. What Breakwater adds [B] stands between the printed lines
   * and a closing content-length and is left out here; the connection's own headers are not the gateway's.
   */
  const printed = (head: string) =>
    head
      .replace(/^(RateLimit|RateLimit-Policy|Retry-After|X-Request-Id|Connection|Keep-Alive): .*\r\n/gm, "")
      .replace(/^(Date|count|X-RateLimit-(?:Remaining|ToWait-Sec)): .*\r\n/gm, "$1: …\r\n");
  const headOf = async () => {
    const request = `GET ${HOSTS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`;
    const text = await exchangeRaw(target, request);
    return text.slice(0, text.indexOf("\r\n\r\n") + 2);
  };

  ownTest("platform 8 [D]: both samples byte for byte, but for date and numbers", async () => {
    clock.advance(3600);
    const seven =
      "Cache-Control: no-cache, no-store, max-age=0, must-revalidate\r\nPragma: no-cache\r\nExpires: 0\r\n" +
      "X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nX-XSS-Protection: 1 ; mode=block\r\n" +
      "Referrer-Policy: no-referrer\r\n";
    expect(printed(await headOf())).toBe(
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nX-RateLimit-Remaining: …\r\nX-RateLimit-Window-Sec: 3600\r\n" +
        "X-RateLimit-Limit: 300\r\ncount: …\r\nvary: accept-encoding\r\nContent-Type: application/json\r\n" +
        `Date: …\r\n${seven}`,
    );
    for (let made = 1; made < 300; made += 1) await (await get(target, HOSTS, token)).arrayBuffer();
    // The second sample prints no Date; RFC 9110 wants one on every answer.
    expect(printed(await headOf()).replace("Date: …\r\n", "")).toBe(
      "HTTP/1.1 429 Too Many Requests\r\nX-RateLimit-Remaining: …\r\nX-RateLimit-ToWait-Sec: …\r\n" +
        `X-RateLimit-Window-Sec: 3600\r\nX-RateLimit-Limit: 300\r\n${seven}content-length: 0\r\n`,
    );
  });

  ownTest("platform 8 [D]: count is the total after the filter, not the page's length", async () => {
    clock.advance(3600);
    const response = await get(target, `${HOSTS}?pageSize=2`, token);
    expect(((await response.json()) as { assets: object[] }).assets).toHaveLength(2);
    expect(Number(response.headers.get("count"))).toBeGreaterThanOrEqual(12);
    const filter = encodeURIComponent("interfaces.protocol:s7comm and interfaces.port:102");
    expect((await get(target, `${HOSTS}?pageSize=2&filter=${filter}`, token)).headers.get("count")).toBe("5");
  });

  const unpack = { gzip: gunzipSync, br: brotliDecompressSync };
  ownTest("platform 8 [D]: gzip and br when the client accepts them, plain otherwise", async () => {
    const plain = await getRaw(target, HOSTS, bearer());
    expect(plain.headers.map(([name]) => name)).not.toContain("content-encoding");
    for (const [coding, decode] of Object.entries(unpack)) {
      const answer = await getRaw(target, HOSTS, { ...bearer(), "Accept-Encoding": coding });
      expect(answer.headers).toContainEqual(["content-encoding", coding]);
      expect(decode(dechunk(answer.body)).toString()).toBe(dechunk(plain.body).toString());
    }
    const refused = await getRaw(target, HOSTS, { ...bearer(), "Accept-Encoding": "gzip;q=0, identity" });
    expect(refused.headers.map(([name]) => name)).not.toContain("content-encoding");
  });
});

/** The bytes that a chunked body carries. */
function dechunk(body: string): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = body.indexOf("\r\n", at);
    const size = Number.parseInt(body.slice(at, end), 16);
    if (!(size > 0)) return Buffer.concat(chunks);
    chunks.push(Buffer.from(body.slice(end + 2, end + 2 + size), "latin1"));
    at = end + 2 + size + 2;
  }
}
