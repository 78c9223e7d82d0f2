import type { CveEntry, EpssEntry, FeedEvent, FeedHead, KevEntry } from "@breakwater/formats/feeds/index";
import type { Issue } from "@breakwater/formats/records";
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
import { brokenFeed, brokenUpload, futureFeed, futureRecord, outdatedFeed } from "./feed-issues.ts";
import {
  type FeedRow,
  hasBeenWhole,
  isAhead,
  isStandingKept,
  MAX_AHEAD_MS,
  readFeeds,
  type StoredFeedKind,
  storeFeed,
} from "./feed-store.ts";
import {
  delistKev,
  forgetOtherEpss,
  type KnowledgeChange,
  listOtherKev,
  storeCves,
  storeEpss,
  storeKev,
} from "./knowledge-store.ts";

type Tx = Transaction<unknown>;

/** Entries per transaction: while it runs, imports wait. */
const BATCH_ENTRIES = 5_000;
/** The catalogue is taken in as a whole; a file that lists more is none. */
const MAX_KEV_ENTRIES = 100_000;

/** What cannot be told apart from what was never meant to be read, as the text beside an archive's records. */
const READ_PAST: ReadonlySet<string> = new Set(["format-unknown", "file-empty", "archive-empty"]);
const NOTHING: KnowledgeChange = { changed: [], rescored: [] };

/** A catalogue that was read, and stored but for what it no longer lists: an upload that breaks off later only adds. */
type Ended = {
  member: number;
  head: FeedHead;
  isWhole: boolean;
  /** KEV: what was listed and is not in it. */
  gone: string[];
  /** EPSS. */
  day: string | null;
};
type Catalogue = "kev" | "epss";

