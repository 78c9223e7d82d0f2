import type { CveEntry, EpssEntry, FeedEvent, FeedHead, KevEntry } from "@breakwater/formats/feeds/index";
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
import { type FeedRow, readFeeds, type StoredFeedKind, storeFeed } from "./feed-store.ts";
import { forgetOtherEpss, type KnowledgeChange, storeCves, storeEpss, storeKev } from "./knowledge-store.ts";

type Tx = Transaction<unknown>;

/** Entries per transaction: while it runs, imports wait. */
const BATCH_ENTRIES = 5_000;
/** The catalogue is taken in as a whole; a file that lists more is none. */
const MAX_KEV_ENTRIES = 100_000;

/** What is committed: so many entries of that member of the file, and of each kind what all members told. */
type State = {
  member: number;
  ofMember: number;
  totals: Partial<Record<StoredFeedKind, { records: number; changed: number }>>;
  /** Newest date among the CVE records of all members. */
  newest: number | null;
};
const START: State = { member: 0, ofMember: 0, totals: {}, newest: null };

/**
 * Takes the feeds of one upload in, however many files it has: an archive of CVE records has one for each CVE.
 *
 * Knowledge changes in bounded transactions, alone among all that make scores of it; each asks for the scores to be gone
 * through, which {@link FeedSink.finish} then does. Whatever ends it between them, the rest is done when it is resumed.
 */
export class FeedSink {
  readonly #run: Omit<ImportRun, "connection">;
  readonly #clock: Clock;
  readonly #batchEntries: number;
  #state: State;
  /** Entries of the member that a former attempt has committed. */
  #known = 0;
  #member = 0;
  #kev: KevEntry[] = [];
  #epss: EpssEntry[] = [];
  #cves: CveEntry[] = [];
  #read = 0;
  #refused = 0;
  #head: FeedHead | undefined;
  /** The feed is older than what is known: it is read, and changes nothing. */
  #isOutdated = false;
  #isCveComplete = true;
  /** Of the EPSS scores that are being read. */
  #day: string | null = null;

  constructor(run: Omit<ImportRun, "connection">, clock: Clock, batchEntries = BATCH_ENTRIES) {
    this.#run = run;
    this.#batchEntries = batchEntries;
    this.#clock = clock;
    this.#state = FeedSink.canResume(run.resumeFrom) ? run.resumeFrom : START;
  }

  /** Whether a former attempt at the job has taken in feeds. */
  static canResume(checkpoint: Checkpoint): checkpoint is State {
    return "totals" in checkpoint;
  }

  /** @param member its number in the upload, and the format that it was recognised as */
  async readMember(
    { number: member, format }: { number: number; format: string },
    batches: AsyncIterable<FeedEvent[]>,
  ): Promise<void> {
    this.#member = member;
    this.#known = this.#state.member === member ? this.#state.ofMember : 0;
    this.#read = 0;
    this.#refused = 0;
    this.#head = undefined;
    this.#isOutdated = false;
    // Records of many files wait for each other; a commit of this one must not pass over them.
    if (format !== "cve") await this.flush();
    for await (const events of batches) for (const event of events) await this.#take(event);
  }

  /** Before a member that is no feed: its commits must not pass over what is held here. */
  async flush(): Promise<void> {
    await this.#storeCves();
  }

