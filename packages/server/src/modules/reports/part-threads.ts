import { Worker } from "node:worker_threads";
import type { DatabaseOptions } from "../../db/pool.ts";
import type { MadePart, PartOrder, PartReport } from "./make-part.ts";

/** A report that a thread begins, in a session of its own. */
export type ThreadReport = { connection: DatabaseOptions["connection"]; snapshotId: string; report: PartReport };

/** What a thread is asked, one thing after the other. `end`: of its session; the thread stays for the next report. */
export type ThreadRequest = { begin: ThreadReport } | { make: PartOrder } | { end: true };
/** And what it answers; `begun` is the process of its session. */
export type ThreadAnswer =
  | { begun: number }
  | { made: MadePart }
  | { ended: true }
  | { error: { message: string; stack: string | undefined; code: string | undefined } };

/** Records are written into memory that is not V8's: little lives long, and a young generation this large is enough. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 3, maxOldGenerationSizeMb: 192 };
/** Of a node, however many cores it has: each has a session, and the server that we start has 60 for everything. */
const MAX_THREADS = 8;
/** How long a thread waits for the next report. */
const QUIET_MS = 60_000;

/** The threads of all reports of this node. */
export type PartThreads = {
  /** Takes places for up to that many, but at least one, even where none is left: a report that began has to get on. */
  take(wanted: number): { count: number; giveBack(): void };
  /** One that waits for work, or a new one. */
  open(): PartThread;
  /** Has a thread wait for the next report: the memory of one that has ended stays with the process for a while, beside that of a new one. */
  keep(thread: PartThread): void;
};

/** @param places those beyond {@link MAX_THREADS} are not used */
export function createPartThreads(places: number, quietMs: number = QUIET_MS): PartThreads {
  const most = Math.min(places, MAX_THREADS);
  let taken = 0;
  /** The one that waits longest first. */
  const waiting = new Map<PartThread, NodeJS.Timeout>();
  return {
    take: (wanted) => {
      const count = Math.max(1, Math.min(wanted, most - taken));
      taken += count;
      const giveBack = () => {
        taken -= count;
      };
      return { count, giveBack };
    },
    open: () => {
      const thread = [...waiting.keys()].findLast(({ hasExited }) => !hasExited) ?? new PartThread();
      clearTimeout(waiting.get(thread));
      waiting.delete(thread);
      thread.hold();
      return thread;
    },
    keep: (thread) => {
      if (thread.hasExited || waiting.size >= most) return thread.kill();
      const end = () => {
        waiting.delete(thread);
        thread.kill();
      };
      waiting.set(thread, setTimeout(end, quietMs).unref());
      thread.release();
    },
  };
}

/** A thread that makes parts, of one report after the other. */
export class PartThread {
  readonly #worker = new Worker(new URL("./part-thread.ts", import.meta.url), { resourceLimits: RESOURCE_LIMITS });
  readonly exited: Promise<void>;
  hasExited = false;

  constructor() {
    // Whoever waits for an answer is told; without any listener an error would end the process.
    this.#worker.on("error", () => undefined);
    this.exited = new Promise((resolve) => {
      this.#worker.once("exit", () => {
        this.hasExited = true;
        resolve();
      });
    });
  }

  /** The process lives as long as the thread. */
  hold(): void {
    this.#worker.ref();
  }

  /** The process may end without waiting for it. */
  release(): void {
    this.#worker.unref();
  }

  kill(): void {
    void this.#worker.terminate();
  }

  /** @throws what the thread answers, the signal's reason when it ended for that, else that it ended */
  ask<K extends "begun" | "made" | "ended">(
    request: ThreadRequest,
    name: K,
    signal: AbortSignal,
  ): Promise<Extract<ThreadAnswer, Record<K, unknown>>[K]> {
    return new Promise((resolve, reject) => {
      const worker = this.#worker;
      const stop = () => {
        worker.off("message", onAnswer).off("error", onError).off("exit", onExit);
      };
      const onAnswer = (answer: ThreadAnswer) => {
        stop();
        if (name in answer) resolve(answer[name as never]);
        else if ("error" in answer) reject(Object.assign(new Error(answer.error.message), answer.error));
      };
      const onError = (error: Error) => {
        stop();
        reject(error);
      };
      const onExit = () =>
        onError(signal.aborted ? signal.reason : new Error("the thread ended before it had answered"));
      // It may have ended before, and then no event tells of it any more.
      if (this.hasExited) return onExit();
      worker.on("message", onAnswer).on("error", onError).on("exit", onExit);
      worker.postMessage(request);
    });
  }
}
