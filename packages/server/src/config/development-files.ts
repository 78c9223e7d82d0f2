import { join } from "node:path";

/** Where `--tls-self-signed` keeps what it makes. */
export function developmentFiles(dataDir: string): { certFile: string; keyFile: string } {
  return { certFile: join(dataDir, "tls", "certificate.pem"), keyFile: join(dataDir, "tls", "key.pem") };
}
