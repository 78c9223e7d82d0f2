import { toCsvCell } from "../../exporters/index.ts";
import { type ChainedEvent, toExportLine } from "./chain.ts";

/** The event as the API shows it. */
export function toAuditEvent(event: ChainedEvent) {
  const { id, at, subscriptionId, actor, action, target, address, result, detail, previousHash, hash } = event;
  return { id, at, subscriptionId, actor, action, target, address, result, detail, previousHash, hash };
}

const CSV_COLUMNS = [
  "id",
  "at",
  "subscriptionId",
  "actor",
  "action",
  "target",
  "address",
  "result",
  "detail",
  "previousHash",
  "hash",
] as const satisfies readonly (keyof ChainedEvent)[];

type Batches = AsyncIterable<readonly ChainedEvent[]>;

/** Both formats of an export: what its file is called and how events become its text. */
export const AUDIT_FORMATS: Readonly<
  Record<"jsonl" | "csv", { contentType: string; write(batches: Batches): AsyncGenerator<string> }>
> = {
  jsonl: {
    contentType: "application/jsonl",
    async *write(batches) {
      for await (const events of batches) yield events.map(toExportLine).join("");
    },
  },
  csv: {
    contentType: "text/csv; charset=utf-8; header=present",
    async *write(batches) {
      yield `${CSV_COLUMNS.join(",")}\r\n`;
      for await (const events of batches) yield events.map(toCsvLine).join("");
    },
  },
};

function toCsvLine(event: ChainedEvent): string {
  const row = { ...event, detail: JSON.stringify(event.detail) };
  return `${CSV_COLUMNS.map((name) => toCsvCell(row[name])).join(",")}\r\n`;
}
