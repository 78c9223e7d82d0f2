import type { FeedHead } from "@breakwater/formats/feeds/index";
import type { Transaction } from "kysely";
import type { Clock } from "../../context.ts";
import {
  hasScoreRules,
  listScoreWalks,
  lockScores,
  raiseScoreBasis,
  requestScoreWalk,
  walkScores,
} from "../findings/index.ts";
import type { Checkpoint, ImportRun } from "../ingest/sink.ts";
import { type FeedRow, hasBeenWhole, type StoredFeedKind, storeFeed } from "./feed-store.ts";
import { delistKev, forgetOtherEpss, type KnowledgeChange } from "./knowledge-store.ts";

export type Tx = Transaction<unknown>;

const NOTHING: KnowledgeChange = { changed: [], rescored: [] };

/** A catalogue that was read, and stored but for what it no longer lists: an upload that breaks off later only adds. */
export type Ended = {
  member: number;
  head: FeedHead;
  isWhole: boolean;
  /** KEV: what was listed and is not in it. */
  gone: string[];
  /** EPSS. */
  day: string | null;
};
export type Catalogue = "kev" | "epss";

/** So many entries that a change takes in, and how far it has got in which member. */
type Taken = { records: number; member: number; ofMember: number };

/** What is committed: so many entries of that member of the file, and of each kind what all members told. */
export type FeedState = {
  member: number;
  ofMember: number;
  totals: Partial<Record<StoredFeedKind, { records: number; changed: number }>>;
  isCveComplete: boolean;
  /** The upload broke off. */
  isCut: boolean;
  ended: Partial<Record<Catalogue, Ended>>;
};
const START: FeedState = {
  ...{ member: 0, ofMember: 0, totals: {} },
  ...{ isCveComplete: true, isCut: false, ended: {} },
};

/**
 * The transactions by which one upload changes what is known: each with what follows from it for scores, and with the state
 * from which a resumed attempt goes on.
 */
export class FeedChanges {
  readonly #run: Omit<ImportRun, "connection">;
  readonly #clock: Clock;
  #state: FeedState;

  constructor(run: Omit<ImportRun, "connection">, clock: Clock) {
    this.#run = run;
    this.#clock = clock;
    this.#state = FeedChanges.canResume(run.resumeFrom) ? { ...START, ...run.resumeFrom } : START;
  }

  /** Whether a former attempt at the job has taken in feeds. */
  static canResume(checkpoint: Checkpoint): checkpoint is FeedState {
    return "totals" in checkpoint;
  }

  /** What is committed, and what will be with the next commit. */
  get state(): FeedState {
    return this.#state;
  }

  /** Committed with what is changed next. */
  note(told: Partial<Pick<FeedState, "isCveComplete" | "isCut">>): void {
    this.#state = { ...this.#state, ...told };
  }

  /** Changes knowledge in one transaction, with what follows from it. */
  async change(
    kind: StoredFeedKind,
    { records, member, ofMember }: Taken,
    store: (tx: Tx) => Promise<KnowledgeChange & { isOfAll?: boolean }>,
    after?: (tx: Tx) => Promise<void>,
  ): Promise<void> {
    const before = this.#state;
    await this.commit(async (tx) => {
      await lockScores(tx, "alone");
      const { changed, rescored, isOfAll } = await store(tx);
      // Rules may ask for whatever a feed tells.
      const hasRules = await hasScoreRules(tx);
      const cveIds = hasRules ? changed : rescored;
      if (cveIds.length > 0 || (hasRules && isOfAll)) {
        await raiseScoreBasis(tx);
        await requestScoreWalk(tx, null, hasRules && isOfAll ? {} : { cveIds });
      }
      this.#state = records > 0 ? { ...before, member, ofMember } : before;
      this.add(kind, records, changed.length);
      this.#run.counts.recordsRead += records;
      await after?.(tx);
    });
  }

  add(kind: StoredFeedKind, records: number, changed: number): void {
    const former = this.#state.totals[kind] ?? { records: 0, changed: 0 };
    const total = { records: former.records + records, changed: former.changed + changed };
    this.#state = { ...this.#state, totals: { ...this.#state.totals, [kind]: total } };
  }

  end(kind: Catalogue, ended: Ended | undefined): void {
    const { [kind]: _former, ...others } = this.#state.ended;
    this.#state = { ...this.#state, ended: ended ? { ...others, [kind]: ended } : others };
  }

  /** Puts the catalogue that was read in the place of the former one. If it is whole, there is nothing but what it lists. */
  async settle(kind: Catalogue, isCut: boolean): Promise<void> {
    const ended = this.#state.ended[kind];
    if (!ended) return;
    const isComplete = ended.isWhole && !isCut;
    const leaveOut = async (tx: Tx) => {
      if (!isComplete) return NOTHING;
      if (kind === "epss") return ended.day === null ? NOTHING : forgetOtherEpss(tx, ended.day);
      // The first whole one says something of every CVE: that it is not listed.
      return { ...(await delistKev(tx, ended.gone)), isOfAll: !(await hasBeenWhole(tx, kind)) };
    };
    await this.change(kind, { ...this.#state, records: 0 }, leaveOut, async (tx) => {
      this.end(kind, undefined);
      await this.storeHead(tx, kind, { ...ended.head, isComplete });
    });
  }

  storeHead(tx: Tx, kind: StoredFeedKind, head: Omit<FeedRow, "kind" | "loadedAt" | "records" | "changed">) {
    const { records, changed } = this.#state.totals[kind] ?? { records: 0, changed: 0 };
    const { source, version, publishedAt, isComplete } = head;
    return storeFeed(tx, { kind, source, version, publishedAt, isComplete, records, changed, loadedAt: this.#clock() });
  }

  /** Brings the scores up to date, in transactions of their own. */
  async walkScores(): Promise<void> {
    for (;;) {
      let waiting: number[] = [];
      await this.commit(async (tx) => {
        waiting = await listScoreWalks(tx);
        if (waiting[0] !== undefined) await walkScores(tx, waiting[0]);
      });
      if (waiting.length === 0) return;
    }
  }

  commit(work: (tx: Tx) => Promise<void>): Promise<void> {
    return this.#run.commit(work, () => this.#state);
  }
}
