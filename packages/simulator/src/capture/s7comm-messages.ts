import { be16, be32, join } from "./message-bytes.ts";
import type { SiemensDevice } from "./plant.ts";

export const S7COMM_PORT = 102;

const PROTOCOL_ID = 0x32;
const ROSCTR_JOB = 1;
const ROSCTR_ACK_DATA = 3;
const ROSCTR_USERDATA = 7;
const SZL_MODULE_IDENTIFICATION = 0x0011;
const SZL_COMPONENT_IDENTIFICATION = 0x001c;
/** S7 header, parameters of an answer, data header: what a unit has besides the list. */
const ANSWER_OVERHEAD_BYTES = 26;

/** TPKT (RFC 1006) around a COTP unit. */
function tpkt(cotp: readonly number[], data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const length = 4 + cotp.length + data.length;
  const packet = new Uint8Array(length);
  packet.set([3, 0, length >> 8, length & 0xff, ...cotp]);
  packet.set(data, 4 + cotp.length);
  return packet;
}

/** Class 0, unit size 1024, calling TSAP 01.00, called TSAP 01.02 (rack 0, slot 2). */
const CONNECT_PARAMETERS = [0xc0, 1, 0x0a, 0xc1, 2, 1, 0, 0xc2, 2, 1, 2];

export function cotpConnectRequest(reference: number): Uint8Array {
  return tpkt([0x11, 0xe0, 0, 0, reference >> 8, reference & 0xff, 0, ...CONNECT_PARAMETERS]);
}

export function cotpConnectConfirm(reference: number, ownReference: number): Uint8Array {
  const references = [reference >> 8, reference & 0xff, ownReference >> 8, ownReference & 0xff];
  return tpkt([0x11, 0xd0, ...references, 0, ...CONNECT_PARAMETERS]);
}

/** An S7 unit in one COTP data unit; job answers carry an error word in the header. */
function s7Unit(rosctr: number, reference: number, parameters: readonly number[], data: Uint8Array): Uint8Array {
  const sizes = [parameters.length >> 8, parameters.length & 0xff, data.length >> 8, data.length & 0xff];
  const error = rosctr === ROSCTR_ACK_DATA ? [0, 0] : [];
  const head = [PROTOCOL_ID, rosctr, 0, 0, reference >> 8, reference & 0xff, ...sizes, ...error, ...parameters];
  const unit = new Uint8Array(head.length + data.length);
  unit.set(head);
  unit.set(data, head.length);
  return tpkt([2, 0xf0, 0x80], unit);
}

const NO_DATA = new Uint8Array(0);

export function setupRequest(reference: number): Uint8Array {
  return s7Unit(ROSCTR_JOB, reference, [0xf0, 0, 0, 1, 0, 1, 0x03, 0xc0], NO_DATA);
}

export function setupAnswer(reference: number, maxPduBytes: number): Uint8Array {
  return s7Unit(ROSCTR_ACK_DATA, reference, [0xf0, 0, 0, 1, 0, 1, maxPduBytes >> 8, maxPduBytes & 0xff], NO_DATA);
}

export type SzlId = typeof SZL_MODULE_IDENTIFICATION | typeof SZL_COMPONENT_IDENTIFICATION;
export const IDENTIFICATION_LISTS: readonly SzlId[] = [SZL_MODULE_IDENTIFICATION, SZL_COMPONENT_IDENTIFICATION];

export function readSzlRequest(reference: number, id: SzlId): Uint8Array {
  const data = Uint8Array.of(0xff, 9, 0, 4, id >> 8, id & 0xff, 0, 0);
  return s7Unit(ROSCTR_USERDATA, reference, [0, 1, 0x12, 4, 0x11, 0x44, 1, 0], data);
}

/** Asks for the next fragment of an answer. */
export function nextFragmentRequest(reference: number, sequence: number): Uint8Array {
  const parameters = [0, 1, 0x12, 8, 0x12, 0x44, 1, sequence, 0, 0, 0, 0];
  return s7Unit(ROSCTR_USERDATA, reference, parameters, Uint8Array.of(0x0a, 0, 0, 0));
}

/** The answer's fragments, each to be sent as the answer to one request. */
export function readSzlAnswers(
  device: SiemensDevice,
  id: SzlId,
  sequence: number,
): ((reference: number) => Uint8Array)[] {
  const list = id === SZL_MODULE_IDENTIFICATION ? moduleList(device) : componentList(device);
  const room = device.maxPduBytes - ANSWER_OVERHEAD_BYTES;
  const count = Math.ceil(list.length / room);
  const unitReference = count > 1 ? 0xd0 + (sequence & 0x0f) : 0;
  return Array.from({ length: count }, (_, index) => (reference: number) => {
    const part = list.subarray(index * room, (index + 1) * room);
    const hasMore = index < count - 1 ? 1 : 0;
    const parameters = [0, 1, 0x12, 8, 0x12, 0x84, 1, sequence, unitReference, hasMore, 0, 0];
    const data = new Uint8Array(4 + part.length);
    data.set([0xff, 9, part.length >> 8, part.length & 0xff]);
    data.set(part, 4);
    return s7Unit(ROSCTR_USERDATA, reference, parameters, data);
  });
}

