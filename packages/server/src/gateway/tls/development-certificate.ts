import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { generate } from "selfsigned";
import { developmentFiles } from "../../config/development-files.ts";
import { type KeyPair, readKeyPair } from "./key-pair.ts";

const DAY_MS = 86_400_000;
const LIFE_DAYS = 365;
/** Renewed when it has less than this left. */
const RENEW_DAYS = 30;

/**
 * Makes a certificate for localhost and `host`, signed by its own key, unless there is one that will do a while yet.
 *
 * @returns whether one was made
 */
export async function renewDevelopmentCertificate(dataDir: string, host: string, nowMs: number): Promise<boolean> {
  const files = developmentFiles(dataDir);
  const names = toNames(host);
  const present = await readKeyPair(files).catch(() => undefined);
  if (present && isGoodFor(present, names, nowMs)) return false;
  const { cert, private: key } = await generate([{ name: "commonName", value: "Breakwater development" }], {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(nowMs - DAY_MS),
    notAfterDate: new Date(nowMs + LIFE_DAYS * DAY_MS),
    extensions: [
      // No authority: who trusts it trusts this server, and nothing that its key may sign.
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: names.map((name) => (isIP(name) ? { type: 7, ip: name } : { type: 2, value: name })),
      },
    ],
  });
  await mkdir(join(dataDir, "tls"), { recursive: true, mode: 0o700 });
  await replaceFile(files.keyFile, key, 0o600);
  await replaceFile(files.certFile, cert, 0o644);
  return true;
}

/** An address that means "all of them" is nobody's name. */
function toNames(host: string): string[] {
  const given = host === "0.0.0.0" || host === "::" ? [] : [host];
  return [...new Set(["localhost", "127.0.0.1", "::1", ...given])];
}

export function isNearExpiry({ certificate }: KeyPair, nowMs: number): boolean {
  return certificate.validToDate.getTime() - nowMs < RENEW_DAYS * DAY_MS;
}

function isGoodFor(pair: KeyPair, names: readonly string[], nowMs: number): boolean {
  const { certificate } = pair;
  const has = (name: string) => (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined;
  return !isNearExpiry(pair, nowMs) && names.every(has);
}

/** Whole or not at all: another process may read it meanwhile. */
async function replaceFile(file: string, text: string, mode: number): Promise<void> {
  const draft = `${file}.new`;
  await writeFile(draft, text, { mode });
  // A draft left by a broken start keeps its own mode otherwise.
  await chmod(draft, mode);
  await rename(draft, file);
}
