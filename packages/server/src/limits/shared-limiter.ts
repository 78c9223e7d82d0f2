import { randomUUID } from "node:crypto";
import {
  type CallHistory,
  type Decision,
  type Lease,
  type Limits,
  limitsProblems,
  type NodeShare,
  type Usage,
} from "@breakwater/domain/limits/index";
import { EpisodeCalls } from "./episode-calls.ts";
import { HeldSlots } from "./held-slots.ts";
import { KnownCalls } from "./known-calls.ts";
import { LimitStore, type StoreReply } from "./limit-store.ts";
import type { Limiter, LimiterMeasures } from "./limiter.ts";
import { type Settings, type SharedLimiterOptions, withDefaults } from "./shared-limiter-options.ts";

/**
 * `shared`: the store decides. `alone`: it is out of reach, and this node decides within its part. `guarded`: it is back
 * and has been told of this node's calls, but perhaps not yet of every other's: both must agree.
 */
type Mode = "shared" | "guarded" | "alone";

const PROBES_PER_CONNECTION = 20;

/**
 * The limiter of several nodes (docs/decisions/0013): a script in the shared store decides and records. While the store
 * is out of reach each node goes on within its part of what the limits left, which the nodes know because the store
 * tells each of them every admitted call; afterwards it is told what was admitted without it.
 */
export class SharedLimiter implements Limiter {
  readonly #options: Settings;
  readonly #store: LimitStore;
  readonly #node = randomUUID();
  #mode: Mode = "shared";
  readonly #calls: KnownCalls;
  /** Nodes of the installation in the order of their names; stands still from the loss of the store until it is over. */
  #nodes: readonly string[] = [this.#node];
  readonly #slots = new HeldSlots();
  /** Calls that this node admitted since the store was lost. */
  readonly #episode: EpisodeCalls;
  #runId = "";
  #recoveredAtMs = 0;
  #probes = 0;
  #degradedDecisions = 0;
  /** From the end of the opening to the close. */
  #isRunning = false;
  #beatTimer: NodeJS.Timeout | undefined;
  #renewTimer: NodeJS.Timeout | undefined;

  private constructor({ scripts, namespace, url, ...options }: SharedLimiterOptions) {
    this.#options = withDefaults(options);
    this.#episode = new EpisodeCalls(this.#options);
    this.#calls = new KnownCalls(this.#options);
    const events = {
      onCalls: (history: CallHistory) => this.#calls.learn(history),
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
      await limiter.#calls.read(limiter.#store);
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
    const held = this.#slots.end(lease.id);
    if (held === undefined) return false;
    if (!held.isStored) return true;
    if (this.#mode === "alone") return this.#slots.drop(lease.id, held.key);
    return this.#store.release(held.key, lease.id).catch(() => this.#slots.drop(lease.id, held.key));
  }

  renew(lease: Lease): Lease | undefined | Promise<Lease | undefined> {
    const held = this.#slots.find(lease.id);
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
    const here = () => this.#calls.share.peek(key, limits, this.#part(), this.#slots.running(key), this.#store.nowMs());
    return this.#mode === "alone" ? here() : this.#store.peek(key, limits).catch(here);
  }

  measure(): LimiterMeasures {
    const isUp = this.#mode !== "alone";
    const store = { isUp, degradedDecisions: this.#degradedDecisions, nodes: this.#nodes.length };
    return { counters: this.#calls.share.counterCount, isKept: isUp, store };
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
    const id = this.#slots.nextId();
    let reply: StoreReply;
    try {
      reply = await this.#store.decide(key, limits, id);
    } catch (cause) {
      // Whether the store still took the call is not known: if so it counts twice, and its slot is given back later.
      this.#slots.drop(id, key);
      this.#loseStore(cause);
      return this.#decideAlone(key, limits);
    }
    if (reply.kind === "admitted") {
      this.#slots.hold(id, { key, isStored: true });
      this.#calls.learnOwn(key, limits, reply.atMs, isCounted);
      // The store has it, but may be lost again before all calls are read anew.
      if (isCounted) this.#episode.keep(key, limits, reply.atMs, true);
    }
    return toDecision(reply, limits, { key, id, deadlineMs: reply.atMs + this.#options.leaseMs });
  }

  #decideGuarded(key: string, limits: Limits): Decision | Promise<Decision> {
    const own = this.#calls.share.decide(key, limits, this.#part(), this.#slots.running(key), this.#store.nowMs());
    return own.kind === "admitted" ? this.#decideShared(key, limits, true) : own;
  }

  #decideAlone(key: string, limits: Limits): Decision {
    this.#degradedDecisions++;
    const nowMs = this.#store.nowMs();
    const decision = this.#calls.share.decide(key, limits, this.#part(), this.#slots.running(key), nowMs);
    if (decision.kind !== "admitted") return decision;
    const id = this.#slots.nextId();
    this.#slots.hold(id, { key, isStored: false });
    // A fraction of a millisecond tells the nodes' calls apart, so that the store can be told twice.
    this.#episode.keep(key, limits, Math.floor(nowMs) + (this.#part().rank + 1) / 1024, false);
    return { ...decision, lease: { key, id, deadlineMs: Math.floor(nowMs) + this.#options.leaseMs } };
  }

  #part(): NodeShare {
    return { rank: Math.max(0, this.#nodes.indexOf(this.#node)), nodes: this.#nodes.length };
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
      await this.#calls.read(this.#store, () => this.#mode === "guarded");
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
      for (const history of this.#calls.share.known()) await this.#store.merge(history);
      this.#episode.forgetTelling();
      this.#runId = runId;
    }
    await this.#episode.tell(this.#store);
    await this.#slots.giveBack(this.#store);
    await this.#slots.renewAll(this.#store);
    // What was admitted while the last of this was on its way. After it nothing waits, and no decision comes between.
    while (this.#episode.hasUntold) await this.#episode.tell(this.#store);
    this.#recoveredAtMs = this.#store.nowMs();
    this.#mode = "guarded";
  }

  /** One timer renews the leases of all running calls, in one exchange with the store. */
  async #renewOnTime(): Promise<void> {
    if (this.#mode === "alone") return;
    try {
      await this.#slots.renewAll(this.#store);
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
