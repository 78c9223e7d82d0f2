import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { ConfigError } from "../../config/config.ts";

/** PEM files: the certificate with its chain, and its private key. */
export type KeyFiles = { certFile: string; keyFile: string };

export type KeyPair = {
  /** Everything a server's secure context is made from. */
  options: SecureContextOptions;
  certificate: X509Certificate;
};

/** Of TLS 1.2 only suites with forward secrecy and authenticated encryption; those of 1.3 all have both. */
const CIPHERS = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");

/**
 * Reads a pair and makes sure that a server can use it.
 *
 * @throws ConfigError naming the setting, the file and what is wrong with it
 */
export async function readKeyPair({ certFile, keyFile }: KeyFiles): Promise<KeyPair> {
  const [cert, key] = await Promise.all([
    readSetting("--tls-cert (BREAKWATER_TLS_CERT)", certFile),
    readSetting("--tls-key (BREAKWATER_TLS_KEY)", keyFile),
  ]);
  const certificate = toCertificate(certFile, cert);
  if (!certificate.checkPrivateKey(toKey(keyFile, key))) {
    throw new ConfigError(
      `--tls-cert and --tls-key: the key in ${keyFile} is not that of the first certificate in ${certFile}; the server's own certificate comes first, its issuers after it`,
    );
  }
  const options: SecureContextOptions = { cert, key, minVersion: "TLSv1.2", ciphers: CIPHERS };
  try {
    createSecureContext(options);
  } catch (error) {
    throw new ConfigError(`--tls-cert and --tls-key: ${certFile} with ${keyFile} cannot be used: ${wordsOf(error)}`);
  }
  return { options, certificate };
}

async function readSetting(setting: string, file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new ConfigError(`${setting}: ${wordsOf(error)}`);
  }
}

function toCertificate(file: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new ConfigError(
      `--tls-cert (BREAKWATER_TLS_CERT): ${file} does not begin with a certificate in PEM form: ${wordsOf(error)}`,
    );
  }
}

function toKey(file: string, pem: string): KeyObject {
  const setting = `--tls-key (BREAKWATER_TLS_KEY): ${file}`;
  if (/ENCRYPTED/.test(pem)) {
    throw new ConfigError(
      `${setting} is protected by a passphrase, which nobody could type at a restart; take it off with \`openssl pkey -in ${file} -out FILE\``,
    );
  }
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new ConfigError(`${setting} holds no private key in PEM form: ${wordsOf(error)}`);
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
