import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect, type SecureVersion, type TLSSocket } from "node:tls";
import { makePair } from "@breakwater/testkit/certificate";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { findFreePort, type Running, startCommand } from "../cli/process.ts";
import { poll } from "../poll.ts";
import { exchangeRaw, parseAnswer } from "../raw-http.ts";
import { makeDatabase, ownTest } from "../target.ts";

let dir: string;
let database: Awaited<ReturnType<typeof makeDatabase>>;
let port: number;
let settings: Record<string, string>;
let server: Running | undefined;
beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  dir = await mkdtemp(join(tmpdir(), "breakwater-tls-"));
  database = await makeDatabase();
  port = await findFreePort();
  settings = {
    BREAKWATER_PORT: String(port),
    BREAKWATER_DATA_DIR: join(dir, "data"),
    BREAKWATER_ADMIN_USERNAME: "first_mgr1",
    BREAKWATER_ADMIN_PASSWORD: "Correct-horse-8-battery",
    BREAKWATER_LOG_LEVEL: "error",
    DATABASE_URL: database.url,
  };
});
afterEach(stop);
afterAll(async () => {
  await database?.drop();
  if (dir) await rm(dir, { recursive: true });
});

const files = () => ({ cert: join(dir, "tls.crt"), key: join(dir, "tls.key") });
const withFiles = () => ["--tls-cert", files().cert, "--tls-key", files().key];

/** A new pair in the place of the old one, each file at once. */
async function putPair(name: string): Promise<string> {
  const made = await makePair(name);
  for (const [file, text] of [
    [files().key, made.key],
    [files().cert, made.cert],
  ] as const) {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  }
  return made.cert;
}

async function stop(): Promise<void> {
  server?.child.kill("SIGTERM");
  await server?.finished;
  server = undefined;
}

/** Starts the server; resolves with what it printed by the time that it is ready. */
async function serve(...args: string[]): Promise<() => string> {
  server = startCommand(["serve", ...args], settings, dir);
  let printed = "";
  server.child.stdout?.on("data", (text: string) => {
    printed += text;
  });
  const ended = server.finished.then(({ code, stderr }) => {
    throw new Error(`serve ended with ${code}: ${stderr}`);
  });
  await Promise.race([poll(async () => printed.includes("is ready at"), Boolean), ended]);
  ended.catch(() => undefined);
  return () => printed;
}

function shakeHands(options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, servername: "localhost", rejectUnauthorized: false, ...options });
    socket.once("secureConnect", () => resolve(socket)).once("error", reject);
  });
}

async function nameShown(): Promise<string> {
  const socket = await shakeHands();
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(CN);
}

const only = (version: SecureVersion) => ({
  minVersion: version,
  maxVersion: version,
  ciphers: "ALL:@SECLEVEL=0",
});

async function askLive(socket: TLSSocket): Promise<string> {
  socket.write("GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  let text = "";
  for await (const chunk of socket) text += chunk;
  return text;
}

ownTest("platform 9 [B]: HTTPS with --tls-cert and --tls-key; TLS 1.2 and 1.3, nothing older", async () => {
  const cert = await putPair("first");
  const printed = await serve(...withFiles());
  expect(printed()).toContain(`https://127.0.0.1:${port}`);
  const socket = await shakeHands({ ca: cert, rejectUnauthorized: true });
  expect(await askLive(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    const shaken = await shakeHands(version === "TLSv1.3" ? { minVersion: version } : { maxVersion: version });
    expect(shaken.getProtocol()).toBe(version);
    shaken.destroy();
  }
  for (const version of ["TLSv1", "TLSv1.1"] as const) await expect(shakeHands(only(version))).rejects.toThrow();
  const plain = parseAnswer(
    await exchangeRaw({ url: `http://127.0.0.1:${port}` } as never, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
  );
  expect(plain.statusLine).toContain(" 400 ");
  expect(plain.body).toContain("https://");
});

ownTest("platform 9 [B]: certificates are reloaded on change, and on SIGHUP; open connections live on", async () => {
  await putPair("before");
  await serve(...withFiles());
  const open = await shakeHands();
  await putPair("changed");
  expect(await poll(nameShown, (name) => name === "changed")).toBe("changed");
  await putPair("signalled");
  server?.child.kill("SIGHUP");
  expect(await poll(nameShown, (name) => name === "signalled")).toBe("signalled");
  expect(await askLive(open)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});

ownTest("platform 9 [B]: a broken pair keeps the old certificate and the log names the file", async () => {
  await putPair("whole");
  await serve(...withFiles());
  let log = "";
  server?.child.stderr?.on("data", (text: string) => {
    log += text;
  });
  await writeFile(files().cert, "broken");
  await poll(
    async () => log,
    (text) => text.includes(files().cert),
  );
  expect(await nameShown()).toBe("whole");
});

ownTest("platform 9 [B]: the start says which setting and file is wrong, with exit code 2", async () => {
  await putPair("good");
  await writeFile(join(dir, "other.key"), "no key");
  const wrong: [args: string[], words: string[]][] = [
    [
      ["--tls-cert", join(dir, "none.crt"), "--tls-key", files().key],
      ["--tls-cert", "none.crt"],
    ],
    [
      ["--tls-cert", files().cert, "--tls-key", join(dir, "other.key")],
      ["--tls-key", "other.key"],
    ],
    [["--tls-cert", files().cert], ["--tls-key"]],
    [
      ["--host", "0.0.0.0"],
      ["0.0.0.0", "--tls-cert"],
    ],
  ];
  wrong.push([
    ["--database-url", "postgresql://u:hidden@127.0.0.1:1/x"],
    ["--database-url", "reached"],
  ]);
  wrong.push([
    ["--database-url", "mysql://u:hidden@127.0.0.1/x"],
    ["--database-url", "postgresql://"],
  ]);
  for (const [args, words] of wrong) {
    const { code, stderr } = await startCommand(["serve", ...args], settings, dir).finished;
    expect([args, code]).toEqual([args, 2]);
    for (const word of words) expect(stderr).toContain(word);
    expect(stderr).not.toContain("hidden");
  }
});

ownTest("cli [B]: --tls-self-signed makes a development certificate, keeps it, and says how to trust it", async () => {
  const printed = (await serve("--tls-self-signed"))();
  const file = join(dir, "data", "tls", "certificate.pem");
  const certificate = new X509Certificate(await readFile(file));
  expect(printed).toContain(certificate.fingerprint256);
  expect(printed).toContain(`--cacert ${file}`);
  expect((await stat(join(dir, "data", "tls", "key.pem"))).mode & 0o777).toBe(0o600);
  const socket = await shakeHands({ ca: await readFile(file), rejectUnauthorized: true });
  expect(await askLive(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  await stop();
  expect((await serve("--tls-self-signed"))()).toContain(certificate.fingerprint256);
});
