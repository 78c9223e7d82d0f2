import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { brotliCompressSync } from "node:zlib";
import { startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import { afterAll, beforeAll, expect, test } from "vitest";

const PAGE = '<!doctype html><title>console</title><link nonce="{{nonce}}"><script nonce="{{nonce}}"></script>';
const SCRIPT = "export const answer = 42;".repeat(50);

let dir: string;
let installation: TestInstallation;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "breakwater-console-"));
  installation = await startInstallation({ consoleDir: dir });
});
afterAll(async () => {
  await installation?.close();
  await rm(dir, { recursive: true, force: true });
});

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(installation.url + path, { headers, redirect: "manual" });

/** As it is: `fetch` tidies paths before it sends them. */
async function getRaw(path: string): Promise<{ status: number | undefined; body: string }> {
  const { hostname, port } = new URL(installation.url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path }, async (answer) =>
      resolve({ status: answer.statusCode, body: await text(answer) }),
    )
      .on("error", reject)
      .end();
  });
}

test("without a build the console says how to make one, and the API is at work", async () => {
  const answer = await get("/console/findings");
  expect(answer.status).toBe(404);
  expect(await answer.text()).toContain("npm run build:console");
  expect((await get("/console/files/index.js")).status).toBe(404);
  expect((await get("/health/ready")).status).toBe(200);
});

test("a build that comes later is served: its page for every address, with a nonce for each answer", async () => {
  await writeFile(join(dir, "index.html"), PAGE);
  const nonces = new Set<string>();
  for (const path of ["/console", "/console/", "/console/assets/17?x=1", "/console/a/b/c.js"]) {
    const answer = await get(path);
    expect([path, answer.status, answer.headers.get("content-type")]).toEqual([path, 200, "text/html;charset=UTF-8"]);
    const body = await answer.text();
    const nonce = /<link nonce="([\w+/=]{20,})"><script nonce="\1">/.exec(body)?.[1] as string;
    nonces.add(nonce);
    const policy = answer.headers.get("content-security-policy");
    expect(policy).toContain(`style-src 'self' 'nonce-${nonce}'`);
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    expect(answer.headers.get("cache-control")).toContain("no-store");
    expect(answer.headers.get("x-frame-options")).toBe("DENY");
  }
  expect(nonces.size).toBe(4);
});

test("its files are kept by browsers for good, packed as they take it, and what is none of them is not found", async () => {
  await mkdir(join(dir, "files"));
  await writeFile(join(dir, "files", "index-1a2b.js"), SCRIPT);
  await writeFile(join(dir, "files", "index-1a2b.js.br"), brotliCompressSync(SCRIPT));
  for (const encoding of ["identity", "br"]) {
    const answer = await get("/console/files/index-1a2b.js", { "accept-encoding": encoding });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(answer.headers.get("content-type")).toContain("javascript");
    expect(answer.headers.get("content-encoding")).toBe(encoding === "br" ? "br" : null);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await answer.text()).toBe(SCRIPT);
  }
  const missing = await get("/console/files/none.js");
  expect(missing.status).toBe(404);
  expect(missing.headers.get("cache-control")).toContain("no-store");
});

test("nothing beside the build is read", async () => {
  await writeFile(join(dir, "secret.txt"), "not to be read");
  for (const path of [
    "/console/files/../secret.txt",
    "/console/files/%2e%2e/secret.txt",
    "/console/files/..%2fsecret.txt",
  ]) {
    const { body } = await getRaw(path);
    expect([path, body.includes("not to be read")]).toEqual([path, false]);
  }
});

test("/ leads people to the console, and is nothing for programs", async () => {
  const page = await get("/", { accept: "text/html,application/xhtml+xml" });
  expect([page.status, page.headers.get("location")]).toEqual([302, "/console/"]);
  const other = await get("/", { accept: "application/json" });
  expect(other.status).toBe(404);
  expect(await other.json()).toMatchObject({ status: 404, message: "there is nothing at /" });
});
