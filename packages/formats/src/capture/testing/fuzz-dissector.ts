import type { Dissector, Statement } from "../dissectors/dissector.ts";
import { DISSECTORS } from "../dissectors/index.ts";
import { MemoryBudget } from "../limits.ts";
import { PduCutter } from "../transport/pdu-cutter.ts";

const BUDGET = 256 * 1024;

/** One message of a dialogue. */
export type Seed = { isFromServer: boolean; bytes: Uint8Array };

export type FuzzTarget = { name: string; dissector: Dissector; transport: "tcp" | "udp" | "ethernet" };

/** Every dissector with every transport it reads, by `protocol transport`. */
export const FUZZ_TARGETS: readonly FuzzTarget[] = DISSECTORS.flatMap((dissector) =>
  (["tcp", "udp", "ethernet"] as const)
    .filter((transport) => dissector[transport] !== undefined)
    .map((transport) => ({ name: `${dissector.protocol} ${transport}`, dissector, transport })),
);

/** Answers whole numbers from 0 to `limit` - 1. */
export type Random = (limit: number) => number;
const NASTY = [0, 1, 2, 0x7f, 0x80, 0xfe, 0xff];

/** A copy with up to four changes: bytes and lengths that lie, ends cut off, tails of noise, parts repeated. */
export function mutate(seed: Uint8Array, random: Random): Uint8Array {
  let bytes = Uint8Array.from(seed);
  for (let left = random(5); left > 0 && bytes.length > 0; left--) {
    const at = random(bytes.length);
    const kind = random(6);
    if (kind <= 1) bytes[at] = random(256);
    else if (kind === 2) bytes[at] = NASTY[random(NASTY.length)]!;
    else if (kind === 3) bytes = bytes.slice(0, at);
    else if (kind === 4) bytes = Uint8Array.from([...bytes, ...Array.from({ length: random(40) }, () => random(256))]);
    else bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(random(at + 1))]);
  }
  return bytes;
}

/** Feeds a dialogue as a capture would; answers what was told and the bytes still held afterwards. */
export function feed(target: FuzzTarget, dialogue: readonly Seed[], random: Random) {
  const statements: Statement[] = [];
  let events = 0;
  const emit = (statement: Statement) => void statements.push(statement);
  const emitEvent = () => void events++;
  const budget = new MemoryBudget(BUDGET);
  const { dissector, transport } = target;
  if (transport === "tcp") feedStream(dissector, dialogue, random, budget, emit, emitEvent);
  for (const { bytes, isFromServer } of transport === "tcp" ? [] : dialogue) {
    // Somewhere in a buffer, as frames are.
    const padding = random(3);
    const buffer = new Uint8Array(bytes.length + 2 * padding).fill(0xaa);
    buffer.set(bytes, padding);
    const message = { bytes: buffer, start: padding, end: padding + bytes.length, isFromServer, frame: 1, seenAt: 0 };
    if (transport === "udp") dissector.udp!.datagram(message, emit, emitEvent);
    else dissector.ethernet!.frame(message, emit);
  }
  return { statements, events, held: budget.usedBytes };
}

function feedStream(
  dissector: Dissector,
  dialogue: readonly Seed[],
  random: Random,
  budget: MemoryBudget,
  emit: (statement: Statement) => void,
  emitEvent: () => void,
): void {
  const { framing, openSession } = dissector.tcp!;
  const session = openSession(budget);
  const sink = {
    pdu: (bytes: Uint8Array, start: number, end: number, frame: number, seenAt: number, isFromServer: boolean) => {
      session.message({ bytes, start, end, isFromServer, frame, seenAt }, emit, emitEvent);
    },
    gap: (isFromServer: boolean) => session.gap(isFromServer),
  };
  const cutters = [false, true].map((isFromServer) => new PduCutter(framing, budget, sink, isFromServer));
  for (const { bytes, isFromServer } of dialogue) {
    const split = random(3) === 0 ? random(bytes.length + 1) : bytes.length;
    const cutter = cutters[isFromServer ? 1 : 0]!;
    cutter.push(bytes, 0, split, 1, 0);
    if (split < bytes.length) cutter.push(bytes, split, bytes.length, 2, 0);
  }
  for (const cutter of cutters) cutter.clear();
  session.close();
}

/** Feeds so many dialogues; answers how much was told in all, and the most that one of them told, said in a text and held. */
export function feedMany(target: FuzzTarget, rounds: number, random: Random, next: () => readonly Seed[]) {
  const sum = { statements: 0, events: 0 };
  const worst = { told: 0, text: 0, held: 0 };
  for (let round = 0; round < rounds; round++) {
    const { statements, events, held } = feed(target, next(), random);
    sum.statements += statements.length;
    sum.events += events;
    worst.told = Math.max(worst.told, statements.length + events);
    worst.held = Math.max(worst.held, Math.abs(held));
    if (statements.length > 0) worst.text = Math.max(worst.text, longestText(statements));
  }
  return { ...sum, worst };
}

/** Of all that was told. */
function longestText(statements: readonly Statement[]): number {
  const texts = statements.flatMap(({ hardware, modules }) =>
    [hardware, ...(modules ?? []).map((module) => module.hardware)].flatMap((one) => Object.values(one)),
  );
  return Math.max(0, ...texts.map((text) => text.length));
}
