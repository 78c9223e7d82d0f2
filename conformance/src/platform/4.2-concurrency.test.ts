import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, beforeAll, expect } from "vitest";
import { call, get, logIn } from "../http.ts";
import { poll } from "../poll.ts";
import { exchangeRaw, openSocket } from "../raw-http.ts";
import { HandClock, ownTest, useOwnTarget } from "../target.ts";

const IMPORT = "/ingest/1.0/import";
const FILE = "<NessusClientData_v2></NessusClientData_v2>";

// A clock that stands still: the counts of these calls are then exact.
const target = useOwnTarget({ clock: new HandClock("2025-09-01T08:00:00Z").read });
let token: string;
const held = new Set<Upload>();

beforeAll(async () => {
  if (!process.env.CONFORMANCE_URL) token = await logIn(target);
});
afterEach(async () => {
  for (const upload of held) upload.socket.destroy();
  held.clear();
  if (!process.env.CONFORMANCE_URL) await poll(tryImport, ({ status }) => status !== 429);
});

/** An upload whose head and first bytes are sent and whose rest is held back: it runs until it is finished or cut. */
type Upload = { socket: Socket; answer: string };

async function holdUpload(): Promise<Upload> {
  const upload: Upload = { socket: await openSocket(target), answer: "" };
  held.add(upload);
  await start(upload);
  return upload;
}

async function start(upload: Upload): Promise<void> {
  const { socket } = upload;
  const head = [
    `POST ${IMPORT} HTTP/1.1`,
    "Host: x",
    `Authorization: Bearer ${token}`,
    "Content-Type: application/octet-stream",
    `Content-Length: ${FILE.length}`,
    "Expect: 100-continue",
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  const [first] = (await once(socket, "data")) as [Buffer];
  upload.answer = first.toString().replace("HTTP/1.1 100 Continue\r\n\r\n", "");
  socket.on("data", (chunk) => {
    upload.answer += chunk;
  });
  socket.write(FILE.slice(0, 10));
}

/** Sends what was held back; resolves with the status line. */
async function finishUpload(upload: Upload): Promise<string> {
  held.delete(upload);
  upload.socket.write(FILE.slice(10));
  while (!upload.answer.includes("\r\n")) await once(upload.socket, "data");
  upload.socket.destroy();
  return upload.answer.split("\r\n", 1)[0] ?? "";
}

/** Leaves in the middle of the upload. */
function cut(upload: Upload): void {
  held.delete(upload);
  upload.socket.destroy();
}

/** An upload without content: blocked with 429, or let in and refused for being empty. */
async function tryImport(): Promise<{ status: number; headers: Headers; body: string }> {
  const options = { token, headers: { "content-type": "application/octet-stream" } };
  const response = await call(target, "POST", IMPORT, options);
  return { status: response.status, headers: response.headers, body: await response.text() };
}

/**
 * The first try that is blocked: what was sent on other connections has arrived by then. A try may have come before an
 * upload that is to be held, which was blocked in its stead: that one is started again.
 */
async function untilBlocked(): ReturnType<typeof tryImport> {
  return poll(
    async () => {
      const blocked = [...held].filter(({ answer }) => answer !== "");
      for (const upload of blocked) {
        upload.socket.destroy();
        upload.socket = await openSocket(target);
        await start(upload);
      }
      return tryImport();
    },
    ({ status }) => status === 429 && held.size === 2 && [...held].every(({ answer }) => answer === ""),
  );
}
const untilLetIn = () => poll(tryImport, ({ status }) => status !== 429);

ownTest("platform 4.2 [D]: while two calls of one API run, the third is blocked with an empty 429", async () => {
  await holdUpload();
  await holdUpload();
  const { status, headers, body } = await untilBlocked();
  expect([status, body, headers.get("content-length")]).toEqual([429, "", "0"]);
  expect(headers.get("x-concurrency-limit-limit")).toBe("2");
  expect(headers.get("x-concurrency-limit-running")).toBe("2");
  expect(headers.get("retry-after")).toBe("1");
  expect(headers.get("x-ratelimit-limit")).toBe("300");
  expect(headers.get("x-ratelimit-window-sec")).toBe("3600");
  expect(headers.get("x-ratelimit-remaining")).toMatch(/^\d+$/);
  expect(headers.get("x-ratelimit-towait-sec")).toBeNull();
});

ownTest("platform 4.2 [D]: other APIs of the subscription go on", async () => {
  await holdUpload();
  await holdUpload();
  await untilBlocked();
  for (const path of ["/ot/1.0/host/list", "/ingest/1.0/import/list"]) {
    expect((await get(target, path, token)).status).toBe(200);
  }
});

ownTest("platform 4.2 [D]: calls blocked by concurrency do not count against the rate", async () => {
  await holdUpload();
  await holdUpload();
  const before = (await untilBlocked()).headers.get("x-ratelimit-remaining");
  for (let attempt = 0; attempt < 10; attempt += 1) await tryImport();
  expect((await tryImport()).headers.get("x-ratelimit-remaining")).toBe(before);
});

ownTest("platform 4.2 [B]: a finished call gives back one slot, not more", async () => {
  const [first] = [await holdUpload(), await holdUpload()];
  await untilBlocked();
  expect(await finishUpload(first)).toContain(" 202 ");
  await untilLetIn();
  await holdUpload();
  const { headers } = await untilBlocked();
  expect(headers.get("x-concurrency-limit-running")).toBe("2");
});

ownTest("platform 4.2 [B]: an aborted call gives back one slot, not more", async () => {
  const [first] = [await holdUpload(), await holdUpload()];
  await untilBlocked();
  cut(first);
  await untilLetIn();
  await holdUpload();
  expect((await untilBlocked()).headers.get("x-concurrency-limit-running")).toBe("2");
});

ownTest("platform 4.2 [B]: many aborted calls leave no slot taken", async () => {
  for (let round = 0; round < 10; round += 1) {
    await untilLetIn();
    cut(await holdUpload());
  }
  await untilLetIn();
  await holdUpload();
  await holdUpload();
  expect((await untilBlocked()).headers.get("x-concurrency-limit-running")).toBe("2");
});

ownTest("platform 4.2 [B]: calls one after another on one connection take one slot each in turn", async () => {
  const request = (connection: string) =>
    `GET /ot/1.0/host/count HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  const pipelined = request("keep-alive").repeat(9) + request("close");
  const text = await exchangeRaw(target, pipelined);
  const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status));
  expect(statuses).toHaveLength(10);
  expect(statuses.every((status) => status === 200 || status === 429)).toBe(true);
  expect(statuses[0]).toBe(200);
  for (let round = 0; round < 5; round += 1) {
    const response = await get(target, "/ot/1.0/host/count", token);
    expect(response.status).toBe(200);
    await response.arrayBuffer();
  }
});

ownTest(
  "platform 4.2 [D]: of twenty calls at the same time never more than two run, and none fails otherwise",
  async () => {
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => (await get(target, "/ot/1.0/host/list", token)).status),
    );
    expect(statuses.every((status) => status === 200 || status === 429)).toBe(true);
    expect(statuses).toContain(200);
    const after = await poll(
      () => get(target, "/ot/1.0/host/list", token),
      ({ status }) => status === 200,
    );
    const admitted = statuses.filter((status) => status === 200).length;
    const remaining = Number(after.headers.get("x-ratelimit-remaining"));
    expect(300 - remaining - admitted).toBeGreaterThanOrEqual(1);
  },
);
