import { SERVICE_LEVELS } from "@breakwater/domain/limits/index";
import type { StoreScripts } from "./store-scripts.ts";

export type SharedLimiterOptions = {
  /** `redis://`, `rediss://`, `valkey://` or `valkeys://`, or the path of a socket. */
  readonly url: string;
  /** Begins every key in the store; one per installation, the same on all of its nodes. */
  readonly namespace: string;
  /** How long a slot outlives its node, ms. Leases of running work are renewed three times as often. Default 60 s. */
  readonly leaseMs?: number;
  /** See `ExactLimiter`. */
  readonly historyEntries?: number;
  readonly historyMs?: number;
  /** How long the store's answer is waited for before this node decides by itself, ms. Default 250. */
  readonly answerMs?: number;
  /** How often nodes tell each other that they are there, ms. Default 1 s. */
  readonly beatMs?: number;
  /** How often a lost store is tried, ms. Default 250. */
  readonly probeMs?: number;
  /** A node silent for so long is taken for gone, ms. Default 10 s. */
  readonly goneMs?: number;
  /** How long a start waits for the store, ms. Default 5 s. */
  readonly openMs?: number;
  /** Told once when the store is lost, and once when it is the authority again. */
  readonly onLost?: (cause: unknown) => void;
  readonly onBack?: () => void;
  readonly scripts?: StoreScripts;
};

/** What concerns the limiter itself. */
export type Settings = Required<Omit<SharedLimiterOptions, "scripts" | "namespace" | "url">>;

const DEFAULT_LEASE_MS = 60_000;

export function withDefaults(options: Partial<Settings>): Settings {
  const { maxCalls } = SERVICE_LEVELS.Premium;
  return {
    leaseMs: options.leaseMs ?? DEFAULT_LEASE_MS,
    historyEntries: options.historyEntries ?? maxCalls,
    historyMs: options.historyMs ?? SERVICE_LEVELS.Express.windowSec * 1000,
    answerMs: options.answerMs ?? 250,
    beatMs: options.beatMs ?? 1000,
    probeMs: options.probeMs ?? 250,
    goneMs: options.goneMs ?? 10_000,
    openMs: options.openMs ?? 5000,
    onLost: options.onLost ?? (() => undefined),
    onBack: options.onBack ?? (() => undefined),
  };
}