/** What is committed: so many entries of that member of the file, and of each kind what all members told. */
type State = {
  member: number;
  ofMember: number;
  totals: Partial<Record<StoredFeedKind, { records: number; changed: number }>>;
  /** Newest date among the CVE records of all members. */
  newest: number | null;
  isCveComplete: boolean;
  /** The upload broke off. */
  isCut: boolean;
  ended: Partial<Record<Catalogue, Ended>>;
};
const START: State = {
  ...{ member: 0, ofMember: 0, totals: {}, newest: null },
  ...{ isCveComplete: true, isCut: false, ended: {} },
};

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
  #former: FeedRow | undefined;
  /** The feed is older than what is known, or of the future: it is read, and changes nothing. */
  #isPassedOver = false;
  /** The last member broke off: so has the upload, if nothing follows. */
  #isOpen = false;
  /** Of the CVE records of the member. */
  #newest: number | null = null;
  /** Of the EPSS scores that are being read. */
  #day: string | null = null;

  constructor(run: Omit<ImportRun, "connection">, clock: Clock, batchEntries = BATCH_ENTRIES) {
    this.#run = run;
    this.#batchEntries = batchEntries;
    this.#clock = clock;
    this.#state = FeedSink.canResume(run.resumeFrom) ? { ...START, ...run.resumeFrom } : START;
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
    this.#isPassedOver = false;
    this.#newest = null;
    this.#isOpen = false;
    // Records of many files wait for each other; a commit of this one must not pass over them.
    if (format !== "cve") await this.flush();
    if ((format === "kev" || format === "epss") && this.#state.ended[format]?.member !== member) {
      await this.#settle(format, false);
    }
    for await (const events of batches) for (const event of events) await this.#take(event);
  }

  /** Before a member that is no feed: its commits must not pass over what is held here. */
  async flush(): Promise<void> {
    this.#isOpen = false;
    await this.#storeCves();
  }

  /** Something of the upload, beside its members, could not be read. */
  noteUnread({ code, fatal }: Issue): void {
    this.#isOpen = false;
    if (fatal) this.#state = { ...this.#state, isCut: true };
    else if (!READ_PAST.has(code)) this.#state = { ...this.#state, isCveComplete: false };
  }

  /** After the last member: stores what is left, and brings all scores up to date. */
  async finish(): Promise<void> {
    const isCut = this.#state.isCut || this.#isOpen;
    await this.#storeCves();
    const { cve, ssvc } = this.#state.totals;
    const isComplete = this.#state.isCveComplete && !isCut;
    const wholes = Object.values(this.#state.ended).filter(({ isWhole }) => isWhole && isCut);
    const broken = [...wholes.map(({ head }) => head.source), ...(cve && !isComplete ? ["CVE records"] : [])];
    if (broken.length > 0) this.#run.issue(brokenUpload(broken));
    await this.#settle("kev", isCut);
    await this.#settle("epss", isCut);
    if (cve) {
      await this.#commit(async (tx) => {
        const head = { source: "CVE records", version: null, publishedAt: this.#state.newest, isComplete };
        await this.#storeHead(tx, "cve", head);
        if (ssvc) await this.#storeHead(tx, "ssvc", head);
      });
    }
    await this.#walkScores();
  }

  async #walkScores(): Promise<void> {
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
    if (event.type === "cve" && !this.#isDated(event.entry)) return;
    if (this.#isPassedOver || this.#read <= this.#known) return;
    if (event.type === "epss") {
      this.#epss.push(event.entry);
      if (this.#epss.length >= this.#batchEntries) await this.#storeEpss();
    } else {
      this.#cves.push(event.entry);
      if (this.#cves.length >= this.#batchEntries) await this.#storeCves();
    }
  }

  /** Whether the record's date can be: one of the future would outdo all that follow. */
  #isDated({ cveId, updatedAt }: CveEntry): boolean {
    const now = this.#clock();
    if (updatedAt === null) return true;
    if (isAhead(updatedAt, now)) this.#run.issue(futureRecord(cveId, updatedAt, now));
    else this.#newest = Math.max(this.#newest ?? 0, updatedAt);
    return !isAhead(updatedAt, now);
  }

  /** Of what is whole each day, an older file tells nothing. */
  async #lookForNewer({ kind, publishedAt }: FeedHead): Promise<void> {
    if (kind === "cve") return;
    let former: FeedRow | undefined;
    await this.#commit(async (tx) => {
      former = (await readFeeds(tx)).find((feed) => feed.kind === kind);
    });
    this.#former = former;
    const known = former?.publishedAt ?? null;
    const now = this.#clock();
    if (publishedAt !== null && isAhead(publishedAt, now)) {
      this.#isPassedOver = true;
      this.#run.issue(futureFeed(publishedAt, now, this.#run.counts.recordsRead === 0));
    } else if (known !== null && !isAhead(known, now) && publishedAt !== null && publishedAt < known) {
      this.#isPassedOver = true;
      this.#run.issue(outdatedFeed(publishedAt, known));
    }
  }

  async #endMember(isComplete: boolean): Promise<void> {
    const head = this.#head;
    const isWhole = isComplete && this.#refused === 0 && this.#read > 0;
    this.#isOpen = !isComplete;
    if (head?.kind === "cve") {
      const newest = Math.max(this.#state.newest ?? 0, this.#newest ?? 0) || null;
      this.#state = { ...this.#state, newest, isCveComplete: this.#state.isCveComplete && isComplete };
      return;
    }
    const kev = this.#kev;
    this.#kev = [];
    if (!head || this.#read === 0 || this.#isPassedOver) return;
    if (!isWhole) {
      const told = { publishedAt: head.publishedAt, isComplete: false };
      const isKept = isStandingKept(this.#former, told, this.#clock());
      this.#run.issue(brokenFeed(isKept ? this.#former?.publishedAt : undefined));
    }
    const ended = { member: this.#member, head, isWhole, gone: [], day: this.#day };
    if (head.kind === "kev") await this.#storeKev(kev, ended);
    else await this.#storeEpss(ended);
  }

  async #storeKev(entries: readonly KevEntry[], ended: Ended): Promise<void> {
    await this.#change(
      "kev",
      // Taken in as a whole: again, when the job is resumed behind it.
      Math.max(0, entries.length - this.#known),
      async (tx) => storeKev(tx, entries),
      async (tx) => this.#end("kev", { ...ended, gone: ended.isWhole ? await listOtherKev(tx, entries) : [] }),
    );
  }

  /** @param ended the file has been read, and this is the rest of it */
  async #storeEpss(ended?: Ended): Promise<void> {
    const entries = this.#epss;
    this.#epss = [];
    await this.#change(
      "epss",
      entries.length,
      async (tx) => storeEpss(tx, entries),
      async () => {
        if (ended) this.#end("epss", ended);
      },
    );
  }

  #end(kind: Catalogue, ended: Ended | undefined): void {
    const { [kind]: _former, ...others } = this.#state.ended;
    this.#state = { ...this.#state, ended: ended ? { ...others, [kind]: ended } : others };
  }

  /** Puts the catalogue that was read in the place of the former one. If it is whole, there is nothing but what it lists. */
  async #settle(kind: Catalogue, isCut: boolean): Promise<void> {
    const ended = this.#state.ended[kind];
    if (!ended) return;
    const isComplete = ended.isWhole && !isCut;
    const leaveOut = async (tx: Tx) => {
      if (!isComplete) return NOTHING;
      if (kind === "epss") return ended.day === null ? NOTHING : forgetOtherEpss(tx, ended.day);
      // The first whole one says something of every CVE: that it is not listed.
      return { ...(await delistKev(tx, ended.gone)), isOfAll: !(await hasBeenWhole(tx, kind)) };
    };
    await this.#change(kind, 0, leaveOut, async (tx) => {
      this.#end(kind, undefined);
      await this.#storeHead(tx, kind, { ...ended.head, isComplete });
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
      async (tx) => storeCves(tx, entries, this.#clock() + MAX_AHEAD_MS),
      async () => {
        if (withSsvc > 0) this.#add("ssvc", withSsvc, 0);
      },
    );
  }

  /** Changes knowledge in one transaction, with what follows from it. */
  async #change(
    kind: StoredFeedKind,
    records: number,
    store: (tx: Tx) => Promise<KnowledgeChange & { isOfAll?: boolean }>,
    after?: (tx: Tx) => Promise<void>,
  ): Promise<void> {
    const before = this.#state;
    await this.#commit(async (tx) => {
      await lockScores(tx, "alone");
      const { changed, rescored, isOfAll } = await store(tx);
      // Rules may ask for whatever a feed tells.
      const hasRules = await hasScoreRules(tx);
      const cveIds = hasRules ? changed : rescored;
      if (cveIds.length > 0 || (hasRules && isOfAll)) {
        await raiseScoreBasis(tx);
        await requestScoreWalk(tx, null, hasRules && isOfAll ? {} : { cveIds });
      }
      this.#state = records > 0 ? { ...before, member: this.#member, ofMember: this.#read } : before;
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
