import { mkdir, mkdtemp, readFile, rename, rm, stat, symlink, unlink, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { toConfig } from "../../config/config.ts";
import type { Environment } from "../../config/env.ts";
import { readAll, startGateway, statusesOf } from "../hostile.fixture.ts";
import { Certificate } from "./certificate.ts";
import { makeFolder, makePair, nameShown, type Pair, shakeHands } from "./tls.fixture.ts";

const DAY_MS = 86_400_000;
const lines: string[] = [];
const log = pino({ level: "info", base: null }, { write: (line: string) => lines.push(line) });
beforeEach(() => {
  lines.length = 0;
});

function open(environment: Partial<Environment>, clock = Date.now): Promise<Certificate> {
  const config = toConfig(environment as Environment);
  if (!config.tls) throw new Error("no TLS was set");
  return Certificate.open({ ...config, tls: config.tls }, { log, clock });
}

describe("a server with a certificate", () => {
  let first: Pair;
  let folder: Awaited<ReturnType<typeof makeFolder>>;
  let certificate: Certificate;
  let server: Awaited<ReturnType<typeof startGateway>>;
  beforeAll(async () => {
    first = await makePair("first");
    folder = await makeFolder(first);
    certificate = await open({ tlsCert: folder.certFile, tlsKey: folder.keyFile });
    server = await startGateway({ certificate, timings: { headMs: 500 } });
  });
  beforeEach(async () => {
    await folder.write(first);
    await certificate.reload();
    lines.length = 0;
  });
  afterAll(async () => {
    certificate.close();
    await server.close();
    await folder.remove();
  });

  test("speaks TLS 1.2 and 1.3, and nothing older", async () => {
    const old = { ciphers: "ALL:@SECLEVEL=0" };
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const socket = await shakeHands(server.port, { minVersion: version, maxVersion: version });
      expect(socket.getProtocol()).toBe(version);
      socket.destroy();
    }
    for (const version of ["TLSv1", "TLSv1.1"] as const) {
      const handshake = shakeHands(server.port, { minVersion: version, maxVersion: version, ...old });
      await expect(handshake).rejects.toThrow(/protocol version/);
    }
  });

  test("takes no suite without forward secrecy or authenticated encryption", async () => {
    for (const ciphers of ["AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA", "NULL"]) {
      const handshake = shakeHands(server.port, { maxVersion: "TLSv1.2", ciphers: `${ciphers}:@SECLEVEL=0` });
      await expect(handshake).rejects.toThrow(/handshake failure|no cipher/);
    }
  });

  test("answers as it does without TLS, and knows that it is HTTPS", async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const asked = request(`${server.url}/test/1.0/client`, {
        ca: first.cert,
        servername: "localhost",
        headers: { Authorization: "Bearer a.b.c", Host: "breakwater.example" },
      });
      asked.on("response", (response) => response.setEncoding("utf8").once("data", resolve)).on("error", reject);
      asked.end();
    });
    expect(JSON.parse(answer)).toEqual({ address: "127.0.0.1", origin: "https://breakwater.example" });
  });

  test("tells whoever speaks plain HTTP to it", async () => {
    const answer = await server.ask("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(statusesOf(answer)).toEqual([400]);
    expect(answer).toContain("https://");
    expect(answer).toContain("\r\nX-Content-Type-Options: nosniff\r\n");
    expect(await nameShown(server.port)).toBe("first");
  });

  test("lives on when what comes is neither", async () => {
    await server.ask("\x16\x03\x01\x00\x05hello");
    await server.ask("\x00\xff\x00\xff\x00\xff\x00\xff");
    await server.ask("\x16\x03");
    expect(await nameShown(server.port)).toBe("first");
  });

  test("shows a changed pair to new connections, and open ones live on", async () => {
    const open = await shakeHands(server.port);
    await folder.write(await makePair("second"));
    await certificate.look();
    expect(await nameShown(server.port)).toBe("second");
    const answer = readAll(open as never);
    open.write("GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect(statusesOf(await answer)).toEqual([200]);
    expect(lines.join("")).toContain("reloaded");
    const old = { ciphers: "ALL:@SECLEVEL=0", maxVersion: "TLSv1.1", minVersion: "TLSv1.1" } as const;
    await expect(shakeHands(server.port, old)).rejects.toThrow(/protocol version/);
  });

  test("sees files that are renamed into place", async () => {
    const next = await makePair("renamed");
    await writeFile(`${folder.keyFile}.new`, next.key);
    await writeFile(`${folder.certFile}.new`, next.cert);
    await rename(`${folder.keyFile}.new`, folder.keyFile);
    await rename(`${folder.certFile}.new`, folder.certFile);
    await certificate.look();
    expect(await nameShown(server.port)).toBe("renamed");
  });

  test("waits for the second file of a pair without a word", async () => {
    const next = await makePair("in two steps");
    await writeFile(folder.certFile, next.cert);
    await certificate.look();
    expect(await nameShown(server.port)).toBe("first");
    await writeFile(folder.keyFile, next.key);
    await certificate.look();
    expect(await nameShown(server.port)).toBe("in two steps");
    expect(lines.filter((line) => line.includes('"level":50'))).toEqual([]);
  });

  test("keeps the old pair while the new one is broken, and says once which file it is", async () => {
    await writeFile(folder.certFile, "no certificate");
    for (let looks = 0; looks < 4; looks += 1) await certificate.look();
    expect(await nameShown(server.port)).toBe("first");
    const errors = lines.filter((line) => line.includes('"level":50'));
    expect(errors).toEqual([expect.stringContaining(folder.certFile)]);
    await folder.write(await makePair("mended"));
    await certificate.look();
    expect(await nameShown(server.port)).toBe("mended");
  });

  test("keeps the old pair when a file is gone; a reload asked for says so at once", async () => {
    await unlink(folder.keyFile);
    await certificate.reload();
    expect(await nameShown(server.port)).toBe("first");
    expect(lines.join("")).toContain(folder.keyFile);
  });

  test("a certificate that is not valid now is used, with a warning", async () => {
    const dates = { notBeforeDate: new Date(Date.now() - 9 * DAY_MS), notAfterDate: new Date(Date.now() - DAY_MS) };
    await folder.write(await makePair("expired", dates));
    await certificate.look();
    expect(await nameShown(server.port)).toBe("expired");
    expect(lines.join("")).toContain("not valid now");
  });
});

