import type { Json } from "../json/index.ts";
import type { ZeekRecord } from "./zeek-record.ts";

/** A line of a JSON log with the names of the tab-separated one: `{"id": {"orig_h": …}}` and `{"id.orig_h": …}` alike. */
export function toZeekRecord(value: Json): ZeekRecord | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const record = new Map<string, string>();
  for (const [name, member] of Object.entries(value)) {
    if (name === "id" && typeof member === "object" && member !== null && !Array.isArray(member))
      for (const [inner, innerValue] of Object.entries(member)) set(record, `id.${inner}`, innerValue);
    else set(record, name, member);
  }
  return record;
}

function set(record: Map<string, string>, name: string, value: Json): void {
  if (typeof value === "boolean") record.set(name, value ? "T" : "F");
  else if (typeof value === "number" || (typeof value === "string" && value !== "")) record.set(name, String(value));
  else if (Array.isArray(value)) record.set(name, value.map(String).join(","));
}

/** Logs by fields that no other one has: a JSON log does not tell its name. */
const MARKS: readonly (readonly [path: string, fields: readonly string[]])[] = [
  ["cip_identity", ["vendor_id", "product_code", "serial_number"]],
  ["cip_identity", ["device_type_id", "product_code"]],
  ["s7comm_known_devices", ["automation_system_name"]],
  ["s7comm_known_devices", ["module_serial"]],
  ["s7comm_read_szl", ["szl_id"]],
  ["modbus_read_device_identification", ["mei_type"]],
  ["profinet_io_cm", ["rpc_version", "activity_uuid"]],
  ["bacnet_discovery", ["pdu_service", "range"]],
  ["bacnet_discovery", ["pdu_service", "vendor"]],
  ["bacnet_discovery", ["pdu_service", "object_name"]],
  ["conn", ["conn_state", "proto"]],
];

/** The log that a record is from: by the name that some shippers add, else by its fields; null for one that is not read. */
export function pathOfRecord(record: ZeekRecord): string | null {
  const named = record.get("_path");
  if (named !== undefined) return named;
  return MARKS.find(([, fields]) => fields.every((field) => record.has(field)))?.[0] ?? null;
}
