import { randomUUID } from "node:crypto";
import {
  type CallHistory,
  type Decision,
  type Lease,
  type Limits,
  limitsProblems,
  type NodeShare,
  SERVICE_LEVELS,
  ShareLimiter,
  type Usage,
} from "@breakwater/domain/limits/index";
import { EpisodeCalls } from "./episode-calls.ts";
import { LimitStore, type StoreReply } from "./limit-store.ts";
import type { Limiter, LimiterMeasures } from "./limiter.ts";
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

/**
 * `shared`: the store decides. `alone`: it is out of reach, and this node decides within its part. `guarded`: it is back
 * and has been told of this node's calls, but perhaps not yet of every other's: both must agree.
 */
type Mode = "shared" | "guarded" | "alone";

type Held = { readonly key: string; isStored: boolean };

const DEFAULT_LEASE_MS = 60_000;
const PROBES_PER_CONNECTION = 20;

/**
 * The limiter of several nodes (docs/decisions/0013): a script in the shared store decides and records. While the store
 * is out of reach each node goes on within its part of what the limits left, which the nodes know because the store
 * tells each of them every admitted call; afterwards it is told what was admitted without it.
 */
export class SharedLimiter implements Limiter {
  readonly #options: Required<Omit<SharedLimiterOptions, "scripts" | "namespace" | "url">>;
  readonly #store: LimitStore;
  readonly #node = randomUUID();
  #mode: Mode = "shared";
  #share: ShareLimiter;
  /** Histories heard while a snapshot is read; undefined at other times. */
  #heard: CallHistory[] | undefined;
  /** Nodes of the installation in the order of their names; stands still from the loss of the store until it is over. */
  #nodes: readonly string[] = [this.#node];
  readonly #held = new Map<number, Held>();
  /** Slots that the store may still hold for calls that are over. */
  readonly #dropped = new Map<number, string>();
  /** Calls that this node admitted since the store was lost. */
  readonly #episode: EpisodeCalls;
  #runId = "";
  #recoveredAtMs = 0;
  #probes = 0;
  #nextLeaseId = 1;
  #degradedDecisions = 0;
  /** From the end of the opening to the close. */
  #isRunning = false;
  #beatTimer: NodeJS.Timeout | undefined;
  #renewTimer: NodeJS.Timeout | undefined;

  private constructor({ scripts, namespace, url, ...options }: SharedLimiterOptions) {
    const { maxCalls } = SERVICE_LEVELS.Premium;
    this.#options = {
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
    this.#episode = new EpisodeCalls(this.#options);
    this.#share = this.#makeShare();
    const events = {
      onCalls: (history: CallHistory) => this.#learn(history),
      onNode: (node: string) => this.#welcome(node),
      onClosed: (cause: unknown) => this.#loseStore(cause),
    };
    this.#store = new LimitStore(
      { url, namespace, node: this.#node, ...this.#options, ...(scripts ? { scripts } : {}) },
      events,
    );
  }

  /**
   * @throws Error when the store cannot be reached: a node that never heard of the calls of the others has no part of
   * its own that would keep the limits
   */
  static async open(options: SharedLimiterOptions): Promise<SharedLimiter> {
    const limiter = new SharedLimiter(options);
    try {
      await limiter.#store.open(limiter.#options.openMs);
      limiter.#runId = await limiter.#store.readRunId();
      limiter.#share = await limiter.#readShare();
      await limiter.#beat();
    } catch (cause) {
      await limiter.close();
      throw new Error("The store of the limits cannot be used; see BREAKWATER_VALKEY_URL", { cause });
    }
    limiter.#isRunning = true;
    limiter.#schedule();
    limiter.#renewTimer = setInterval(() => void limiter.#renewOnTime(), limiter.#options.leaseMs / 3);
    limiter.#renewTimer.unref();
    return limiter;
  }

  get mode(): Mode {
    return this.#mode;
  }

