import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { developmentFiles } from "./development-files.ts";
import type { Environment } from "./env.ts";
import { NetworkSet } from "./networks.ts";

/** Everything the server can be told, after defaults and checks. */
export type Config = {
  host: string;
  port: number;
  /** Absolute. Holds the embedded database, uploads, reports and the limiter's journal. */
  dataDir: string;
  /** Directory with a directory for each subscription, by its id, in which watched folders are; undefined: none are. */
  importDir?: string;
  /** Your own PostgreSQL 15+; undefined: the embedded one. */
  databaseUrl?: string;
  /** Directory with `postgres` and `initdb` of a system PostgreSQL 15+ to run instead of the packaged one. */
  postgresBinDir?: string;
  /** Shared store of the limits of several nodes: `redis://`, `rediss://` (also `valkey://`, `valkeys://`). */
  valkeyUrl?: string;
  /** Where clients reach this installation, without a slash at the end; undefined: what each request was sent to. */
  publicUrl?: string;
  /** Addresses and networks (CIDR) of proxies whose `X-Forwarded-For` is believed. */
  trustedProxies: readonly string[];
  /** Addresses and networks (CIDR) that may read `GET /metrics`, besides loopback. */
  metricsFrom: readonly string[];
  /** What a version past its end of life answers. */
  retiredStatus: 410 | 404;
  /** JSON file that names sister platforms for `GET /platforms`. */
  platformsFile?: string;
  profile: "lenient" | "strict";
  logLevel: string;
  /** PEM files; undefined: plain HTTP. Self-signed: they are made, and renewed. */
  tls?: { certFile: string; keyFile: string; isSelfSigned: boolean };
  /** First start only. */
  adminUsername?: string;
  adminPassword?: string;
  limits: {
    /** Largest file that an import takes, as sent. */
    maxUploadBytes: number;
    /** Largest size it may have after unpacking. */
    maxUnpackedBytes: number;
    /** A finished report and its files are kept this long. */
    reportRetentionMs: number;
    /** Daily snapshots are kept this long. */
    trendRetentionDays: number;
    /** Records per part of a report. */
    reportPartRecords: number;
    /** Jobs (imports, reports) that run at once. */
    jobConcurrency: number;
  };
};

/** Settings as flags give them; a flag wins over the environment. */
export type Flags = Partial<{
  host: string;
  port: string;
  dataDir: string;
  databaseUrl: string;
  tlsCert: string;
  tlsKey: string;
  tlsSelfSigned: boolean;
  trustedProxies: string;
  profile: string;
  logLevel: string;
  insecureHttp: boolean;
}>;

/** A setting that cannot be used; the message says which, what it is and what it may be. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"];
const GIB = 1024 ** 3;

/**
 * Defaults, environment and flags, checked.
 *
 * @throws ConfigError naming the setting
 */
export function toConfig(env: Environment, flags: Flags = {}): Config {
  const host = flags.host ?? env.host ?? "127.0.0.1";
  const dataDir = resolve(flags.dataDir ?? env.dataDir ?? "breakwater-data");
  const tls = toTls(env, flags, dataDir);
  const isInsecure = flags.insecureHttp ?? toSwitch("BREAKWATER_INSECURE_HTTP", env.insecureHttp);
  if (!tls && !isInsecure && !isLoopback(host)) {
    throw new ConfigError(
      `host is ${host}: plain HTTP is for loopback only. Give --tls-cert and --tls-key, --tls-self-signed for a trial, or --insecure-http if something in front of Breakwater speaks TLS`,
    );
  }
  const databaseUrl = toDatabaseUrl(flags.databaseUrl ?? env.databaseUrl);
  return {
    host,
    port: toInteger("port", flags.port ?? env.port ?? "8080", 0, 65_535),
    dataDir,
    ...(env.importDir ? { importDir: resolve(env.importDir) } : {}),
    ...(databaseUrl ? { databaseUrl } : {}),
    ...(env.postgresBinDir ? { postgresBinDir: env.postgresBinDir } : {}),
    ...(env.valkeyUrl ? { valkeyUrl: toStoreUrl("BREAKWATER_VALKEY_URL", env.valkeyUrl) } : {}),
    ...(env.publicUrl ? { publicUrl: toUrl("BREAKWATER_PUBLIC_URL", env.publicUrl) } : {}),
    trustedProxies: toNetworks(
      "--trusted-proxies (BREAKWATER_TRUSTED_PROXIES)",
      flags.trustedProxies ?? env.trustedProxies,
    ),
    metricsFrom: toNetworks("BREAKWATER_METRICS_FROM", env.metricsFrom),
    retiredStatus:
      toChoice("BREAKWATER_RETIRED_STATUS", env.retiredStatus ?? "410", ["410", "404"]) === "404" ? 404 : 410,
    ...(env.platformsFile ? { platformsFile: resolve(env.platformsFile) } : {}),
    profile: toChoice("profile", flags.profile ?? env.profile ?? "lenient", ["lenient", "strict"]),
    logLevel: toChoice("log level", flags.logLevel ?? env.logLevel ?? "info", LOG_LEVELS),
    ...(tls ? { tls } : {}),
    ...(env.adminUsername ? { adminUsername: env.adminUsername } : {}),
    ...(env.adminPassword ? { adminPassword: env.adminPassword } : {}),
    limits: {
      maxUploadBytes: toInteger("BREAKWATER_MAX_UPLOAD_BYTES", env.maxUploadBytes ?? String(20 * GIB), 1, 2 ** 50),
      maxUnpackedBytes: 200 * GIB,
      reportRetentionMs: 7 * 24 * 3_600_000,
      trendRetentionDays: toInteger("BREAKWATER_TREND_RETENTION_DAYS", env.trendRetentionDays ?? "730", 1, 36_500),
      reportPartRecords: 50_000,
      jobConcurrency: toInteger(
        "BREAKWATER_JOB_CONCURRENCY",
        env.jobConcurrency ?? String(availableParallelism()),
        1,
        64,
      ),
    },
  };
}

