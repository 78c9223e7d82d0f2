import type { IntakeMember } from "@breakwater/formats/intake/index";
import type { Issue } from "@breakwater/formats/records";
import type { Clock } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import { FeedSink, isOperatorSubscription } from "../knowledge/index.ts";
import type { ImportProgress } from "./import-run.ts";
import type { Checkpoint } from "./sink.ts";

type FeedMember = Extract<IntakeMember, { kind: "feed" }>;

/** What is kept of an archive that begins with thousands of other files. */
const MAX_UNREAD = 1_000;

/** The feeds of one upload: what they tell concerns every subscription, so that only the operator's are taken. */
export class FeedMembers {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #progress: ImportProgress;
  #sink: FeedSink | undefined;
  /** Of the upload, before its first feed. */
  readonly #unread: Issue[] = [];

  /** @param checkpoint of a former attempt, whose scores may still have to be brought up to date */
  constructor(parts: { db: Database; clock: Clock }, progress: ImportProgress, checkpoint: Checkpoint) {
    this.#db = parts.db;
    this.#clock = parts.clock;
    this.#progress = progress;
    if (FeedSink.canResume(checkpoint)) this.#sink = this.#open(checkpoint);
  }

  async read(member: FeedMember): Promise<void> {
    const progress = this.#progress;
    progress.format ??= member.format;
    if (!(await isOperatorSubscription(this.#db.imports, progress.key.subscriptionId))) {
      const message = `${member.name ?? "the file"} is a knowledge feed, which holds for every subscription: only the operator's may load it`;
      progress.issue({ level: "refused", code: "feed-not-allowed", where: "whole file", message, fatal: true });
      return;
    }
    if (!this.#sink) {
      this.#sink = this.#open({});
      for (const issue of this.#unread) this.#sink.noteUnread(issue);
    }
    await this.#sink.readMember({ number: progress.member, format: member.format }, member.parse());
  }

  /** Something of the upload that could not be read, so that its feeds may not be all that they were. */
  noteUnread(issue: Issue): void {
    if (this.#sink) this.#sink.noteUnread(issue);
    else if (this.#unread.length < MAX_UNREAD) this.#unread.push(issue);
  }

  /** Before a member of another kind is read. */
  async flush(): Promise<void> {
    await this.#sink?.flush();
  }

  /** After the last member. */
  async finish(): Promise<void> {
    await this.#sink?.finish();
  }

  #open(resumeFrom: Checkpoint): FeedSink {
    return new FeedSink({ ...this.#progress.toBareRun(), resumeFrom }, this.#clock);
  }
}