  /** After the last member: stores what is left, and brings all scores up to date. */
  async finish(): Promise<void> {
    await this.#storeCves();
    const { cve, ssvc } = this.#state.totals;
    if (cve) {
      await this.#commit(async (tx) => {
        const head = { source: "CVE records", version: null, publishedAt: this.#state.newest };
        await this.#storeHead(tx, "cve", { ...head, isComplete: this.#isCveComplete });
        if (ssvc) await this.#storeHead(tx, "ssvc", { ...head, isComplete: this.#isCveComplete });
      });
    }
    for (;;) {
      let waiting: number[] = [];
      await this.#commit(async (tx) => {
        waiting = await listScoreWalks(tx);
        if (waiting[0] !== undefined) await walkScores(tx, waiting[0]);
      });
      if (waiting.length === 0) return;
    }
  }

  async #take(event: FeedEvent): Promise<void> {
    switch (event.type) {
      case "issue":
        if (event.issue.level === "refused") this.#refused++;
        this.#run.issue(event.issue);
        return;
      case "head":
        this.#head = event.head;
        await this.#lookForNewer(event.head);
        return;
      case "end":
        await this.#endMember(event.isComplete);
        return;
      default:
        await this.#takeEntry(event);
    }
  }

  async #takeEntry(event: Extract<FeedEvent, { type: "kev" | "epss" | "cve" }>): Promise<void> {
    this.#read++;
    if (event.type === "epss") this.#day = event.entry.on;
    if (event.type === "kev") {
      if (this.#kev.length < MAX_KEV_ENTRIES) this.#kev.push(event.entry);
      return;
    }
    if (this.#isOutdated || this.#read <= this.#known) return;
    if (event.type === "epss") {
      this.#epss.push(event.entry);
      if (this.#epss.length >= this.#batchEntries) await this.#storeEpss();
    } else {
      this.#cves.push(event.entry);
      if (this.#cves.length >= this.#batchEntries) await this.#storeCves();
    }
  }

  /** Of what is whole each day, an older file tells nothing. */
  async #lookForNewer({ kind, publishedAt }: FeedHead): Promise<void> {
    if (kind === "cve") return;
    let former: FeedRow | undefined;
    await this.#commit(async (tx) => {
      former = (await readFeeds(tx)).find((feed) => feed.kind === kind);
    });
    const known = former?.publishedAt ?? null;
    if (known === null || publishedAt === null || publishedAt >= known) return;
    this.#isOutdated = true;
    const [given, newer] = [publishedAt, known].map((ms) => new Date(ms).toISOString().slice(0, 10));
    const message = `the feed is of ${given}, and one of ${newer} is loaded: nothing of it was taken over`;
    this.#run.issue({ level: "warning", code: "feed-outdated", where: "whole file", message });
  }

  async #endMember(isComplete: boolean): Promise<void> {
    const head = this.#head;
    const isWhole = isComplete && this.#refused === 0 && this.#read > 0;
    if (head?.kind === "cve") {
      this.#state = { ...this.#state, newest: Math.max(this.#state.newest ?? 0, head.publishedAt ?? 0) || null };
      if (!isComplete) this.#isCveComplete = false;
      return;
    }
    if (!head || this.#read === 0 || this.#isOutdated) return;
    if (head.kind === "kev") await this.#storeKev(head, isWhole);
    else await this.#storeEpss({ ...head, isComplete: isWhole });
  }

  async #storeKev(head: FeedHead, isWhole: boolean): Promise<void> {
    const entries = this.#kev;
    this.#kev = [];
    await this.#change(
      "kev",
      // Taken in as a whole: again, when the job is resumed behind it.
      entries.length - this.#known,
      async (tx) => storeKev(tx, entries, isWhole),
      (tx) => this.#storeHead(tx, "kev", { ...head, isComplete: isWhole }),
    );
  }

  /** @param ending the file has been read, and this is the rest of it */
  async #storeEpss(ending?: FeedHead & { isComplete: boolean }): Promise<void> {
    const entries = this.#epss;
    this.#epss = [];
    const day = this.#day;
    const store = async (tx: Tx) => {
      const stored = await storeEpss(tx, entries);
      if (!ending?.isComplete || day === null) return stored;
      const forgotten = await forgetOtherEpss(tx, day);
      const changed = [...stored.changed, ...forgotten.changed];
      return { changed, rescored: changed };
    };
    await this.#change("epss", entries.length, store, async (tx) => {
      if (ending) await this.#storeHead(tx, "epss", ending);
    });
  }

  async #storeCves(): Promise<void> {
    const entries = this.#cves;
    if (entries.length === 0) return;
    this.#cves = [];
    const withSsvc = entries.filter(({ ssvc }) => ssvc !== null).length;
    await this.#change(
      "cve",
      entries.length,
      async (tx) => storeCves(tx, entries),
      async () => {
        if (withSsvc > 0) this.#add("ssvc", withSsvc, 0);
      },
    );
  }

  /** Changes knowledge in one transaction, with what follows from it. */
  async #change(
    kind: StoredFeedKind,
    records: number,
    store: (tx: Tx) => Promise<KnowledgeChange>,
    after?: (tx: Tx) => Promise<void>,
  ): Promise<void> {
    const before = this.#state;
    await this.#commit(async (tx) => {
      await lockScores(tx, "alone");
      const { changed, rescored } = await store(tx);
      // Rules may ask for whatever a feed tells, and whether there is one: its first load says something of every CVE.
      const hasRules = await hasScoreRules(tx);
      const cveIds = hasRules ? changed : rescored;
      const isFirst = hasRules && (await readFeeds(tx)).every((feed) => feed.kind !== kind);
      if (cveIds.length > 0) {
        await raiseScoreBasis(tx);
        await requestScoreWalk(tx, null, isFirst ? {} : { cveIds });
      }
      this.#state = { ...before, member: this.#member, ofMember: this.#read };
      this.#add(kind, records, changed.length);
      this.#run.counts.recordsRead += records;
      await after?.(tx);
    });
  }

  #add(kind: StoredFeedKind, records: number, changed: number): void {
    const former = this.#state.totals[kind] ?? { records: 0, changed: 0 };
    const total = { records: former.records + records, changed: former.changed + changed };
    this.#state = { ...this.#state, totals: { ...this.#state.totals, [kind]: total } };
  }

  #storeHead(tx: Tx, kind: StoredFeedKind, head: Omit<FeedRow, "kind" | "loadedAt" | "records" | "changed">) {
    const { records, changed } = this.#state.totals[kind] ?? { records: 0, changed: 0 };
    const { source, version, publishedAt, isComplete } = head;
    return storeFeed(tx, { kind, source, version, publishedAt, isComplete, records, changed, loadedAt: this.#clock() });
  }

  #commit(work: (tx: Tx) => Promise<void>): Promise<void> {
    return this.#run.commit(work, () => this.#state);
  }
}
