import { hash } from "node:crypto";

/** An event as it is stored. `at` is UTC with microseconds as text: a Date would lose three digits of it. */
export type ChainedEvent = {
  id: number;
  at: string;
  subscriptionId: number | null;
  actor: string;
  action: string;
  target: string | null;
  address: string | null;
  result: string;
  detail: Readonly<Record<string, unknown>>;
  previousHash: string;
  hash: string;
};

/** Number and hash of the last event of a log; 0 and zeros when it is empty. */
export type ChainHead = { id: number; hash: string };

export type ChainBreak = {
  id: number;
  problem: "missing" | "changed" | "not-linked" | "head-differs";
  message: string;
};

export const EMPTY_HEAD: ChainHead = { id: 0, hash: "0".repeat(64) };

/**
 * What an event's hash is computed from: JSON by RFC 8785, without the hash. The database computes it by itself when it
 * appends (`audit_event_text` in migration 0005), so that each verification compares two implementations.
 */
function toCanonicalText(event: ChainedEvent): string {
  const { action, actor, address, at, detail, id, previousHash, result, subscriptionId, target } = event;
  const text = JSON.stringify;
  // Names in their order, by hand: of a long log this is most of what a verification costs.
  return `{"action":${text(action)},"actor":${text(actor)},"address":${text(address)},"at":"${at}","detail":${writeDetail(detail)},"id":${id},"previousHash":"${previousHash}","result":${text(result)},"subscriptionId":${subscriptionId},"target":${text(target)}}`;
}

/** By hand: an object would put names that are numbers first. */
function writeDetail(detail: ChainedEvent["detail"]): string {
  const members = Object.keys(detail).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${JSON.stringify(detail[name])}`).join(",")}}`;
}

/** SHA-256 in hex. */
function hashEvent(event: ChainedEvent): string {
  return hash("sha256", toCanonicalText(event), "hex");
}

/** A line of an export: the canonical text with the hash behind its last member. */
export function toExportLine(event: ChainedEvent): string {
  return `${toCanonicalText(event).slice(0, -1)},"hash":"${event.hash}"}\n`;
}

/** What is wrong with an event that should follow `previous`; undefined: nothing. */
export function findBreak(previous: ChainHead, event: ChainedEvent): ChainBreak | undefined {
  const id = previous.id + 1;
  if (event.id !== id) return { id, problem: "missing", message: `event ${id} is not there; the next is ${event.id}` };
  if (event.previousHash !== previous.hash)
    return { id, problem: "not-linked", message: `event ${id} was not written after the event before it` };
  if (event.hash !== hashEvent(event))
    return { id, problem: "changed", message: `event ${id} is not as it was written` };
  return undefined;
}

/** What is wrong when the walk ended at `last` and the log should have gone on to, or through, `expected`. */
export function findHeadBreak(last: ChainHead, expected: ChainHead): ChainBreak | undefined {
  if (last.id < expected.id)
    return { id: last.id + 1, problem: "missing", message: `the log ends at event ${last.id}, not at ${expected.id}` };
  if (last.hash !== expected.hash)
    return { id: expected.id, problem: "head-differs", message: `event ${expected.id} is another one than was noted` };
  return undefined;
}
