import type { CveEntry, EpssEntry, FeedEvent, FeedHead, KevEntry } from "@breakwater/formats/feeds/index";
import type { Issue } from "@breakwater/formats/records";
import type { Clock } from "../../context.ts";
import type { Checkpoint, ImportRun } from "../ingest/sink.ts";
import { type Ended, FeedChanges } from "./feed-changes.ts";
import { brokenFeed, brokenUpload, futureFeed, futureRecord, outdatedFeed } from "./feed-issues.ts";
import {
  CVE_RECORDS,
  type FeedRow,
  isAhead,
  isCvePieceMissing,
  isStandingKept,
  MAX_AHEAD_MS,
  readFeeds,
} from "./feed-store.ts";
import { listOtherKev, storeCves, storeEpss, storeKev } from "./knowledge-store.ts";

/** Entries per transaction: while it runs, imports wait. */
const BATCH_ENTRIES = 5_000;
/** The catalogue is taken in as a whole; a file that lists more is none. */
const MAX_KEV_ENTRIES = 100_000;

/** What cannot be told apart from what was never meant to be read, as the text beside an archive's records. */
const READ_PAST: ReadonlySet<string> = new Set(["format-unknown", "file-empty", "archive-empty"]);

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
  readonly #changes: FeedChanges;
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
  /** Of the EPSS scores that are being read. */
  #day: string | null = null;

  constructor(run: Omit<ImportRun, "connection">, clock: Clock, batchEntries = BATCH_ENTRIES) {
    this.#run = run;
    this.#batchEntries = batchEntries;
    this.#clock = clock;
    this.#changes = new FeedChanges(run, clock);
  }

  /** Whether a former attempt at the job has taken in feeds. */
  static canResume(checkpoint: Checkpoint): boolean {
    return FeedChanges.canResume(checkpoint);
  }

  /** @param member its number in the upload, and the format that it was recognised as */
  async readMember(
    { number: member, format }: { number: number; format: string },
    batches: AsyncIterable<FeedEvent[]>,
  ): Promise<void> {
    this.#member = member;
    const { state } = this.#changes;
    this.#known = state.member === member ? state.ofMember : 0;
    this.#read = 0;
    this.#refused = 0;
    this.#head = undefined;
    this.#isPassedOver = false;
    this.#isOpen = false;
    // Records of many files wait for each other; a commit of this one must not pass over them.
    if (format !== "cve") await this.flush();
    if ((format === "kev" || format === "epss") && state.ended[format]?.member !== member) {
      await this.#changes.settle(format, false);
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
    if (fatal) this.#changes.note({ isCut: true });
    else if (!READ_PAST.has(code)) this.#changes.note({ isCveComplete: false });
  }

  /** After the last member: stores what is left, and brings all scores up to date. */
  async finish(): Promise<void> {
    const isCut = this.#changes.state.isCut || this.#isOpen;
    await this.#storeCves();
    const { cve, ssvc } = this.#changes.state.totals;
    const isComplete = this.#changes.state.isCveComplete && !isCut;
    const wholes = Object.values(this.#changes.state.ended).filter(({ isWhole }) => isWhole && isCut);
    const broken = [...wholes.map(({ head }) => head.source), ...(cve && !isComplete ? [CVE_RECORDS] : [])];
    if (broken.length > 0) this.#run.issue(brokenUpload(broken));
    await this.#changes.settle("kev", isCut);
    await this.#changes.settle("epss", isCut);
    if (cve) {
      await this.#changes.commit(async (tx) => {
        const isStanding =
          isComplete && !(await isCvePieceMissing(tx, this.#run, { records: cve.records, nowMs: this.#clock() }));
        const head = { source: CVE_RECORDS, version: null, publishedAt: null, isComplete: isStanding };
        await this.#changes.storeHead(tx, "cve", head);
        if (ssvc) await this.#changes.storeHead(tx, "ssvc", head);
      });
    }
    await this.#changes.walkScores();
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
    return !isAhead(updatedAt, now);
  }

  /** Of what is whole each day, an older file tells nothing. */
  async #lookForNewer({ kind, publishedAt }: FeedHead): Promise<void> {
    if (kind === "cve") return;
    let former: FeedRow | undefined;
    await this.#changes.commit(async (tx) => {
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
      this.#changes.note({ isCveComplete: this.#changes.state.isCveComplete && isComplete });
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
    await this.#changes.change(
      "kev",
      // Taken in as a whole: again, when the job is resumed behind it.
      this.#taken(Math.max(0, entries.length - this.#known)),
      async (tx) => storeKev(tx, entries),
      async (tx) => this.#changes.end("kev", { ...ended, gone: ended.isWhole ? await listOtherKev(tx, entries) : [] }),
    );
  }

  /** @param ended the file has been read, and this is the rest of it */
  async #storeEpss(ended?: Ended): Promise<void> {
    const entries = this.#epss;
    this.#epss = [];
    await this.#changes.change(
      "epss",
      this.#taken(entries.length),
      async (tx) => storeEpss(tx, entries),
      async () => {
        if (ended) this.#changes.end("epss", ended);
      },
    );
  }

  async #storeCves(): Promise<void> {
    const entries = this.#cves;
    if (entries.length === 0) return;
    this.#cves = [];
    const withSsvc = entries.filter(({ ssvc }) => ssvc !== null).length;
    await this.#changes.change(
      "cve",
      this.#taken(entries.length),
      async (tx) => storeCves(tx, entries, this.#clock() + MAX_AHEAD_MS),
      async () => {
        if (withSsvc > 0) this.#changes.add("ssvc", withSsvc, 0);
      },
    );
  }

  #taken(records: number) {
    return { records, member: this.#member, ofMember: this.#read };
  }
}
