import { stat } from "node:fs/promises";
import type { SecureContextOptions, Server } from "node:tls";
import type { Logger } from "pino";
import type { Config } from "../../config/config.ts";
import type { Clock } from "../../context.ts";
import { isNearExpiry, renewDevelopmentCertificate } from "./development-certificate.ts";
import { type KeyPair, readKeyPair } from "./key-pair.ts";

type Tls = NonNullable<Config["tls"]>;

/**
 * Looked at by name, because a replaced file, a swapped link to it or to its folder, and a network share all show in what
 * the name leads to, and not all of them to a watcher.
 */
const LOOK_EVERY_MS = 1_000;
/** A development certificate that cannot be renewed, on a full disk say, is tried again after this. */
const RENEW_EVERY_MS = 3_600_000;

/**
 * The certificate that the server shows, kept as its files are: a changed pair serves the next handshakes, connections that
 * are open live on, and a pair that cannot be used changes nothing but the log.
 */
export class Certificate {
  readonly #config: Config & { tls: Tls };
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #servers = new Set<Server>();
  #pair: KeyPair;
  /** Of what is in use, or was refused last. */
  #seen: string;
  /** Of what could not be used a moment ago: it may have been half written. */
  #doubted: string | undefined;
  #renewedAt: number;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();

  /** @throws ConfigError when the files cannot be used */
  static async open(config: Config & { tls: Tls }, parts: { log: Logger; clock: Clock }): Promise<Certificate> {
    if (config.tls.isSelfSigned) await renewDevelopmentCertificate(config.dataDir, config.host, parts.clock());
    const seen = await lookAt(config.tls);
    const certificate = new Certificate(config, parts, await readKeyPair(config.tls), seen);
    certificate.#warnOfDates();
    return certificate;
  }

  private constructor(
    config: Config & { tls: Tls },
    parts: { log: Logger; clock: Clock },
    pair: KeyPair,
    seen: string,
  ) {
    this.#config = config;
    this.#log = parts.log.child({ component: "tls" });
    this.#clock = parts.clock;
    this.#pair = pair;
    this.#seen = seen;
    this.#renewedAt = parts.clock();
  }

  get options(): SecureContextOptions {
    return this.#pair.options;
  }

  get certFile(): string {
    return this.#config.tls.certFile;
  }

  get isSelfSigned(): boolean {
    return this.#config.tls.isSelfSigned;
  }

  /** SHA-256 of the certificate in use, as `AB:CD:…`. */
  get fingerprint(): string {
    return this.#pair.certificate.fingerprint256;
  }

  /** Keeps a server's certificate up to date until {@link close}. */
  keep(server: Server): void {
    this.#servers.add(server);
    this.#timer ??= setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Takes a changed pair into use. One that cannot be used gets a second look before it is called broken. */
  look(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#renew();
      const now = await lookAt(this.#config.tls);
      if (now !== this.#seen) await this.#take(now, now === this.#doubted);
    });
  }

  /** Reads the files whether they changed or not, and says at once what is wrong with them. */
  reload(): Promise<void> {
    return this.#inTurn(async () => this.#take(await lookAt(this.#config.tls), true));
  }

  async #renew(): Promise<void> {
    const { tls, dataDir, host } = this.#config;
    const now = this.#clock();
    if (!tls.isSelfSigned || !isNearExpiry(this.#pair, now) || now - this.#renewedAt < RENEW_EVERY_MS) return;
    this.#renewedAt = now;
    await renewDevelopmentCertificate(dataDir, host, now);
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const report = (error: unknown) => this.#log.error({ err: error }, "the TLS certificate could not be looked at");
    this.#turn = this.#turn.then(work).catch(report);
    return this.#turn;
  }

  async #take(now: string, isSettled: boolean): Promise<void> {
    try {
      this.#pair = await readKeyPair(this.#config.tls);
    } catch (error) {
      this.#doubted = now;
      if (!isSettled) return;
      this.#seen = now;
      this.#log.error({ problem: (error as Error).message }, "the TLS certificate was not reloaded; the old one stays");
      return;
    }
    this.#seen = now;
    this.#doubted = undefined;
    for (const server of this.#servers) server.setSecureContext(this.#pair.options);
    const { subject, validTo } = this.#pair.certificate;
    this.#log.info({ subject, validTo, fingerprint: this.fingerprint }, "the TLS certificate was reloaded");
    this.#warnOfDates();
  }

  #warnOfDates(): void {
    const { validFromDate, validToDate } = this.#pair.certificate;
    const now = this.#clock();
    if (validFromDate.getTime() <= now && now < validToDate.getTime()) return;
    this.#log.warn({ certFile: this.certFile, validFromDate, validToDate }, "the TLS certificate is not valid now");
  }
}

/** What tells one state of both files from another. */
async function lookAt({ certFile, keyFile }: Tls): Promise<string> {
  const marks = [certFile, keyFile].map(async (file) => {
    const found = await stat(file, { bigint: true }).catch(() => undefined);
    return found ? `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}` : "none";
  });
  return (await Promise.all(marks)).join(" ");
}
