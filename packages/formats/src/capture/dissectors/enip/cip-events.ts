import { readU16Le } from "../../byte-order.ts";
import type { EventStatement } from "../dissector.ts";

// Common services and their wrappings (CIP volume 1, appendix A and chapter 3).
const SERVICE_RESET = 0x05;
const SERVICE_START = 0x06;
const SERVICE_STOP = 0x07;
const SERVICE_MULTIPLE = 0x0a;
const SERVICE_UNCONNECTED_SEND = 0x52;
const CLASS_IDENTITY = 0x01;
const CLASS_MESSAGE_ROUTER = 0x02;
const CLASS_CONNECTION_MANAGER = 0x06;
/** Priority, time-out, and length of the embedded message. */
const SEND_HEAD_BYTES = 4;
/** A request inside an Unconnected Send or among several, or both; deeper ones are nobody's. */
const MAX_DEPTH = 3;
const MAX_PARTS = 64;

/** File object (CIP volume 1, chapter 5): Initiate_Download, Download_Transfer. Devices take their firmware so. */
const CLASS_FILE = 0x37;
const FILE_DOWNLOADS = new Set([0x4c, 0x50]);
/** Non-volatile storage of Rockwell devices, as their firmware tools use it: Update, Transfer. */
const CLASS_STORAGE = 0xa1;
const STORAGE_UPDATES = new Set([0x4b, 0x4c, 0x4d]);

/** PCCC object: Execute_PCCC (Rockwell 1770-6.5.16, DF1 protocol and command set). */
const CLASS_PCCC = 0x67;
const SERVICE_EXECUTE_PCCC = 0x4b;
const PCCC_EXTENDED = 0x0f;
const PCCC_EVENTS: Readonly<Record<number, EventStatement>> = {
  58: { kind: "MODE_CHANGE", detail: "PCCC set CPU mode" }, // 0x3A
  80: { kind: "PROGRAM_DOWNLOAD", detail: "PCCC download all" }, // 0x50
  82: { kind: "PROGRAM_DOWNLOAD", detail: "PCCC download completed" },
  83: { kind: "PROGRAM_UPLOAD", detail: "PCCC upload all" },
  85: { kind: "PROGRAM_UPLOAD", detail: "PCCC upload completed" },
  87: { kind: "RESET", detail: "PCCC initialize memory" },
  128: { kind: "MODE_CHANGE", detail: "PCCC change mode" }, // 0x80
};

/** Tells what a CIP request does to its device, those inside of it included; answers (bit 7 of the service) tell nothing. */
export function tellCipEvents(
  bytes: Uint8Array,
  start: number,
  end: number,
  tell: (event: EventStatement) => void,
  depth = 0,
): void {
  if (end - start < 2 || depth >= MAX_DEPTH) return;
  const service = bytes[start]!;
  const dataAt = start + 2 + 2 * bytes[start + 1]!;
  if (dataAt > end) return;
  const classId = classOf(bytes, start + 2, dataAt);
  if (service === SERVICE_UNCONNECTED_SEND && classId === CLASS_CONNECTION_MANAGER) {
    if (end - dataAt < SEND_HEAD_BYTES) return;
    const messageAt = dataAt + SEND_HEAD_BYTES;
    tellCipEvents(bytes, messageAt, Math.min(end, messageAt + readU16Le(bytes, dataAt + 2)), tell, depth + 1);
  } else if (service === SERVICE_MULTIPLE && classId === CLASS_MESSAGE_ROUTER) {
    // Parts of parts would multiply.
    if (depth < MAX_DEPTH - 1) tellParts(bytes, dataAt, end, tell);
  } else {
    const event = eventOf(service, classId, bytes, dataAt, end);
    if (event !== null) tell({ ...event, protocol: "cip" });
  }
}

/** Number of parts, the offset of each, the parts. */
function tellParts(bytes: Uint8Array, start: number, end: number, tell: (event: EventStatement) => void): void {
  if (end - start < 2) return;
  const parts = Math.min(MAX_PARTS, readU16Le(bytes, start));
  for (let part = 0; part < parts && start + 4 + 2 * part <= end; part++) {
    const partAt = start + readU16Le(bytes, start + 2 + 2 * part);
    const next = start + 6 + 2 * part <= end && part + 1 < parts ? readU16Le(bytes, start + 4 + 2 * part) : 0;
    tellCipEvents(bytes, partAt, next === 0 ? end : Math.min(end, start + next), tell, MAX_DEPTH - 1);
  }
}

/** Class of a path; -1 for paths that begin with something else. */
function classOf(bytes: Uint8Array, start: number, end: number): number {
  if (end - start >= 2 && bytes[start] === 0x20) return bytes[start + 1]!;
  return end - start >= 4 && bytes[start] === 0x21 ? readU16Le(bytes, start + 2) : -1;
}

function eventOf(
  service: number,
  classId: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): EventStatement | null {
  if (classId < 0) return null;
  const place = `class 0x${classId.toString(16).padStart(2, "0")}`;
  if (service === SERVICE_START) return { kind: "START", detail: `Start of ${place}` };
  if (service === SERVICE_STOP) return { kind: "STOP", detail: `Stop of ${place}` };
  if (service === SERVICE_RESET && classId === CLASS_IDENTITY) return { kind: "RESET", detail: "Reset of the device" };
  if (classId === CLASS_FILE && FILE_DOWNLOADS.has(service))
    return { kind: "FIRMWARE_DOWNLOAD", detail: "download to the File object" };
  if (classId === CLASS_STORAGE && STORAGE_UPDATES.has(service))
    return { kind: "FIRMWARE_DOWNLOAD", detail: "update of the non-volatile storage" };
  const isPccc = classId === CLASS_PCCC && service === SERVICE_EXECUTE_PCCC;
  return isPccc ? pcccEvent(bytes, start, end) : null;
}

/** Length of the requestor's id, this; command, status, transaction (2), function. */
function pcccEvent(bytes: Uint8Array, start: number, end: number): EventStatement | null {
  const commandAt = start + bytes[start]!;
  if (start >= end || commandAt + 5 > end || bytes[commandAt] !== PCCC_EXTENDED) return null;
  return PCCC_EVENTS[bytes[commandAt + 4]!] ?? null;
}
