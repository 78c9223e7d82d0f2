import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isHost } from "./client.ts";
import { AUTH, CLOSE, startGateway } from "./hostile.fixture.ts";

type Server = Awaited<ReturnType<typeof startGateway>>;
let plain: Server;
let proxied: Server;
let named: Server;
beforeAll(async () => {
  const proxies = { trustedProxies: "127.0.0.1, 10.0.0.0/8,2001:db8:1::/48" };
  plain = await startGateway();
  proxied = await startGateway({ environment: { ...proxies, metricsFrom: "192.0.2.0/24" } });
  named = await startGateway({ environment: { ...proxies, publicUrl: "https://breakwater.example/" } });
});
afterAll(() => Promise.all([plain, proxied, named].map((server) => server.close())));

async function askWho(server: Server, ...headers: string[]): Promise<{ address: string; origin: string }> {
  const lines = headers.map((line) => `${line}\r\n`).join("");
  const answer = await server.ask(`GET /test/1.0/client HTTP/1.1\r\n${AUTH}${lines}${CLOSE}\r\n`);
  return JSON.parse(answer.split("\r\n\r\n")[1] ?? "");
}

const forwarded: [what: string, expected: string, ...headers: string[]][] = [
  ["nothing", "127.0.0.1"],
  ["one address", "192.0.2.1", "X-Forwarded-For: 192.0.2.1"],
  ["what the client made up before it", "192.0.2.1", "X-Forwarded-For: 198.51.100.1, 192.0.2.1"],
  ["proxies of ours behind it", "192.0.2.1", "X-Forwarded-For: 6.6.6.6, 192.0.2.1, 10.1.2.3, 2001:db8:1::7"],
  ["several lines", "192.0.2.1", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-For: 10.0.0.9"],
  ["proxies of ours only", "10.0.0.1", "X-Forwarded-For: 10.0.0.1, 10.0.0.2"],
  ["an IPv4 address as IPv6", "192.0.2.1", "X-Forwarded-For: ::ffff:192.0.2.1"],
  ["a proxy of ours as IPv6", "192.0.2.1", "X-Forwarded-For: 192.0.2.1, ::ffff:10.0.0.1"],
  ["an address with a port", "192.0.2.1", "X-Forwarded-For: 192.0.2.1:4711"],
  ["an IPv6 address with a port", "2001:db8:2::1", "X-Forwarded-For: [2001:db8:2::1]:4711"],
  ["an address with a zone", "fe80::1", "X-Forwarded-For: fe80::1%eth0"],
  ["words", "127.0.0.1", "X-Forwarded-For: unknown"],
  ["words before a proxy", "10.0.0.1", "X-Forwarded-For: 192.0.2.1, <script>, 10.0.0.1"],
  ["nothing between commas", "127.0.0.1", "X-Forwarded-For: ,,"],
  ["a number out of range", "127.0.0.1", "X-Forwarded-For: 192.0.2.256"],
  ["thousands", "127.0.0.1", `X-Forwarded-For: ${"a,".repeat(5000)}`],
  ["Forwarded, which is not heard", "127.0.0.1", "Forwarded: for=192.0.2.1"],
];

test.each(forwarded)("behind a trusted proxy, %s makes the client %s", async (_, expected, ...headers) => {
  expect((await askWho(proxied, ...headers)).address).toBe(expected);
});

test.each(forwarded)("without a trusted proxy, %s changes nothing", async (_, _expected, ...headers) => {
  expect((await askWho(plain, ...headers)).address).toBe("127.0.0.1");
});

test("links lead to what the trusted proxy says that it was asked for", async () => {
  const headers = ["X-Forwarded-Proto: https", "X-Forwarded-Host: breakwater.example:8443"];
  expect((await askWho(proxied, ...headers)).origin).toBe("https://breakwater.example:8443");
  expect((await askWho(plain, ...headers)).origin).toBe("http://x");
  expect((await askWho(proxied)).origin).toBe("http://x");
});

test.each(['evil/"><script>', "9223372036854775808", "1.2.3.999", "x:99999"])(
  "%s cannot stand in a link and does not get into one",
  async (host) => {
    const headers = ["X-Forwarded-Proto: javascript", `X-Forwarded-Host: ${host}`];
    expect((await askWho(proxied, ...headers)).origin).toBe("http://x");
  },
);

test("whatever was asked before, a host is what may stand in a link by its letters and by the parser of URLs", () => {
  const label = fc.constantFrom(
    "a",
    "x-1",
    "xn--80ak6aa92e",
    "xn--",
    "0x7f",
    "08",
    "1",
    "255",
    "256",
    "99999999999",
    "",
    "_",
  );
  const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join("."));
  const other = fc.constantFrom(
    "[::1]",
    "[::g]",
    "[1::2::3]",
    "[::ffff:1.2.3.4]",
    "",
    " a",
    "a b",
    "a/b",
    "u@a",
    "LOCALHOST",
  );
  const port = fc.constantFrom("", "", ":", ":0", ":80", ":65535", ":65536", ":99999", ":8x");
  const host = fc.tuple(fc.oneof(name, other), port).map((parts) => parts.join(""));
  const isByParser = (text: string) =>
    /^(?:[\w.-]{1,255}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i.test(text) && URL.canParse(`http://${text}`);
  fc.assert(
    fc.property(fc.array(host, { maxLength: 20 }), (hosts) => {
      // Each a second time, too, behind what came in between.
      const asked = hosts.flatMap((text, index) => [text, hosts[index >> 1]!]);
      expect(asked.map(isHost)).toEqual(asked.map(isByParser));
    }),
    { numRuns: 300 },
  );
});

test("the setting of the public URL wins", async () => {
  const headers = ["X-Forwarded-Proto: http", "X-Forwarded-Host: elsewhere"];
  expect((await askWho(named, ...headers)).origin).toBe("https://breakwater.example");
});

test("metrics are for this machine and the networks of the setting, not for what was passed on from elsewhere", async () => {
  const scrape = async (server: Server, ...headers: string[]) => {
    const lines = headers.map((line) => `${line}\r\n`).join("");
    return (await server.ask(`GET /metrics HTTP/1.1\r\nHost: x\r\n${lines}${CLOSE}\r\n`)).split(" ")[1];
  };
  expect(await scrape(plain)).toBe("200");
  expect(await scrape(plain, "X-Forwarded-For: 198.51.100.1")).toBe("404");
  expect(await scrape(proxied, "X-Forwarded-For: 198.51.100.1")).toBe("404");
  expect(await scrape(proxied, "X-Forwarded-For: 192.0.2.44")).toBe("200");
});