  decide(key: string, limits: Limits): Decision | Promise<Decision> {
    const problems = limitsProblems(limits);
    if (problems.length > 0) throw new RangeError(problems.join("; "));
    if (this.#mode === "alone") return this.#decideAlone(key, limits);
    return this.#mode === "guarded" ? this.#decideGuarded(key, limits) : this.#decideShared(key, limits);
  }

  release(lease: Lease): boolean | Promise<boolean> {
    const held = this.#held.get(lease.id);
    if (held === undefined) return false;
    this.#held.delete(lease.id);
    if (!held.isStored) return true;
    if (this.#mode === "alone") return this.#drop(lease.id, held.key);
    return this.#store.release(held.key, lease.id).catch(() => this.#drop(lease.id, held.key));
  }

  renew(lease: Lease): Lease | undefined | Promise<Lease | undefined> {
    const held = this.#held.get(lease.id);
    if (held === undefined) return undefined;
    const here = { ...lease, deadlineMs: Math.floor(this.#store.nowMs()) + this.#options.leaseMs };
    if (this.#mode === "alone" || !held.isStored) return here;
    const renewed = this.#store.renew(held.key, lease.id, { takeAgain: false });
    return renewed.then(
      (deadlineMs) => (deadlineMs === undefined ? undefined : { ...lease, deadlineMs }),
      () => here,
    );
  }

  peek(key: string, limits: Limits): Usage | Promise<Usage> {
    const here = () => this.#share.peek(key, limits, this.#part(), this.#running(key), this.#store.nowMs());
    return this.#mode === "alone" ? here() : this.#store.peek(key, limits).catch(here);
  }

  measure(): LimiterMeasures {
    const isUp = this.#mode !== "alone";
    const store = { isUp, degradedDecisions: this.#degradedDecisions, nodes: this.#nodes.length };
    return { counters: this.#share.counterCount, isKept: isUp, store };
  }

  async close(): Promise<void> {
    this.#isRunning = false;
    clearTimeout(this.#beatTimer);
    clearInterval(this.#renewTimer);
    await this.#episode.tell(this.#store).catch(() => undefined);
    await this.#store.close();
  }

  // Decisions ---------------------------------------------------------------------------------------------------------

  /** @param isCounted whether the share has counted the call already */
  async #decideShared(key: string, limits: Limits, isCounted = false): Promise<Decision> {
    const id = this.#nextLeaseId++;
    let reply: StoreReply;
    try {
      reply = await this.#store.decide(key, limits, id);
    } catch (cause) {
      // Whether the store still took the call is not known: if so it counts twice, and its slot is given back later.
      this.#dropped.set(id, key);
      this.#loseStore(cause);
      return this.#decideAlone(key, limits);
    }
    if (reply.kind === "admitted") {
      this.#held.set(id, { key, isStored: true });
      this.#learnOwn(key, limits, reply.atMs, isCounted);
    }
    return toDecision(reply, limits, { key, id, deadlineMs: reply.atMs + this.#options.leaseMs });
  }

  #decideGuarded(key: string, limits: Limits): Decision | Promise<Decision> {
    const own = this.#share.decide(key, limits, this.#part(), this.#running(key), this.#store.nowMs());
    return own.kind === "admitted" ? this.#decideShared(key, limits, true) : own;
  }

  #decideAlone(key: string, limits: Limits): Decision {
    this.#degradedDecisions++;
    const nowMs = this.#store.nowMs();
    const decision = this.#share.decide(key, limits, this.#part(), this.#running(key), nowMs);
    if (decision.kind !== "admitted") return decision;
    const id = this.#nextLeaseId++;
    this.#held.set(id, { key, isStored: false });
    // A fraction of a millisecond tells the nodes' calls apart, so that the store can be told twice.
    this.#episode.keep(key, limits, Math.floor(nowMs) + (this.#part().rank + 1) / 1024, false);
    return { ...decision, lease: { key, id, deadlineMs: Math.floor(nowMs) + this.#options.leaseMs } };
  }

  #running(key: string): number {
    let running = 0;
    for (const held of this.#held.values()) if (held.key === key) running++;
    return running;
  }

  #part(): NodeShare {
    return { rank: Math.max(0, this.#nodes.indexOf(this.#node)), nodes: this.#nodes.length };
  }

  #drop(id: number, key: string): true {
    this.#dropped.set(id, key);
    return true;
  }

  // What is known of calls --------------------------------------------------------------------------------------------

  #makeShare(): ShareLimiter {
    const { historyEntries, historyMs } = this.#options;
    return new ShareLimiter({ historyEntries, historyMs });
  }

  #learn(history: CallHistory): void {
    this.#heard?.push(history);
    this.#share.learn(history);
  }

  /** A call that the store admitted here. */
  #learnOwn(key: string, limits: Limits, atMs: number, isCounted: boolean): void {
    const keepEntries = Math.max(limits.maxCalls, this.#options.historyEntries);
    const keepMs = Math.max(limits.windowSec * 1000, this.#options.historyMs);
    const history = { key, keepEntries, keepMs, times: Float64Array.of(atMs) };
    if (!isCounted) {
      this.#learn(history);
      return;
    }
    this.#heard?.push(history);
    // The store has it, but may be lost again before the share is read anew.
    this.#episode.keep(key, limits, atMs, true);
  }

  /** All calls that the store knows, and those heard of meanwhile: one of the same millisecond may count twice. */
  async #readShare(): Promise<ShareLimiter> {
    const heard: CallHistory[] = [];
    this.#heard = heard;
    try {
      const share = this.#makeShare();
      const newest = new Map<string, number>();
      for await (const history of this.#store.histories()) {
        share.learn(history);
        newest.set(history.key, history.times.at(-1) ?? 0);
      }
      for (const history of heard) {
        const readUntil = newest.get(history.key) ?? 0;
        share.learn({ ...history, times: history.times.filter((timeMs) => timeMs >= readUntil) });
      }
      return share;
    } finally {
      this.#heard = undefined;
    }
  }

  // The store's loss and return ---------------------------------------------------------------------------------------

  #loseStore(cause: unknown): void {
    if (this.#mode === "alone" || !this.#isRunning) return;
    if (this.#mode === "shared") this.#options.onLost(cause);
    this.#mode = "alone";
    this.#probes = 0;
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#beatTimer);
    if (!this.#isRunning) return;
    const { beatMs, probeMs } = this.#options;
    this.#beatTimer = setTimeout(() => void this.#tick(), this.#mode === "shared" ? beatMs : probeMs);
    this.#beatTimer.unref();
  }

  async #tick(): Promise<void> {
    try {
      if (this.#mode === "alone") await this.#recover();
      else await this.#beat();
    } catch (cause) {
      this.#loseStore(cause);
      // A connection may hang without an end: now and then a new one is tried.
      if (++this.#probes % PROBES_PER_CONNECTION === 0) this.#store.reconnect();
    }
    this.#schedule();
  }

  async #beat(): Promise<void> {
    const { nowMs, nodes } = await this.#store.beat();
    const isSettled = this.#nodes.every((node) => (nodes.get(node) ?? 0) >= this.#recoveredAtMs);
    if (this.#mode === "guarded") {
      // A node that has not come back by then is gone, and its calls with it.
      if (!isSettled && nowMs < this.#recoveredAtMs + this.#options.goneMs) return;
      this.#share = await this.#readShare();
      if (this.#mode !== "guarded") return;
      this.#mode = "shared";
      this.#episode.clear();
      this.#options.onBack();
    }
    if (this.#mode !== "shared") return;
    this.#nodes = [...nodes.keys()].toSorted();
    await this.#store.readClock();
  }

  #welcome(node: string): void {
    if (this.#mode === "shared" && !this.#nodes.includes(node)) this.#nodes = [...this.#nodes, node].toSorted();
  }

  /** Tells the store what happened without it. Decisions made meanwhile are this node's alone, until all is told. */
  async #recover(): Promise<void> {
    await this.#store.readClock();
    const runId = await this.#store.readRunId();
    if (runId !== this.#runId) {
      // Started anew, or another one: what it lost, the nodes know.
      for (const history of this.#share.known()) await this.#store.merge(history);
      this.#episode.forgetTelling();
      this.#runId = runId;
    }
    await this.#episode.tell(this.#store);
    await Promise.all([...this.#dropped].map(([id, key]) => this.#store.release(key, id)));
    this.#dropped.clear();
    await this.#renewAll();
    // What was admitted while the last of this was on its way. After it nothing waits, and no decision comes between.
    while (this.#episode.hasUntold) await this.#episode.tell(this.#store);
    this.#recoveredAtMs = this.#store.nowMs();
    this.#mode = "guarded";
  }

  /** The work of these calls still runs: their slots are theirs, also in a store that never heard of them. */
  async #renewAll(): Promise<void> {
    const renewed = [...this.#held].map(async ([id, held]) => {
      await this.#store.renew(held.key, id, { takeAgain: true });
      if (this.#held.has(id)) held.isStored = true;
      else if (!held.isStored) await this.#store.release(held.key, id);
    });
    await Promise.all(renewed);
  }

  /** One timer renews the leases of all running calls, in one exchange with the store. */
  async #renewOnTime(): Promise<void> {
    if (this.#mode === "alone") return;
    try {
      await this.#renewAll();
    } catch (cause) {
      this.#loseStore(cause);
    }
  }
}

function toDecision({ kind, used, resetSec, running }: StoreReply, limits: Limits, lease: Lease): Decision {
  const { maxCalls: limit, windowSec, maxConcurrent } = limits;
  const state = { limit, windowSec, resetSec };
  switch (kind) {
    case "admitted":
      return { kind, ...state, remaining: limit - used, lease };
    case "blockedByRate":
      return { kind, ...state, remaining: 0, toWaitSec: resetSec };
    case "blockedByConcurrency":
      return { kind, ...state, remaining: Math.max(0, limit - used), running, maxConcurrent };
  }
}
