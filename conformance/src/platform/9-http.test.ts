import { beforeAll, describe, expect, test } from "vitest";
import { bodyOf, call, get, logIn } from "../http.ts";
import { exchangeRaw, parseAnswer } from "../raw-http.ts";
import { ownTest, type Target, useOwnTarget, useTarget } from "../target.ts";

const HOSTS = "/ot/1.0/host/list";
const TAGS = "/admin/1.0/tag/create";

describe("requests that two readers could understand differently", () => {
  const target = useTarget();
  let token: string;
  beforeAll(async () => {
    token = await logIn(target);
  });
  const head = () => `Host: ${new URL(target.url).host}\r\nAuthorization: Bearer ${token}\r\n`;
  const post = (more: string, body: string) =>
    `POST ${TAGS} HTTP/1.1\r\n${head()}Content-Type: application/json\r\n${more}\r\n${body}`;
  const hidden = () => `GET ${HOSTS} HTTP/1.1\r\n${head()}\r\n`;

  const forms: Record<string, () => string> = {
    "a length and chunks": () => post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", `0\r\n\r\n${hidden()}`),
    "chunks and a length": () => post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", `0\r\n\r\n${hidden()}`),
    "two lengths": () => post("Content-Length: 2\r\nContent-Length: 60\r\n", `{}${hidden()}`),
    "a list of lengths": () => post("Content-Length: 2, 60\r\n", `{}${hidden()}`),
    "chunks under another name": () => post("Transfer-Encoding: xchunked\r\n", `0\r\n\r\n${hidden()}`),
    "chunks that are not the last coding": () =>
      post("Transfer-Encoding: chunked, identity\r\n", `0\r\n\r\n${hidden()}`),
    "chunks behind a space": () => post("Transfer-Encoding : chunked\r\nContent-Length: 0\r\n", hidden()),
    "chunks behind a tab": () => post("Transfer-Encoding\t: chunked\r\nContent-Length: 0\r\n", hidden()),
    "a folded coding": () => post("Transfer-Encoding:\r\n chunked\r\nContent-Length: 0\r\n", hidden()),
    "a negative length": () => post("Content-Length: -1\r\n", hidden()),
    "a hexadecimal length": () => post("Content-Length: 0x10\r\n", hidden()),
    "a chunk size that is none": () => post("Transfer-Encoding: chunked\r\n", `2_\r\n{}\r\n0\r\n\r\n${hidden()}`),
    "a bare line feed": () => post("X-A: b\nContent-Length: 0\r\n", hidden()),
    "two hosts": () => `GET ${HOSTS} HTTP/1.1\r\nHost: elsewhere\r\n${head()}\r\n${hidden()}`,
    "no host": () => `GET ${HOSTS} HTTP/1.1\r\n\r\n${hidden()}`,
    "a URL of another host": () => `GET http://elsewhere.example${HOSTS} HTTP/1.1\r\n${head()}\r\n${hidden()}`,
    "no version": () => `GET ${HOSTS}\r\n${hidden()}`,
  };
  test.each(Object.entries(forms))("platform 9 [B]: %s: one 400, and what follows is not heard", async (_, make) => {
    const text = await exchangeRaw(target, make());
    const answer = parseAnswer(text);
    expect(answer.statusLine).toBe("HTTP/1.1 400 Bad Request");
    expect(text.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    expect(JSON.parse(answer.body)).toMatchObject({
      status: 400,
      error: "Bad Request",
      message: expect.stringMatching(/\S/),
    });
    expect(answer.headers).toContainEqual(["X-Content-Type-Options", "nosniff"]);
    expect(answer.headers.map(([name]) => name)).toContain("X-Request-Id");
    expect((await get(target, HOSTS, token)).status).toBe(200);
  });

  test("platform 9 [B]: pipelined calls are answered in order", async () => {
    const paths = ["/health/live", "/nowhere", "/health/ready"];
    const requests = paths.map((path) => `GET ${path} HTTP/1.1\r\n${head()}\r\n`);
    const last = `GET /health/live HTTP/1.1\r\n${head()}Connection: close\r\n\r\n`;
    const text = await exchangeRaw(target, requests.join("") + last);
    expect([...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status)).toEqual(["200", "404", "200", "200"]);
  });

  const json = (body: string) =>
    call(target, "POST", TAGS, { token, body, headers: { "content-type": "application/json" } });

  test("platform 9 [B]: JSON nested too deep is refused and the limit is named", async () => {
    const response = await json(`{"name":${"[".repeat(100)}${"]".repeat(100)}}`);
    expect((await bodyOf(response, 400)).message).toContain("64 levels");
  });

  test("platform 9 [B]: a prototype in JSON is refused", async () => {
    expect((await json('{"name":"x","__proto__":{"a":1}}')).status).toBe(400);
  });

  test("platform 9 [B]: too many header lines, and too many parameters, are refused and the limit is named", async () => {
    const lines = Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`x-${at}`, "1"]));
    expect((await bodyOf(await get(target, HOSTS, token, lines), 431)).message).toContain("100 header lines");
    const search = Array.from({ length: 120 }, (_, at) => `p${at}=1`).join("&");
    expect((await bodyOf(await get(target, `${HOSTS}?${search}`, token), 400)).message).toContain(
      "100 query parameters",
    );
  });
});

describe("the address of a client behind a proxy", () => {
  const attempt = async (target: Target, address: string) => {
    const headers = { "content-type": "application/x-www-form-urlencoded", "x-forwarded-for": address };
    return (await call(target, "POST", "/auth", { body: "username=nobody&password=x", headers })).status;
  };
  /** The brute-force guard counts per user name and address: it shows whom the server saw. */
  async function fail(target: Target, address: string): Promise<number> {
    let status = 0;
    for (let tries = 0; tries < 7; tries += 1) status = await attempt(target, address);
    return status;
  }

  describe("that is trusted", () => {
    const own = useOwnTarget({ environment: { trustedProxies: "127.0.0.1,10.0.0.0/8" } });
    ownTest("platform 9 [B]: is the one that the proxy names", async () => {
      expect(await fail(own, "198.51.100.1")).toBe(429);
      expect(await attempt(own, "6.6.6.6, 198.51.100.1, 10.0.0.3")).toBe(429);
      expect(await attempt(own, "198.51.100.2")).toBe(401);
    });
  });

  describe("that is not trusted", () => {
    const own = useOwnTarget();
    ownTest("platform 9 [B]: is the connection's, whatever a header says", async () => {
      expect(await fail(own, "198.51.100.1")).toBe(429);
      expect(await attempt(own, "198.51.100.2")).toBe(429);
    });
  });
});
