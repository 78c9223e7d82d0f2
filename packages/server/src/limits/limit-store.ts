import type { CallHistory, Limits, Usage } from "@breakwater/domain/limits/index";
import { Valkey } from "iovalkey";
import { createStoreScripts, type StoreScript, type StoreScripts } from "./store-scripts.ts";
import { toStoreUrl } from "./store-url.ts";

export type LimitStoreOptions = {
  /** `redis://`, `rediss://`, `valkey://` or `valkeys://`, or the path of a socket. */
  readonly url: string;
  /** Begins every key and names the channel; one per installation. */
  readonly namespace: string;
  /** This node, unique. */
  readonly node: string;
  readonly leaseMs: number;
  readonly historyEntries: number;
  readonly historyMs: number;
  /** How long an answer is waited for, ms. */
  readonly answerMs: number;
  /** A node that has not beaten for this long is taken for gone, ms. */
  readonly goneMs: number;
  readonly scripts?: StoreScripts;
};

/** What the store says to one call; times in its own clock. */
export type StoreReply = { kind: StoreReplyKind; used: number; resetSec: number; running: number; atMs: number };
export type StoreReplyKind = "admitted" | "blockedByConcurrency" | "blockedByRate";

/** What other nodes do, as the store tells. */
export type StoreEvents = {
  onCalls(history: CallHistory): void;
  onNode(node: string): void;
  /** A connection was lost: what came over it may be incomplete. */
  onClosed(cause: unknown): void;
};

type Pending = { readonly deadlineMs: number; readonly fail: (error: Error) => void };

const KINDS: readonly StoreReplyKind[] = ["admitted", "blockedByConcurrency", "blockedByRate"];
const STALE = 3;
const RECONNECT_MS = 250;
const SCAN_COUNT = 500;
const TIMES_OFFSET = 16;

/**
 * The shared store, as the limiter speaks with it: commands of one tick travel together, each is answered within
 * `answerMs` or fails, and a command that the store executes later than that changes nothing there.
 */
export class LimitStore {
  readonly #options: LimitStoreOptions;
  readonly #scripts: StoreScripts;
  readonly #client: Valkey;
  readonly #subscriber: Valkey;
  readonly #pending = new Set<Pending>();
  readonly #sweep: NodeJS.Timeout;
  /** The store's clock less this process's monotonic one. */
  #offsetMs: number | undefined;
  #lastError: unknown;

