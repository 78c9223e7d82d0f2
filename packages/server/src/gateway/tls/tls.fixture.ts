import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { generate } from "selfsigned";

export type Pair = { cert: string; key: string };

/** A certificate for localhost with this common name; its key is its own. */
export async function makePair(
  commonName: string,
  options: { keyType?: "rsa" | "ec"; passphrase?: string; notBeforeDate?: Date; notAfterDate?: Date } = {},
): Promise<Pair> {
  const altNames = [{ type: 2 as const, value: "localhost" }];
  const made = await generate([{ name: "commonName", value: commonName }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [{ name: "subjectAltName", altNames }],
    ...options,
  });
  return { cert: made.cert, key: made.private };
}

/** A directory with a pair in it. */
export async function makeFolder(pair: Pair) {
  const dir = await mkdtemp(join(tmpdir(), "breakwater-tls-"));
  const certFile = join(dir, "tls.crt");
  const keyFile = join(dir, "tls.key");
  const write = async (next: Pair) => {
    await writeFile(certFile, next.cert);
    await writeFile(keyFile, next.key);
  };
  await write(pair);
  return { dir, certFile, keyFile, write, remove: () => rm(dir, { recursive: true }) };
}

/** Shakes hands and trusts nobody: what is shown is what is looked at. */
export function shakeHands(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", servername: "localhost", rejectUnauthorized: false, ...options });
    socket.once("secureConnect", () => resolve(socket));
    socket.once("error", reject);
  });
}

/** Common name of the certificate that is shown to new connections. */
export async function nameShown(port: number): Promise<string> {
  const socket = await shakeHands(port);
  const name = String(socket.getPeerCertificate().subject.CN);
  socket.destroy();
  return name;
}
