import type { Dissector, EventStatement, Message, Statement } from "../dissectors/dissector.ts";
import { MemoryBudget } from "../limits.ts";

type Answer = { statements: Statement[]; protocols: (string | null)[] };

const ignore = () => {};

function toMessage(bytes: Uint8Array, isFromServer: boolean): Message {
  return { bytes, start: 0, end: bytes.length, isFromServer, frame: 1, seenAt: 0 };
}

/** What a dissector makes of one datagram of the server's side. */
export function readDatagram(dissector: Dissector, bytes: Uint8Array): Answer {
  const statements: Statement[] = [];
  const protocol = dissector.udp!.datagram(toMessage(bytes, true), (statement) => statements.push(statement), ignore);
  return { statements, protocols: [protocol] };
}

/** What a dissector makes of one frame below IP. */
export function readEthernet(dissector: Dissector, bytes: Uint8Array): Statement[] {
  const statements: Statement[] = [];
  dissector.ethernet!.frame(toMessage(bytes, false), (statement) => statements.push(statement));
  return statements;
}

/** What a dissector makes of the units of one connection, questions and answers in turn, beginning with a question. */
export function readDialogue(dissector: Dissector, ...units: readonly Uint8Array[]): Answer {
  const statements: Statement[] = [];
  const session = dissector.tcp!.openSession(new MemoryBudget(1_000_000));
  const protocols = units.map((bytes, index) =>
    session.message(toMessage(bytes, index % 2 === 1), (statement) => statements.push(statement), ignore),
  );
  session.close();
  return { statements, protocols };
}

/** What a client's units do, as a dissector reads them from one connection. */
export function readEvents(dissector: Dissector, ...units: readonly Uint8Array[]): EventStatement[] {
  const events: EventStatement[] = [];
  const session = dissector.tcp!.openSession(new MemoryBudget(1_000_000));
  for (const bytes of units) session.message(toMessage(bytes, false), ignore, (event) => events.push(event));
  session.close();
  return events;
}
