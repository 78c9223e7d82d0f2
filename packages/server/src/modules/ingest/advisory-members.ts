import type { IntakeMember } from "@breakwater/formats/intake/index";
import type { Clock } from "../../context.ts";
import { createAdvisorySink, type MatchResult, matchDueHosts } from "../advisories/index.ts";
import type { ImportProgress } from "./import-run.ts";

type AdvisoryMember = Extract<IntakeMember, { kind: "advisory" }>;

/** The advisories of one upload, taken in together, and the matching that follows from them and from new hosts. */
export class AdvisoryMembers {
  readonly #progress: ImportProgress;
  readonly #clock: Clock;
  readonly #sink: ReturnType<typeof createAdvisorySink>;

  constructor(progress: ImportProgress, createdAt: number, clock: Clock) {
    this.#progress = progress;
    this.#clock = clock;
    this.#sink = createAdvisorySink({
      subscriptionId: progress.key.subscriptionId,
      importedAt: createdAt,
      counts: progress.counts,
      issue: (issue) => progress.issue({ ...issue, where: this.#place(issue.where) }),
      commit: (work) => progress.commit(work, () => this.#checkpoint()),
    });
  }

  #member: string | null = null;
  /** Number of that member, and how many of its advisories the sink was given. */
  #memberNumber = 0;
  #advisories = 0;

  async read(member: AdvisoryMember): Promise<void> {
    const progress = this.#progress;
    progress.format ??= member.format;
    this.#member = member.name;
    this.#memberNumber = progress.member;
    this.#advisories = 0;
    const committed = Number(progress.toBareRun().resumeFrom.advisories ?? 0);
    for await (const events of member.parse())
      for (const event of events) {
        if (event.type === "advisory") this.#advisories += 1;
        // One at a time: whenever the sink commits, it commits all that it was given.
        if (event.type !== "advisory" || this.#advisories > committed) await this.#sink.write([event]);
      }
  }

  /** A resumed import begins with the member that was read last, and does not count again what it has counted. */
  #checkpoint() {
    return this.#progress.member === this.#memberNumber ? { advisories: this.#advisories } : {};
  }

  /** Before a member of another kind is read. */
  async flush(): Promise<void> {
    await this.#sink.end();
  }

  /** After the last member, whatever was in the upload: matches the hosts that wait for it. */
  async finish(): Promise<void> {
    await this.flush();
    const progress = this.#progress;
    for (let isDone = false; !isDone; ) {
      await progress.commit(async (tx) => {
        const matched: MatchResult = await matchDueHosts(tx, progress.key.subscriptionId, this.#clock());
        progress.counts.findingsNew += matched.added;
        progress.counts.findingsReopened += matched.reopened;
        progress.counts.findingsFixed += matched.fixed;
        isDone = matched.isDone;
      });
    }
  }

  #place(where: string): string {
    return this.#member === null ? where : `${this.#member}: ${where}`;
  }
}
