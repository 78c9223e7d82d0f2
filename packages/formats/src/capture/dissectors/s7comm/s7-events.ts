import { readText, readU16Be } from "../../byte-order.ts";
import type { EventStatement } from "../dissector.ts";

// S7 job units, as the s7comm dissector of Wireshark reads them: protocol, ROSCTR, reserved, reference, two lengths.
const HEADER_BYTES = 10;
const ROSCTR_JOB = 1;

const FUNCTION_REQUEST_DOWNLOAD = 0x1a;
const FUNCTION_DOWNLOAD_ENDED = 0x1c;
const FUNCTION_START_UPLOAD = 0x1d;
const FUNCTION_END_UPLOAD = 0x1f;
const FUNCTION_PI_SERVICE = 0x28;
const FUNCTION_PLC_STOP = 0x29;

/** Behind function, status and identifier: length and text of `_0A00001P`. */
const FILE_NAME_AT = 8;
/** Behind seven bytes without meaning: length of the arguments, these, length and name of the service. */
const ARGUMENTS_AT = 8;

const BLOCK_NAME = /^_(08|0A|0B|0C|0D|0E|0F)(\d{5})[ABP]$/;
const BLOCK_TYPES: Readonly<Record<string, string>> = {
  "08": "OB",
  "0A": "DB",
  "0B": "SDB",
  "0C": "FC",
  "0D": "SFC",
  "0E": "FB",
  "0F": "SFB",
};

/** Program invocation services that change the program or the state of the CPU. */
const SERVICES: Readonly<Record<string, EventStatement>> = {
  P_PROGRAM: { kind: "START", detail: "PLC start" },
  _INSE: { kind: "PROGRAM_DOWNLOAD", detail: "insert block" },
  _DELE: { kind: "PROGRAM_DOWNLOAD", detail: "delete block" },
};

/** What a job asks the CPU to do; null for jobs that leave program and state alone, and for answers. */
export function s7Event(bytes: Uint8Array, start: number, end: number): EventStatement | null {
  if (end - start <= HEADER_BYTES || bytes[start + 1] !== ROSCTR_JOB) return null;
  const at = start + HEADER_BYTES;
  const parameterEnd = Math.min(end, at + readU16Be(bytes, start + 6));
  if (parameterEnd <= at) return null;
  const code = bytes[at]!;
  if (code === FUNCTION_PLC_STOP) return { kind: "STOP", detail: "PLC stop" };
  if (code === FUNCTION_PI_SERVICE) return serviceEvent(bytes, at, parameterEnd);
  if (code >= FUNCTION_REQUEST_DOWNLOAD && code <= FUNCTION_DOWNLOAD_ENDED)
    return { kind: "PROGRAM_DOWNLOAD", detail: blockName(bytes, at, parameterEnd) };
  if (code >= FUNCTION_START_UPLOAD && code <= FUNCTION_END_UPLOAD)
    return { kind: "PROGRAM_UPLOAD", detail: blockName(bytes, at, parameterEnd) };
  return null;
}

function serviceEvent(bytes: Uint8Array, at: number, end: number): EventStatement | null {
  if (at + ARGUMENTS_AT + 2 > end) return null;
  const argumentsEnd = at + ARGUMENTS_AT + 2 + readU16Be(bytes, at + ARGUMENTS_AT);
  if (argumentsEnd >= end) return null;
  const nameEnd = argumentsEnd + 1 + bytes[argumentsEnd]!;
  const event = nameEnd > end ? undefined : SERVICES[readText(bytes, argumentsEnd + 1, nameEnd)];
  const isCold = event?.kind === "START" && argumentsEnd - at > ARGUMENTS_AT + 2;
  return isCold ? { kind: "START", detail: "PLC cold start" } : (event ?? null);
}

/** `OB 1`; empty for the transfers of its parts, which do not name it. */
function blockName(bytes: Uint8Array, at: number, end: number): string {
  if (at + FILE_NAME_AT >= end) return "";
  const nameEnd = at + FILE_NAME_AT + 1 + bytes[at + FILE_NAME_AT]!;
  const match = nameEnd > end ? null : BLOCK_NAME.exec(readText(bytes, at + FILE_NAME_AT + 1, nameEnd));
  return match === null ? "" : `${BLOCK_TYPES[match[1]!]} ${Number(match[2])}`;
}