test("a stop does not wait for a handshake that goes nowhere", async () => {
  const folder = await makePair("stopped").then(makeFolder);
  const certificate = await open({ tlsCert: folder.certFile, tlsKey: folder.keyFile });
  const server = await startGateway({ certificate });
  const stalled = server.ask("\x16\x03");
  // Connections are taken in order: the server knows the stalled one when it has served another.
  expect(await nameShown(server.port)).toBe("stopped");
  certificate.close();
  await server.close();
  expect(await stalled).toBe("");
  await folder.remove();
});

test("a folder that is swapped by its link, as orchestrators mount secrets, is noticed", async () => {
  const [one, two] = await Promise.all([makePair("mounted first").then(makeFolder), makePair("then").then(makeFolder)]);
  const mount = await mkdtemp(join(tmpdir(), "breakwater-mount-"));
  await symlink(one.dir, join(mount, "..data"));
  const files = { tlsCert: join(mount, "tls.crt"), tlsKey: join(mount, "tls.key") };
  await symlink(join("..data", "tls.crt"), files.tlsCert);
  await symlink(join("..data", "tls.key"), files.tlsKey);
  const certificate = await open(files);
  const before = certificate.fingerprint;
  await symlink(two.dir, join(mount, "..new"));
  await rename(join(mount, "..new"), join(mount, "..data"));
  await certificate.look();
  expect(certificate.fingerprint).not.toBe(before);
  await Promise.all([one.remove(), two.remove(), rm(mount, { recursive: true })]);
});

