import { isIpAddress, toTime } from "../scanners/kit/values.ts";

/** One line of a log, by the names of its fields; what is unset or empty is not there. */
export type ZeekRecord = ReadonlyMap<string, string>;

/** Epoch ms of the record; null when it has no time that can be read. */
export function recordTime(record: ZeekRecord): number | null {
  return toTime(record.get("ts"));
}

/** An IP address in a field; null for anything else. */
export function recordAddress(record: ZeekRecord, field: string): string | null {
  const text = record.get(field)?.toLowerCase();
  return text !== undefined && isIpAddress(text) ? text : null;
}

/** A whole number in a field, decimal or as `0x…`; null for anything else. */
export function recordInteger(record: ZeekRecord, field: string): number | null {
  const text = record.get(field) ?? "";
  return /^(\d{1,15}|0x[0-9a-f]{1,12})$/i.test(text) ? Number(text) : null;
}

const MAX_PORT = 65_535;

/** A port in a field; null for anything else. */
export function recordPort(record: ZeekRecord, field: string): number | null {
  const port = recordInteger(record, field);
  return port !== null && port <= MAX_PORT ? port : null;
}

/**
 * Who sent the message: the plugins' own word where they give it, because Zeek's `id` keeps the side that opened the
 * connection first whoever speaks.
 */
export function recordSender(record: ZeekRecord): string | null {
  return recordAddress(record, "source_h");
}

export function recordReceiver(record: ZeekRecord): string | null {
  return recordAddress(record, "destination_h");
}

/** The side that was called. */
export function recordServer(record: ZeekRecord): string | null {
  return recordAddress(record, "id.resp_h");
}
