import { createHash } from "node:crypto";
import type {
  ByteSource,
  Issue,
  ProjectFileEvent,
  ProjectFileParser,
  ProjectModuleRecord,
  ProjectRecord,
} from "../records.ts";
import { LIMITS } from "./limits.ts";

/** Collects what one file tells. */
export class ProjectBuilder {
  readonly issues: Issue[] = [];
  readonly modules: ProjectModuleRecord[] = [];
  /** Set by the parser once it knows; what it does not set stays unknown. */
  project: Omit<ProjectRecord, "modules"> | null = null;
  isComplete = true;
  #isFull = false;

  addModule(module: ProjectModuleRecord): void {
    if (this.modules.length < LIMITS.maxModules) {
      this.modules.push(module);
      return;
    }
    this.isComplete = false;
    if (!this.#isFull)
      this.warn("too-many-modules", "whole file", `only the first ${LIMITS.maxModules} modules are taken`);
    this.#isFull = true;
  }

  warn(code: string, where: string, message: string): void {
    this.issues.push({ level: "warning", code, where, message });
  }

  /** Nothing after this point is read. */
  fail(code: string, where: string, message: string): void {
    this.isComplete = false;
    this.issues.push({ level: "refused", code, where, message, fatal: true });
  }
}

/** A parser that hashes the file, of which `read` need not read everything. */
export function projectParser(read: (source: ByteSource, out: ProjectBuilder) => Promise<void>): ProjectFileParser {
  return async function* parse(source): AsyncGenerator<ProjectFileEvent[]> {
    const out = new ProjectBuilder();
    const hash = createHash("sha256");
    const bytes = hashed(source, hash);
    await read({ [Symbol.asyncIterator]: () => withoutReturn(bytes) }, out);
    for await (const _ of bytes);
    const events: ProjectFileEvent[] = out.issues.map((issue) => ({ type: "issue", issue }));
    if (out.project !== null) events.push({ type: "project", project: { ...out.project, modules: out.modules } });
    events.push({ type: "end", isComplete: out.isComplete, fileHash: hash.digest("hex") });
    yield events;
  };
}

async function* hashed(source: ByteSource, hash: { update(bytes: Uint8Array): void }): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
}

/** Who stops early must not end the source: the rest of it belongs to the hash. */
function withoutReturn(bytes: AsyncGenerator<Uint8Array>): AsyncIterator<Uint8Array> {
  return { next: () => bytes.next() };
}

/** A text of the file as it is kept: trimmed and cut; null when nothing is left. */
export function toProjectText(text: string | undefined): string | null {
  return text?.slice(0, LIMITS.maxTextChars).toWellFormed().trim() || null;
}