describe("a pair that cannot be used stops the start", () => {
  let good: Pair;
  let folder: Awaited<ReturnType<typeof makeFolder>>;
  beforeAll(async () => {
    good = await makePair("good");
    folder = await makeFolder(good);
  });
  afterAll(() => folder.remove());

  const broken: Record<string, [make: () => Promise<Partial<Pair>>, words: RegExp]> = {
    "no certificate": [async () => ({ cert: "words" }), /--tls-cert.*tls\.crt.*PEM/],
    "a key in the certificate's place": [async () => ({ cert: good.key }), /--tls-cert.*tls\.crt.*PEM/],
    "an empty certificate": [async () => ({ cert: "" }), /--tls-cert.*tls\.crt/],
    "no key": [async () => ({ key: "words" }), /--tls-key.*tls\.key.*PEM/],
    "a certificate in the key's place": [async () => ({ key: good.cert }), /--tls-key.*tls\.key/],
    "a key with a passphrase": [() => makePair("x", { passphrase: "p" }), /--tls-key.*tls\.key.*passphrase.*openssl/],
    "another's key": [async () => ({ key: (await makePair("x")).key }), /tls\.key is not that of .*tls\.crt/],
  };
  test.each(Object.entries(broken))("%s", async (_, [make, words]) => {
    await folder.write({ ...good, ...(await make()) });
    const opening = open({ tlsCert: folder.certFile, tlsKey: folder.keyFile });
    await expect(opening).rejects.toMatchObject({ name: "ConfigError", message: expect.stringMatching(words) });
  });

  test.each([
    ["tlsCert", /--tls-cert.*none\.pem/],
    ["tlsKey", /--tls-key.*none\.pem/],
  ] as const)("a missing %s", async (which, words) => {
    await folder.write(good);
    const files = { tlsCert: folder.certFile, tlsKey: folder.keyFile, [which]: join(folder.dir, "none.pem") };
    await expect(open(files)).rejects.toMatchObject({ name: "ConfigError", message: expect.stringMatching(words) });
  });

  test("a folder in a file's place", async () => {
    await folder.write(good);
    await mkdir(join(folder.dir, "folder"));
    const opening = open({ tlsCert: join(folder.dir, "folder"), tlsKey: folder.keyFile });
    await expect(opening).rejects.toMatchObject({ name: "ConfigError", message: expect.stringMatching(/--tls-cert/) });
  });
});

describe("a development certificate", () => {
  let dataDir: string;
  let now = Date.now();
  const start = (more: Partial<Environment> = {}) => open({ dataDir, tlsSelfSigned: "true", ...more }, () => now);
  beforeEach(async () => {
    now = Date.now();
    dataDir = await mkdtemp(join(tmpdir(), "breakwater-data-"));
    return () => rm(dataDir, { recursive: true });
  });

  test("is made once, for localhost and the host given, and its key is its owner's", async () => {
    const made = await start({ host: "plant.example" });
    expect((await start({ host: "plant.example" })).fingerprint).toBe(made.fingerprint);
    expect(made.isSelfSigned).toBe(true);
    expect((await stat(join(dataDir, "tls", "key.pem"))).mode & 0o777).toBe(0o600);
    const { X509Certificate } = await import("node:crypto");
    const certificate = new X509Certificate(await readFile(made.certFile));
    for (const name of ["localhost", "plant.example"]) expect(certificate.checkHost(name)).toBe(name);
    for (const address of ["127.0.0.1", "::1"]) expect(certificate.checkIP(address)).toBeDefined();
    expect(certificate.ca).toBe(false);
  });

  test("is made anew for another host, and when its files are broken", async () => {
    const first = await start();
    const second = await start({ host: "192.0.2.7" });
    expect(second.fingerprint).not.toBe(first.fingerprint);
    await writeFile(join(dataDir, "tls", "key.pem"), "broken");
    expect((await start()).fingerprint).not.toBe(second.fingerprint);
  });

  test("is renewed before its end, also while the server runs", async () => {
    const certificate = await start();
    const first = certificate.fingerprint;
    now += 330 * DAY_MS;
    await certificate.look();
    expect(certificate.fingerprint).toBe(first);
    now += 10 * DAY_MS;
    await certificate.look();
    const second = certificate.fingerprint;
    expect(second).not.toBe(first);
    expect((await start()).fingerprint).toBe(second);
  });

  test("works with clients that are given its file", async () => {
    const certificate = await start();
    const server = await startGateway({ certificate });
    const ca = await readFile(certificate.certFile);
    const socket = await shakeHands(server.port, { ca, rejectUnauthorized: true, servername: "localhost" });
    expect(socket.authorized).toBe(true);
    socket.destroy();
    certificate.close();
    await server.close();
  });
});
