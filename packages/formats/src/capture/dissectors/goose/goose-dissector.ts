import { readText, readU16Be } from "../../byte-order.ts";
import { type BerElement, readBer } from "../ber.ts";
import type { Dissector, Emit, Message } from "../dissector.ts";

// IEC 61850-8-1, annexes A and C.
const ETHERTYPE_GOOSE = 0x88b8;
/** APPID, length, two reserved words. */
const HEADER_BYTES = 8;
const TAG_GOOSE_PDU = 0x61;
const TAG_CONTROL_BLOCK = 0x80;
const TAG_GOOSE_ID = 0x83;
/** Names come before the time stamp; what follows are counters and the data. */
const MAX_ELEMENTS = 4;

/** Names that the plant's engineer gave: `XCBR_IED1CTRL/LLN0$GO$Trip`. */
const NAME_CONFIDENCE = 60;
/** Only who measures or switches publishes. */
const ROLE_CONFIDENCE = 40;

function readFrame({ bytes, start, end }: Message, emit: Emit): void {
  if (end - start < HEADER_BYTES) return;
  const length = readU16Be(bytes, start + 2);
  if (length < HEADER_BYTES || start + length > end) return;
  const pdu = readBer(bytes, start + HEADER_BYTES, start + length);
  if (pdu?.tag !== TAG_GOOSE_PDU) return;
  let controlBlock = "";
  let gooseId = "";
  let at = pdu.start;
  for (let count = 0; count < MAX_ELEMENTS; count++) {
    const element: BerElement | null = readBer(bytes, at, pdu.end);
    if (element === null) break;
    if (element.tag === TAG_CONTROL_BLOCK) controlBlock = readText(bytes, element.start, element.end);
    if (element.tag === TAG_GOOSE_ID) gooseId = readText(bytes, element.start, element.end);
    at = element.end;
  }
  if (controlBlock === "") return;
  const deviceName = gooseId === "" ? controlBlock.split("/")[0]! : gooseId;
  emit({ hardware: { deviceName, moduleName: controlBlock }, confidence: NAME_CONFIDENCE });
  emit({ hardware: { type: "IEC 61850 IED" }, confidence: ROLE_CONFIDENCE });
}

/** GOOSE: a publisher's control block reference and id, its names. */
export const gooseDissector: Dissector = {
  protocol: "goose",
  ethernet: { etherTypes: [ETHERTYPE_GOOSE], frame: readFrame },
};
