import type { HardwareIdentity } from "../../../records.ts";
import type { Statement } from "../dissector.ts";
import { UaReader } from "./ua-reader.ts";

// Node ids of binary encodings (OPC 10000-6, annex A).
const FIND_SERVERS_RESPONSE = 425;
const GET_ENDPOINTS_RESPONSE = 431;
const CREATE_SESSION_RESPONSE = 464;
const READ_RESPONSE = 634;
const BUILD_INFO = 340;

/** Bits of a DataValue, built-in type and form of a Variant (OPC 10000-6, 5.2.2.16 and 5.2.2.17). */
const HAS_VALUE = 0x01;
const VALUE_MEMBERS: readonly (readonly [bit: number, bytes: number])[] = [
  [0x02, 4],
  [0x04, 8],
  [0x10, 2],
  [0x08, 8],
  [0x20, 2],
];
const TYPE_EXTENSION_OBJECT = 22;
const TYPE_LOCALIZED_TEXT = 21;
const TYPE_STRING = 12;
const TYPE_BYTE_STRING = 15;
/** Bytes of scalar types 1 (Boolean) to 11 (Double), 13 (DateTime), 14 (Guid), 19 (StatusCode). */
const SCALAR_BYTES: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 1,
  4: 2,
  5: 2,
  6: 4,
  7: 4,
  8: 8,
  9: 8,
  10: 4,
  11: 8,
  13: 8,
  14: 16,
  19: 4,
};
const MAX_VALUES = 1000;

/** Names that the application was given; what hardware it runs on, they do not say. */
const APPLICATION_CONFIDENCE = 50;
/** A version is the server's, and the device's where the server is part of it. */
const BUILD_CONFIDENCE = 60;

/** What a service's answer says about the server; null for services that say nothing. */
export function readServiceAnswer(bytes: Uint8Array, start: number, end: number): Statement | null {
  const reader = new UaReader(bytes, start, end);
  const service = reader.nodeId();
  if (service === READ_RESPONSE) return reader.responseHeader() ? readBuildInfo(reader) : null;
  const isKnown =
    service === FIND_SERVERS_RESPONSE || service === GET_ENDPOINTS_RESPONSE || service === CREATE_SESSION_RESPONSE;
  if (!isKnown || !reader.responseHeader()) return null;
  if (service === CREATE_SESSION_RESPONSE) {
    reader.nodeId();
    reader.nodeId();
    // Time-out, nonce, certificate.
    reader.skip(8);
    reader.skip(reader.count());
    reader.skip(reader.count());
  }
  const count = reader.count();
  if (service === FIND_SERVERS_RESPONSE) return count === 1 ? readApplication(reader) : null;
  if (count === 0) return null;
  // All endpoints of the list are the server's own; each begins with its URL.
  reader.text();
  return readApplication(reader);
}

function readApplication(reader: UaReader): Statement | null {
  const applicationUri = reader.text();
  const productUri = reader.text();
  const applicationName = reader.localizedText();
  const hardware: HardwareIdentity = {};
  if (applicationName !== "") hardware.productName = applicationName;
  if (applicationUri !== "") hardware.moduleName = applicationUri;
  if (productUri !== "") hardware.deviceId = productUri;
  if (reader.isBroken || Object.keys(hardware).length === 0) return null;
  return { hardware, confidence: APPLICATION_CONFIDENCE };
}

/** The first value of type BuildInfo; values before it are stepped over as long as their types are simple. */
function readBuildInfo(reader: UaReader): Statement | null {
  const count = Math.min(MAX_VALUES, reader.count());
  for (let left = count; left > 0 && !reader.isBroken; left--) {
    const mask = reader.u8();
    const isFound = (mask & HAS_VALUE) !== 0 && stepIntoValue(reader);
    if (isFound) return toBuildStatement(reader);
    for (const [bit, bytes] of VALUE_MEMBERS) if ((mask & bit) !== 0) reader.skip(bytes);
  }
  return null;
}

/** Steps over a Variant; answers true, and stands at its body, when that is BuildInfo. */
function stepIntoValue(reader: UaReader): boolean {
  const type = reader.u8();
  const bytes = SCALAR_BYTES[type];
  if (bytes !== undefined) reader.skip(bytes);
  else if (type === TYPE_STRING || type === TYPE_BYTE_STRING) reader.skip(reader.count());
  else if (type === TYPE_LOCALIZED_TEXT) reader.localizedText();
  else if (type === TYPE_EXTENSION_OBJECT && reader.objectType() === BUILD_INFO) return !reader.isBroken;
  else reader.isBroken = true;
  return false;
}

function toBuildStatement(reader: UaReader): Statement | null {
  const productUri = reader.text();
  const manufacturer = reader.text();
  const productName = reader.text();
  const firmwareVersion = reader.text();
  if (reader.isBroken) return null;
  const told = { deviceId: productUri, manufacturer, productName, firmwareVersion };
  const hardware: HardwareIdentity = Object.fromEntries(Object.entries(told).filter(([, text]) => text !== ""));
  return Object.keys(hardware).length === 0 ? null : { hardware, confidence: BUILD_CONFIDENCE };
}