  constructor(options: LimitStoreOptions, events: StoreEvents) {
    this.#options = options;
    this.#scripts = options.scripts ?? createStoreScripts();
    this.#client = connect(options.url, (error) => {
      this.#lastError = error;
    });
    this.#subscriber = connect(options.url, () => undefined);
    this.#subscriber.on("messageBuffer", (_channel: Buffer, message: Buffer) => this.#hear(message, events));
    for (const client of [this.#client, this.#subscriber]) {
      client.on("close", () => events.onClosed(this.#lastError));
    }
    this.#sweep = setInterval(() => this.#failOverdue(), options.answerMs / 5);
    this.#sweep.unref();
  }

  /** Whether both connections stand: that for commands, and that on which calls are heard of. */
  get isConnected(): boolean {
    return this.#client.status === "ready" && this.#subscriber.status === "ready";
  }

  /** Epoch ms on the store's clock, as well as known from its answers. */
  nowMs(): number {
    return performance.now() + (this.#offsetMs ?? Date.now() - performance.now());
  }

  /** Opens both connections. @throws Error when the store cannot be used within `withinMs` */
  async open(withinMs: number): Promise<void> {
    const untilMs = performance.now() + withinMs;
    for (const client of [this.#client, this.#subscriber]) {
      // Why it failed is told by the event.
      await client.connect().catch(() => undefined);
      while (client.status !== "ready") {
        if (performance.now() > untilMs) throw toError(this.#lastError);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    await within(this.#subscriber.subscribe(this.#channel), withinMs);
    await this.readClock();
  }

  /** @throws Error when the store does not answer in time, or not as it should */
  async decide(key: string, limits: Limits, leaseId: number): Promise<StoreReply> {
    const { leaseMs, historyEntries, historyMs, node } = this.#options;
    const argv = [limits.maxConcurrent, leaseMs, this.#holder(leaseId), historyEntries, historyMs];
    const args = () => [...toRate(limits), ...argv, this.#notAfterMs(), this.#channel, node, key];
    let reply = (await this.#run(this.#scripts.decide, this.#keys(key), args())) as number[];
    if (reply[0] === STALE) {
      // Its clock was set forward: the answer was in time all the same, and has told the new time.
      await this.readClock();
      reply = (await this.#run(this.#scripts.decide, this.#keys(key), args())) as number[];
    }
    const [kind = STALE, used = 0, resetSec = 0, running = 0, atMs = 0] = reply;
    const name = KINDS[kind];
    if (name === undefined) throw new Error("the store executed a decision too late");
    return { kind: name, used, resetSec, running, atMs };
  }

  async peek(key: string, limits: Limits): Promise<Usage> {
    const { maxCalls: limit, windowSec } = limits;
    const reply = (await this.#run(this.#scripts.peek, this.#keys(key), toRate(limits))) as number[];
    const [, used = 0, resetSec = 0, running = 0] = reply;
    return { limit, windowSec, used, remaining: Math.max(0, limit - used), resetSec, running };
  }

  /** Whether the slot was held until now. */
  async release(key: string, leaseId: number): Promise<boolean> {
    const [isHeld] = (await this.#run(this.#scripts.release, this.#keys(key), [this.#holder(leaseId)])) as number[];
    return isHeld === 1;
  }

  /** The new deadline; undefined when the slot is gone, unless its work still runs and takes it again. */
  async renew(key: string, leaseId: number, { takeAgain }: { takeAgain: boolean }): Promise<number | undefined> {
    const args = [this.#holder(leaseId), this.#options.leaseMs, takeAgain ? 1 : 0];
    const [deadlineMs] = (await this.#run(this.#scripts.renew, this.#keys(key), args)) as number[];
    return deadlineMs === 0 ? undefined : deadlineMs;
  }

  /**
   * Tells calls that the store does not know; times that it knows are not counted again.
   *
   * @param news those of which the other nodes have not heard
   */
  async merge({ key, keepEntries, keepMs, times }: CallHistory, news = new Float64Array()): Promise<void> {
    if (times.length === 0) return;
    const { node } = this.#options;
    const args = [keepEntries, keepMs, toBytes(times), this.#channel, node, key, toBytes(news)];
    await this.#run(this.#scripts.merge, this.#keys(key), args);
  }

  /** Says that this node is there and the store knows all its calls. @returns each node's last beat, store's time */
  async beat(): Promise<{ nowMs: number; nodes: ReadonlyMap<string, number> }> {
    const args = [this.#options.node, this.#options.goneMs, this.#notAfterMs(), this.#channel];
    const reply = (await this.#run(this.#scripts.beat, [this.#nodesKey], args)) as (string | number)[];
    const [nowMs, ...rest] = reply;
    if (rest.length === 0) throw new Error("the store executed a beat too late");
    const nodes = new Map<string, number>();
    for (let index = 0; index < rest.length; index += 2) nodes.set(String(rest[index]), Number(rest[index + 1]));
    return { nowMs: Number(nowMs), nodes };
  }

  /** Which life of the store this is: another one may have lost calls. */
  async readRunId(): Promise<string> {
    const text = await this.#watch(() => this.#client.info("server"));
    return /run_id:(\w+)/.exec(text)?.[1] ?? "";
  }

  /** Sets this process's idea of the store's time, right to half of what the answer took. */
  async readClock(): Promise<void> {
    const sentMs = performance.now();
    const [seconds, micros] = (await this.#watch(() => this.#client.time())).map(Number) as [number, number];
    this.#offsetMs = seconds * 1000 + micros / 1000 - (sentMs + performance.now()) / 2;
  }

  /** Every counter's calls, one after the other. */
  async *histories(): AsyncGenerator<CallHistory> {
    const prefix = `${this.#options.namespace}:calls:{`;
    let cursor = "0";
    do {
      const scan = () => this.#client.scan(cursor, "MATCH", `${prefix}*`, "COUNT", SCAN_COUNT);
      const [next, keys] = await this.#watch(scan);
      cursor = next;
      for (const storeKey of keys) {
        const bytes = await this.#watch(() => this.#client.getBuffer(storeKey));
        if (bytes && bytes.length > 32) yield toHistory(storeKey.slice(prefix.length, -1), bytes);
      }
    } while (cursor !== "0");
  }

  /** Lets go of connections that may hang, so that new ones are tried. */
  reconnect(): void {
    this.#client.disconnect(true);
    this.#subscriber.disconnect(true);
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    await this.#watch(() => this.#client.zrem(this.#nodesKey, this.#options.node)).catch(() => undefined);
    this.#client.disconnect();
    this.#subscriber.disconnect();
    for (const { fail } of this.#pending) fail(new Error("the limiter is closed"));
  }

  get #channel(): string {
    return `${this.#options.namespace}:admitted`;
  }

  get #nodesKey(): string {
    return `${this.#options.namespace}:nodes`;
  }

  #keys(key: string): string[] {
    return [`${this.#options.namespace}:calls:{${key}}`, `${this.#options.namespace}:slots:{${key}}`];
  }

  #holder(leaseId: number): string {
    return `${this.#options.node}:${leaseId}`;
  }

  #notAfterMs(): number {
    return Math.ceil(this.nowMs()) + this.#options.answerMs;
  }

  async #run({ sha, lua }: StoreScript, keys: string[], args: (string | number | Buffer)[]): Promise<unknown> {
    try {
      return await this.#watch(() => this.#client.evalsha(sha, keys.length, ...keys, ...args));
    } catch (error) {
      if (!(error as Error).message.startsWith("NOSCRIPT")) throw error;
      return this.#watch(() => this.#client.eval(lua, keys.length, ...keys, ...args));
    }
  }

  /** Fails when no answer has come in time: one clock for all commands, for a timer each would cost more than they. */
  #watch<T>(command: () => Promise<T>): Promise<T> {
    if (!this.isConnected) return Promise.reject(toError(this.#lastError));
    return new Promise<T>((resolve, reject) => {
      const pending = { deadlineMs: performance.now() + this.#options.answerMs, fail: reject };
      this.#pending.add(pending);
      command()
        .then(resolve, reject)
        .finally(() => this.#pending.delete(pending));
    });
  }

  #failOverdue(): void {
    const nowMs = performance.now();
    const overdue = [...this.#pending].filter(({ deadlineMs }) => deadlineMs <= nowMs);
    if (overdue.length === 0) return;
    // After a pause of this process, answers may have arrived that nobody has read yet: they go first.
    setImmediate(() => {
      for (const pending of overdue) {
        pending.fail(new Error(`the store did not answer within ${this.#options.answerMs} ms`));
        this.#pending.delete(pending);
      }
    });
  }

  #hear(message: Buffer, { onCalls, onNode }: StoreEvents): void {
    const afterNode = message.indexOf("\n");
    const node = message.toString("utf8", 0, afterNode);
    if (node === this.#options.node) return;
    const afterKey = message.indexOf("\n", afterNode + 1);
    if (afterKey < 0) onNode(node);
    else {
      const bytes = message.subarray(afterKey + 1);
      const times = toTimes(bytes.subarray(TIMES_OFFSET));
      const [keepEntries, keepMs] = [bytes.readDoubleLE(0), bytes.readDoubleLE(8)];
      onCalls({ key: message.toString("utf8", afterNode + 1, afterKey), keepEntries, keepMs, times });
    }
  }
}

function connect(url: string, onError: (error: unknown) => void): Valkey {
  const client = new Valkey(toStoreUrl(url), {
    lazyConnect: true,
    enableAutoPipelining: true,
    // What was not answered is decided without the store; executing it later would count it twice.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2000,
    retryStrategy: () => RECONNECT_MS,
  });
  client.on("error", onError);
  return client;
}

function toRate({ windowSec, maxCalls }: Limits): number[] {
  return [windowSec * 1000, maxCalls];
}

function toHistory(key: string, bytes: Buffer): CallHistory {
  const times = toTimes(bytes.subarray(32 + bytes.readDoubleLE(16) * 8));
  return { key, keepEntries: bytes.readDoubleLE(0), keepMs: bytes.readDoubleLE(8), times };
}

function toBytes(times: Float64Array): Buffer {
  return Buffer.from(times.buffer, times.byteOffset, times.byteLength);
}

/** A copy, because the bytes may lie anywhere in their buffer. */
function toTimes(bytes: Buffer): Float64Array {
  const times = new Float64Array(Math.floor(bytes.length / 8));
  new Uint8Array(times.buffer).set(bytes.subarray(0, times.byteLength));
  return times;
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error("the store cannot be reached");
}

function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  const timer = new Promise<never>((_, reject) => setTimeout(() => reject(toError(undefined)), ms).unref());
  return Promise.race([promise, timer]);
}
