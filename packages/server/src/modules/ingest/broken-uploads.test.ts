import { readdir } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { writeNessus } from "@breakwater/simulator/scans/index";
import { startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const MAX_UPLOAD_BYTES = 1_000_000;
const FORM_HEAD = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.nessus"\r\n\r\n';
const REPORT = Buffer.concat([...writeNessus({ seed: 1, hosts: 2, itemsPerHost: 3, plugins: 10 })]);

let installation: TestInstallation;
let token: string;
beforeAll(async () => {
  installation = await startInstallation({ environment: { maxUploadBytes: String(MAX_UPLOAD_BYTES) } });
  token = await installation.client().login();
});
afterAll(() => installation.close());

/** Uploads that are being received; whole ones wait for their jobs. */
async function partFiles(): Promise<string[]> {
  const names = await readdir(join(installation.dataDir, "uploads")).catch(() => []);
  return names.filter((name) => name.endsWith(".part"));
}

function upload(body: FormData | Buffer<ArrayBuffer>): Promise<Response> {
  const type: Record<string, string> = body instanceof FormData ? {} : { "content-type": "application/octet-stream" };
  const headers = { authorization: `Bearer ${token}`, ...type };
  return fetch(`${installation.url}/ingest/1.0/import`, { method: "POST", body, headers });
}

function toForm(bytes: Buffer<ArrayBuffer>): FormData {
  const form = new FormData();
  form.set("file", new Blob([bytes]), "a.nessus");
  return form;
}

/** Sends the head of an upload as a form, and the form's bytes as they are. */
async function sendForm(body: Buffer | string, contentLength = Buffer.byteLength(body)): Promise<Socket> {
  const { hostname, port } = new URL(installation.url);
  const socket = connect(Number(port), hostname);
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.on("error", () => undefined);
  socket.write(
    `POST /ingest/1.0/import HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: ${contentLength}\r\n\r\n`,
  );
  socket.write(body);
  return socket;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe("a form whose sender goes away within the file", () => {
  const partings: [string, (socket: Socket) => void][] = [
    ["closes the connection", (socket) => socket.end()],
    ["resets the connection", (socket) => socket.resetAndDestroy()],
  ];
  test.each(partings)("leaves no file and no busy slot when the sender %s", async (_name, part) => {
    // More of them than calls may run at once.
    for (let round = 0; round < 6; round++) {
      const socket = await sendForm(FORM_HEAD + "a".repeat(200_000), 500_000);
      await until(async () => (await partFiles()).length === 1);
      part(socket.resume());
      await until(async () => (await partFiles()).length === 0);
    }
    expect((await upload(toForm(REPORT))).status).toBe(202);
  });

  test("leaves no busy slot when no byte of the file has come", async () => {
    for (let round = 0; round < 6; round++) {
      const socket = await sendForm("--b\r\nContent-Disposition: form-data; name", 500_000);
      socket.resume().end();
      await new Promise((resolve) => socket.once("close", resolve));
    }
    await until(async () => (await upload(toForm(REPORT))).status === 202);
  });
});

describe("a file over the limit", () => {
  test("is answered with 413 though its form breaks off within the file", async () => {
    for (let round = 0; round < 5; round++) {
      const socket = await sendForm(FORM_HEAD + "a".repeat(MAX_UPLOAD_BYTES + 1));
      const answer = await text(socket);
      expect(answer).toContain("HTTP/1.1 413 ");
      expect(answer).toContain(String(MAX_UPLOAD_BYTES));
    }
    expect(await partFiles()).toEqual([]);
  });

  test("is answered with 413 however much follows, as a form and raw, and calls after it work", async () => {
    for (const size of [MAX_UPLOAD_BYTES * 1.5, MAX_UPLOAD_BYTES * 20]) {
      const bytes = Buffer.alloc(size, "a");
      for (const body of [toForm(bytes), bytes, toForm(bytes)]) {
        const answer = await upload(body);
        expect(answer.status).toBe(413);
        expect(await answer.text()).toContain(String(MAX_UPLOAD_BYTES));
      }
    }
    expect((await upload(toForm(REPORT))).status).toBe(202);
  });
});

test("a form within the limit that breaks off within the file is answered with 400 and leaves nothing", async () => {
  const answer = await text(await sendForm(FORM_HEAD + "a".repeat(300_000)));
  expect(answer).toContain("HTTP/1.1 400 ");
  expect(answer).toContain("ends within the file");
  expect(await partFiles()).toEqual([]);
});