function toTls(env: Environment, flags: Flags, dataDir: string): Config["tls"] {
  const cert = flags.tlsCert ?? env.tlsCert;
  const key = flags.tlsKey ?? env.tlsKey;
  const isSelfSigned = flags.tlsSelfSigned ?? toSwitch("BREAKWATER_TLS_SELF_SIGNED", env.tlsSelfSigned);
  if (isSelfSigned && (cert !== undefined || key !== undefined)) {
    throw new ConfigError(
      "--tls-self-signed makes a certificate of its own: give either it, or --tls-cert and --tls-key",
    );
  }
  if (isSelfSigned) return { ...developmentFiles(dataDir), isSelfSigned };
  if (cert === undefined && key === undefined) return undefined;
  if (!cert || !key) {
    throw new ConfigError(
      `--tls-cert and --tls-key (BREAKWATER_TLS_CERT, BREAKWATER_TLS_KEY) go together: --tls-${cert ? "key" : "cert"} is missing`,
    );
  }
  return { certFile: resolve(cert), keyFile: resolve(key), isSelfSigned };
}

/** What is wrong with it is told without the URL: it holds a password. */
function toDatabaseUrl(text: string | undefined): string | undefined {
  if (!text || /^postgres(ql)?:\/\/./i.test(text)) return text;
  throw new ConfigError(
    "--database-url (DATABASE_URL) must be a URL such as postgresql://user:password@db.example:5432/breakwater",
  );
}

function toNetworks(name: string, text: string | undefined): readonly string[] {
  const entries = (text ?? "")
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  try {
    new NetworkSet(entries);
  } catch (error) {
    throw new ConfigError(`${name}: ${(error as RangeError).message}`);
  }
  return entries;
}

function toSwitch(name: string, text: string | undefined): boolean {
  return toChoice(name, text?.toLowerCase() ?? "false", ["true", "1", "false", "0"]).match(/true|1/) !== null;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

function toUrl(name: string, text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === "http:" || url?.protocol === "https:") return text.replace(/\/+$/, "");
  throw new ConfigError(`${name} is ${JSON.stringify(text)}, but must be a URL such as https://breakwater.example`);
}

/** Says the scheme only: the URL may hold a password. */
function toStoreUrl(name: string, text: string): string {
  if (text.startsWith("/") || /^(redis|valkey)s?:$/.test(URL.parse(text)?.protocol ?? "")) return text;
  throw new ConfigError(`${name} must be a URL such as rediss://store.example:6379, or the path of a socket`);
}

function toInteger(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new ConfigError(`${name} is ${JSON.stringify(text)}, but must be a whole number from ${min} to ${max}`);
  }
  return value;
}

function toChoice<const T extends string>(name: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === text);
  if (!choice) throw new ConfigError(`${name} is ${JSON.stringify(text)}, but must be one of ${choices.join(", ")}`);
  return choice;
}