/** Read of one area: `bytes` bytes of data block 1 from byte 0. */
export function readVariableRequest(reference: number, bytes: number): Uint8Array {
  const item = [0x12, 0x0a, 0x10, 2, bytes >> 8, bytes & 0xff, 0, 1, 0x84, 0, 0, 0];
  return s7Unit(ROSCTR_JOB, reference, [4, 1, ...item], NO_DATA);
}

export function readVariableAnswer(reference: number, values: Uint8Array): Uint8Array {
  const bits = values.length * 8;
  const data = new Uint8Array(4 + values.length);
  data.set([0xff, 4, bits >> 8, bits & 0xff]);
  data.set(values, 4);
  return s7Unit(ROSCTR_ACK_DATA, reference, [4, 1], data);
}

function listOf(id: SzlId, entryBytes: number, entries: readonly Uint8Array[]): Uint8Array {
  const list = new Uint8Array(8 + entryBytes * entries.length);
  const view = new DataView(list.buffer);
  view.setUint16(0, id);
  view.setUint16(4, entryBytes);
  view.setUint16(6, entries.length);
  for (const [index, entry] of entries.entries()) list.set(entry, 8 + index * entryBytes);
  return list;
}

function moduleList({ orderNumber, hardwareVersion, firmware }: SiemensDevice): Uint8Array {
  const entry = (index: number, text: string, version: readonly number[]) => {
    const bytes = new Uint8Array(28);
    bytes[1] = index;
    bytes.set(new TextEncoder().encode(text.padEnd(20).slice(0, 20)), 2);
    bytes.set([0, 0xc0, ...version], 22);
    return bytes;
  };
  return listOf(SZL_MODULE_IDENTIFICATION, 28, [
    entry(1, orderNumber, [0, hardwareVersion, 0, 1]),
    entry(6, orderNumber, [0, hardwareVersion, 0, 1]),
    entry(7, "", [0x56, firmware.major, firmware.minor, firmware.patch]),
  ]);
}

function componentList(device: SiemensDevice): Uint8Array {
  const texts: readonly [number, string][] = [
    [1, device.stationName],
    [2, device.moduleName],
    [3, device.plantName],
    [4, "Original Siemens Equipment"],
    [5, device.serialNumber],
    [7, device.cpuType],
    [8, device.memoryCardSerial],
  ];
  const entries = texts.map(([index, text]) => {
    const bytes = new Uint8Array(34);
    bytes[1] = index;
    bytes.set(new TextEncoder().encode(text).subarray(0, 32), 2);
    return bytes;
  });
  return listOf(SZL_COMPONENT_IDENTIFICATION, 34, entries);
}

/** Opens an S7comm-plus session: function CreateObject of a server session. */
export function plusSessionRequest(sequence: number): Uint8Array {
  return plusUnit(join(PLUS_REQUEST, 0, 0, PLUS_CREATE_OBJECT, 0, 0, 0, sequence, 0x36, be32(0x0000011d)));
}

/** What the CPU answers, cut to the attribute that names it (319, SystemPAOMString): `1;<order number>;V<firmware>`. */
export function plusSessionAnswer(sequence: number, orderNumber: string, firmware: string): Uint8Array {
  const text = `1;${orderNumber};V${firmware}`;
  const attribute = join(0xa3, 0x82, 0x3f, 0x00, 0x15, text.length, text);
  const head = join(PLUS_RESPONSE, 0, 0, PLUS_CREATE_OBJECT, 0, 0, 0, sequence, 0x36, 0, 1, 0x87, 0x33, 0xa1);
  return plusUnit(join(head, be32(0x0000011d), attribute, 0xa2, be32(0)));
}

const PLUS_REQUEST = 0x31;
const PLUS_RESPONSE = 0x32;
const PLUS_CREATE_OBJECT = [0x04, 0xca];

/** Header and trailer of protocol version 1, which needs no integrity part. */
function plusUnit(data: Uint8Array): Uint8Array {
  return tpkt([2, 0xf0, 0x80], join(0x72, 1, be16(data.length), data, 0x72, 1, 0, 0));
}

/** A job without data: function and its parameters. */
export function s7Job(reference: number, parameters: readonly number[]): Uint8Array {
  return s7Unit(ROSCTR_JOB, reference, parameters, NO_DATA);
}

/** PI service P_PROGRAM, warm start; `C ` as argument asks for a cold one. */
export function plcStart(reference: number, isCold = false): Uint8Array {
  const argument = isCold ? "C " : "";
  return s7Job(reference, [...join(0x28, 0, 0, 0, 0, 0, 0, 0xfd, be16(argument.length), argument, 9, "P_PROGRAM")]);
}

export function plcStop(reference: number): Uint8Array {
  return s7Job(reference, [...join(0x29, 0, 0, 0, 0, 0, 9, "P_PROGRAM")]);
}

/** @param block `0800001`: type in hexadecimal and number; 0x1a to 0x1c begin, do and end a download, 0x1d begins an upload */
export function namedTransfer(reference: number, code: 0x1a | 0x1b | 0x1c | 0x1d, block: string): Uint8Array {
  return s7Job(reference, [...join(code, 0, 1, 0, 0, 0, 0, 0, 9, `_${block}P`)]);
}

/** @param code 0x1e upload, 0x1f end of it */
export function unnamedTransfer(reference: number, code: 0x1e | 0x1f): Uint8Array {
  return s7Job(reference, [code, 0, 0, 0, 0, 0, 0, 1]);
}
