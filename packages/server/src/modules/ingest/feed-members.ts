import type { IntakeMember } from "@breakwater/formats/intake/index";
import type { Clock } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import { FeedSink, isOperatorSubscription } from "../knowledge/index.ts";
import type { ImportProgress } from "./import-run.ts";
import type { Checkpoint } from "./sink.ts";

type FeedMember = Extract<IntakeMember, { kind: "feed" }>;

/** The feeds of one upload: what they tell concerns every subscription, so that only the operator's are taken. */
export class FeedMembers {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #progress: ImportProgress;
  #sink: FeedSink | undefined;

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
    this.#sink ??= this.#open({});
    await this.#sink.readMember({ number: progress.member, format: member.format }, member.parse());
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
