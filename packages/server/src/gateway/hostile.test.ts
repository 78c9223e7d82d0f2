import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AUTH, CLOSE, Door, startGateway, statusesOf } from "./hostile.fixture.ts";
import { COMMON_HEADERS } from "./steps/respond.ts";

let server: Awaited<ReturnType<typeof startGateway>>;
beforeAll(async () => {
  server = await startGateway({ timings: { headMs: 400, bodyMs: 400, uploadIdleMs: 400, drainMs: 400 } });
});
afterAll(() => server.close());

const get = (more = "", path = "/test/1.0/client") => `GET ${path} HTTP/1.1\r\n${AUTH}${more}\r\n`;
const post = (more: string, body = "") =>
  `POST /test/1.0/echo HTTP/1.1\r\n${AUTH}Content-Type: application/json\r\n${more}\r\n${body}`;
const many = (count: number, make: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => make(at)).join("");

/** Each ends with one answer that refuses, and a closed connection. */
const refused: Record<string, [status: number, request: string]> = {
  "a length and chunks": [400, post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")],
  "chunks and a length": [400, post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")],
  "two lengths that differ": [400, post("Content-Length: 2\r\nContent-Length: 3\r\n", "{} ")],
  "two lengths that agree": [400, post("Content-Length: 2\r\nContent-Length: 2\r\n", "{}")],
  "two lengths in a list": [400, post("Content-Length: 2, 2\r\n", "{}")],
  "a negative length": [400, post("Content-Length: -2\r\n", "{}")],
  "a length with a sign": [400, post("Content-Length: +2\r\n", "{}")],
  "a hexadecimal length": [400, post("Content-Length: 0x2\r\n", "{}")],
  "a length beyond all": [400, post("Content-Length: 99999999999999999999999\r\n", "{}")],
  "a length of words": [400, post("Content-Length: two\r\n", "{}")],
  "no length after its colon": [400, post("Content-Length:\r\n", "{}")],
  "chunks and then identity": [400, post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n")],
  "chunks twice": [400, post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")],
  "a coding like chunked": [400, post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")],
  "chunked in quotes": [400, post('Transfer-Encoding: "chunked"\r\n', "0\r\n\r\n")],
  "chunked and an empty line feed": [400, post("Transfer-Encoding: chunked\n\r\n", "0\r\n\r\n")],
  "chunked after a vertical tab": [400, post("Transfer-Encoding: \x0bchunked\r\n", "0\r\n\r\n")],
  identity: [400, post("Transfer-Encoding: identity\r\n", "{}")],
  "a space before the colon": [400, post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")],
  "a tab before the colon": [400, post("Content-Length\t: 2\r\n", "{}")],
  "a space before a name": [400, get(" X-A: b\r\n")],
  "a folded header": [400, get("X-A: b\r\n c\r\n")],
  "a folded first header": [400, `GET /test/1.0/client HTTP/1.1\r\n ${AUTH}\r\n`],
  "a line feed alone ends lines": [400, get().replaceAll("\r\n", "\n")],
  "a line feed alone ends the head": [400, `GET /test/1.0/client HTTP/1.1\r\n${AUTH}\n`],
  "a carriage return in a header": [400, get("X-A: b\rc: d\r\n")],
  "NUL in a header": [400, get("X-A: b\0c\r\n")],
  "a header without a name": [400, get(": b\r\n")],
  "a header without a colon": [400, get("X-A\r\n")],
  "a chunk size of words": [400, post("Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n")],
  "a chunk size with a sign": [400, post("Transfer-Encoding: chunked\r\n", "-2\r\n{}\r\n0\r\n\r\n")],
  "a chunk size with 0x": [400, post("Transfer-Encoding: chunked\r\n", "0x2\r\n{}\r\n0\r\n\r\n")],
  "a chunk size beyond 64 bits": [400, post("Transfer-Encoding: chunked\r\n", `${"f".repeat(17)}\r\n{}`)],
  "a chunk longer than its size": [400, post("Transfer-Encoding: chunked\r\n", "1\r\n{}\r\n0\r\n\r\n")],
  "a chunk ended by a line feed": [400, post("Transfer-Encoding: chunked\r\n", "2\n{}\r\n0\r\n\r\n")],
  "endless chunk extensions": [
    413,
    post("Transfer-Encoding: chunked\r\n", `2;${"a".repeat(20_000)}\r\n{}\r\n0\r\n\r\n`),
  ],
  "HTTP/0.9": [400, "GET /test/1.0/client\r\n\r\n"],
  "HTTP/1.2": [400, get().replace("HTTP/1.1", "HTTP/1.2")],
  "HTTP/2 without TLS": [400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  "another protocol": [400, get().replace("HTTP/1.1", "SIP/2.0")],
  "a TLS greeting": [400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
  "an unknown method": [400, get().replace("GET", "BREW")],
  "a method in small letters": [400, get().replace("GET", "get")],
  "no Host": [400, `GET /test/1.0/client HTTP/1.1\r\n${CLOSE}\r\n`],
  CONNECT: [405, "CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere\r\n\r\n"],
  "another expectation": [417, post("Expect: a-miracle\r\nContent-Length: 2\r\n", "{}")],
  "NUL in the path": [400, get("", "/test/1.0/client\0")],
  "a control character in the path": [400, get("", "/test/1.0/\x01")],
  "a space in the path": [400, get("", "/test/1.0/cli ent")],
  "a head over 16 KiB": [431, get(`X-Large: ${"a".repeat(17_000)}\r\n`)],
  "a path over 16 KiB": [431, get("", `/${"a".repeat(17_000)}`)],
};

describe("what cannot be one request only", () => {
  test.each(Object.entries(refused))("%s is refused and the connection closed", async (_, [status, request]) => {
    const answer = await server.ask(request);
    expect([answer.split("\r\n", 1)[0], statusesOf(answer)]).toEqual([expect.anything(), [status]]);
    for (const [name, value] of COMMON_HEADERS) expect(answer).toContain(`\r\n${name}: ${value}\r\n`);
    expect(answer).toMatch(/\r\nX-Request-Id: \S+\r\n/);
    expect(answer).toMatch(/\r\nConnection: close\r\n/i);
    expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toMatchObject({
      status,
      message: expect.stringMatching(/\S/),
    });
    expect(statusesOf(await server.ask(get(CLOSE)))).toEqual([200]);
  });
});

/** Read well, and refused for what they say. */
const unwanted: Record<string, [status: number, words: RegExp, request: string]> = {
  "Host twice": [400, /Host/, get(`Host: y\r\n${CLOSE}`)],
  "a Host that cannot be one": [400, /Host/, get(CLOSE).replace("Host: x", "Host: x/y?z")],
  "a Host with a user in it": [400, /Host/, get(CLOSE).replace("Host: x", "Host: a@x")],
  "a URL of another host": [400, /Host/, get(CLOSE, "http://elsewhere/test/1.0/client")],
  "a URL of another kind": [400, /path|Host/, get(CLOSE, "ftp://x/test/1.0/client")],
  "101 header lines": [431, /100 header lines/, get(many(100, (at) => `X-${at}: 1\r\n`) + CLOSE)],
  "101 parameters": [400, /100 query parameters/, get(CLOSE, `/test/1.0/client?${many(101, (at) => `p${at}=1&`)}`)],
  TRACE: [405, /TRACE/, get(CLOSE).replace("GET", "TRACE")],
  "a path that climbs": [404, /nothing/, get(CLOSE, "/test/1.0/x/../client")],
  "a path that climbs in disguise": [404, /nothing/, get(CLOSE, "/test/1.0/x/%2e%2e/client")],
  "a path encoded twice": [404, /nothing/, get(CLOSE, "/test/1.0/%2563lient")],
  "a path of two slashes": [404, /nothing/, get(CLOSE, "//test/1.0/client")],
  "NUL in disguise": [404, /nothing/, get(CLOSE, "/test/1.0/client%00")],
  "a broken percent sign": [400, /./, get(CLOSE, "/test/1.0/%zz")],
  "half a letter": [400, /./, get(CLOSE, "/test/1.0/%e4")],
  "a body over its limit": [413, /65536 bytes/, post(`Content-Length: 70000\r\n${CLOSE}`)],
  "chunks over the limit": [
    413,
    /65536 bytes/,
    post(`Transfer-Encoding: chunked\r\n${CLOSE}`, `11170\r\n${" ".repeat(70_000)}\r\n0\r\n\r\n`),
  ],
  "a packed body": [415, /Content-Encoding/, post(`Content-Encoding: gzip\r\nContent-Length: 2\r\n${CLOSE}`, "{}")],
  "a text body": [
    415,
    /application\/json/,
    post(`Content-Length: 2\r\n${CLOSE}`, "{}").replace("application/json", "text/plain"),
  ],
  "JSON 65 levels deep": [400, /64 levels/, json(`${'{"a":'.repeat(64)}{}${"}".repeat(64)}`)],
  "a prototype": [400, /./, json('{"__proto__":{"isAdmin":true}}')],
  "a prototype in disguise": [400, /./, json('{"\\u005f_proto__":{"isAdmin":true}}')],
  "a constructor's prototype": [400, /./, json('{"constructor":{"prototype":{"isAdmin":true}}}')],
};

function json(body: string): string {
  return post(`Content-Length: ${body.length}\r\n${CLOSE}`, body);
}

describe("what is read and not wanted", () => {
  test.each(Object.entries(unwanted))("%s is refused", async (_, [status, words, request]) => {
    const answer = await server.ask(request);
    expect(statusesOf(answer)).toEqual([status]);
    for (const [name, value] of COMMON_HEADERS) expect(answer).toContain(`\r\n${name}: ${value}\r\n`);
    expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toMatchObject({
      status,
      message: expect.stringMatching(words),
    });
    expect(statusesOf(await server.ask(get(CLOSE)))).toEqual([200]);
  });
});

/** Odd, and allowed by RFC 9110 and 9112. */
const allowed: Record<string, string> = {
  "a URL of the host itself": get(CLOSE, "http://X/test/1.0/client"),
  "HTTP/1.0 without Host": "GET /test/1.0/client HTTP/1.0\r\nAuthorization: Bearer a.b.c\r\n\r\n",
  "two spaces in the first line": get(CLOSE).replace("GET ", "GET  "),
  "an empty line before the request": `\r\n${get(CLOSE)}`,
  "an upgrade that is not taken": get("Connection: close, Upgrade\r\nUpgrade: websocket\r\n"),
  "an upgrade to HTTP/2": get("Connection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"),
  "a chunk with an extension": post(`Transfer-Encoding: chunked\r\n${CLOSE}`, "2;a=b\r\n{}\r\n0\r\n\r\n"),
  "a trailer": post(`Transfer-Encoding: chunked\r\nTrailer: X-A\r\n${CLOSE}`, "2\r\n{}\r\n0\r\nX-A: b\r\n\r\n"),
  "100 parameters": get(CLOSE, `/test/1.0/client?${many(100, (at) => `&p${at}=1`).slice(1)}`),
  "JSON 64 levels deep": json(`${'{"a":'.repeat(63)}{}${"}".repeat(63)}`),
  "brackets in a text": json(`{"a":"${"[".repeat(100)}\\"${"{".repeat(100)}"}`),
};

describe("what is odd and allowed", () => {
  test.each(Object.entries(allowed))("%s is answered", async (_, request) => {
    expect(statusesOf(await server.ask(request))).toEqual([200]);
  });
});

describe("pipelined requests", () => {
  test("are answered in order, and each counts once", async () => {
    const own = await startGateway({ maxCalls: 3 });
    const answer = await own.ask(get() + get() + get() + get(CLOSE));
    expect(statusesOf(answer)).toEqual([200, 200, 200, 429]);
    const remaining = [...answer.matchAll(/\r\nX-RateLimit-Remaining: (\d+)/g)].map(([, count]) => count);
    expect(remaining).toEqual(["2", "1", "0", "0"]);
    await own.close();
  });

  test("one that is not HTTP is refused after the answers to those before it", async () => {
    const door = new Door();
    const own = await startGateway({ door });
    const arrived = door.nextArrival();
    const asked = own.ask(`${get("", "/test/1.0/wait")}garbage\r\n\r\n`);
    await arrived;
    door.open();
    expect(statusesOf(await asked)).toEqual([200, 400]);
    await own.close();
  });

  test("what follows a refused body is no request", async () => {
    const smuggled = get("X-Smuggled: yes\r\n");
    const answer = await server.ask(
      post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", `0\r\n\r\n${smuggled}`),
    );
    expect(statusesOf(answer)).toEqual([400]);
  });
});

describe("slow senders", () => {
  test("a head that does not end is 408", async () => {
    expect(statusesOf(await server.ask("GET /test/1.0/client HTTP/1.1\r\nHost: x\r\n", 100, "X-A: b\r\n"))).toEqual([
      408,
    ]);
  });

  test("a connection that says nothing is closed", async () => {
    expect(statusesOf(await server.ask())).toEqual([408]);
  });

  test("a JSON body that does not come in time is 408, says in which, and frees its connection", async () => {
    const answer = await server.ask(post("Content-Length: 20\r\n", "{"), 100, " ", 100, " ");
    expect(statusesOf(answer)).toEqual([408]);
    expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "").message).toContain("0.4 s");
  });

  const upload = (length: number) => post(`Content-Length: ${length}\r\n${CLOSE}`).replace("/echo", "/upload");

  test("an upload that stalls is 408", async () => {
    const answer = await server.ask(upload(100), "some bytes");
    expect(statusesOf(answer)).toEqual([408]);
    expect(answer).toContain("nothing of the upload arrived for 0.4 s");
  });

  test("an upload that goes on slowly is let be, longer than it may stall", async () => {
    const pieces = Array.from({ length: 8 }, () => [100, "x"]).flat();
    expect(await server.ask(upload(8), ...pieces)).toMatch(/ 200 OK[\s\S]*\{"bytes":8\}/);
  });

  test("who is refused before the body has come may not go on sending for ever", async () => {
    const answer = await server.ask(upload(1e9).replace("a.b.c", "wrong").replace(CLOSE, ""), "some bytes");
    expect(statusesOf(answer)).toEqual([401]);
  });
});

describe("Expect: 100-continue", () => {
  test("is answered when the call is let in, and then the body is read", async () => {
    const answer = await server.ask(post(`Expect: 100-continue\r\nContent-Length: 2\r\n${CLOSE}`), 50, "{}");
    expect(statusesOf(answer)).toEqual([100, 200]);
  });

  test("is not answered to somebody who is not let in", async () => {
    const request = post(`Expect: 100-continue\r\nContent-Length: 2\r\n${CLOSE}`).replace("a.b.c", "wrong");
    expect(statusesOf(await server.ask(request))).toEqual([401]);
  });
});

test("a stop lets calls finish, and asks their clients to connect anew", async () => {
  const door = new Door();
  const own = await startGateway({ door });
  const arrived = door.nextArrival();
  const asked = own.ask(get("", "/test/1.0/wait"));
  await arrived;
  const closed = own.close();
  const isListening = () =>
    own.connect().then(
      (socket) => socket.destroy(),
      () => false,
    );
  while (await isListening());
  door.open();
  const answer = await asked;
  expect(statusesOf(answer)).toEqual([200]);
  expect(answer).toMatch(/\r\nConnection: close\r\n/);
  await closed;
});
