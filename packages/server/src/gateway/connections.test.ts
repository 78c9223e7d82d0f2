import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { MANAGER, startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import { afterAll, beforeAll, expect, test } from "vitest";

let installation: TestInstallation;
let token: string;

beforeAll(async () => {
  installation = await startInstallation();
  token = await installation.client().login();
});
afterAll(() => installation.close());

const port = () => Number(new URL(installation.url).port);
const form = `username=${MANAGER.username}&password=${MANAGER.password}`;
const login = `POST /auth HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}\r\n\r\n${form}`;
const count = () => `GET /ot/1.0/host/count HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`;

/** Writes and hangs up after a while, without reading. */
async function writeAndReset(text: string, afterMs: number): Promise<void> {
  const socket = connect(port(), "127.0.0.1");
  socket.on("error", () => undefined);
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.write(text);
  await delay(afterMs);
  socket.resetAndDestroy();
  await new Promise((resolve) => (socket.closed ? resolve(undefined) : socket.once("close", resolve)));
}

/** Raw answer to a raw request, whatever a URL parser would make of it. */
function ask(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port(), "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("end", () => resolve(answer));
    socket.on("error", reject);
  });
}

const askFor = (method: string, path: string) =>
  ask(`${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`);

/** Slots come free when the server has noticed; Standard has two, so two lost ones show as a 429. */
async function expectFreeSlots(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const answers = await Promise.all([askFor("GET", "/ot/1.0/host/count"), askFor("GET", "/ot/1.0/host/count")]);
    if (answers.every((answer) => answer.startsWith("HTTP/1.1 200"))) return;
    await delay(50);
  }
  expect.unreachable("the slots of aborted calls did not come free");
}

test("a pipelined call that never had its turn gives its slot back when the connection is gone", async () => {
  for (let round = 0; round < 5; round++) await writeAndReset(login + count() + count(), 12);
  await expectFreeSlots();
});

test("a client that leaves while its token is looked at keeps no slot", async () => {
  for (let round = 0; round < 12; round++) {
    // Longer than what is known of a caller stays fresh: the next call has to ask the database.
    if (round % 4 === 0) await delay(1000);
    await writeAndReset(count(), round % 4);
  }
  await expectFreeSlots();
});

test("HEAD answers as GET does, without the body; OPTIONS is 405 with Allow", async () => {
  const head = await askFor("HEAD", "/ot/1.0/host/count");
  expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(head).toContain("\r\ncount: 0\r\n");
  expect(head.split("\r\n\r\n")[1]).toBe("");
  expect(await askFor("HEAD", "/health/ready")).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(await askFor("OPTIONS", "/ot/1.0/host/count")).toMatch(/^HTTP\/1\.1 405[\s\S]*\r\nAllow: GET/);
});

test("paths that cannot be read or served are refused in the documented form", async () => {
  const long = "x".repeat(600);
  for (const path of [
    "/%zz",
    `/etm/api/rest/v1/reports/${long}`,
    "/docs/assets/../../../package.json",
    "/docs/assets/%00",
    "/docs/assets/none.js",
  ]) {
    const answer = await askFor("GET", path);
    expect([path, answer.split(" ")[1]]).toEqual([path, expect.stringMatching(/^4\d\d$/)]);
    expect(answer).toMatch(/"status":4\d\d,"error":".+?","message":".+?"/);
    expect(answer).toContain("X-Content-Type-Options: nosniff");
  }
});
