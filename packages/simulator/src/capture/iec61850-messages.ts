import { be16, be32, join } from "./message-bytes.ts";

export const MMS_PORT = 102;
export const ETHERTYPE_GOOSE = 0x88b8;
export const GOOSE_GROUP = [0x01, 0x0c, 0xcd, 0x01, 0x00, 0x01];

function ber(tag: number, ...contents: (number | readonly number[] | Uint8Array | string)[]): Uint8Array {
  const body = join(...contents);
  const length = body.length < 0x80 ? [body.length] : [0x82, ...be16(body.length)];
  return join(tag, length, body);
}

/** What follows the EtherType: APPID 1, one boolean in the data set. */
export function goose(names: { controlBlock: string; dataSet: string; gooseId: string }, sequence: number): Uint8Array {
  const pdu = ber(
    0x61,
    ber(0x80, names.controlBlock),
    ber(0x81, be16(2000)),
    ber(0x82, names.dataSet),
    ber(0x83, names.gooseId),
    ber(0x84, be32(1_767_571_200), be32(0x0a)),
    ber(0x85, 1),
    ber(0x86, be32(sequence)),
    ber(0x87, 0),
    ber(0x88, 1),
    ber(0x89, 0),
    ber(0x8a, 1),
    ber(0xab, ber(0x83, 1)),
  );
  return join(be16(1), be16(8 + pdu.length), be16(0), be16(0), pdu);
}

/** TPKT, COTP data, session give-tokens and data, presentation with one value in context 3. */
function mms(pdu: Uint8Array): Uint8Array {
  const session = join([1, 0, 1, 0], ber(0x61, ber(0x30, ber(0x02, 3), ber(0xa0, pdu))));
  return join(3, 0, be16(7 + session.length), 2, 0xf0, 0x80, session);
}

export function mmsIdentifyRequest(invoke: number): Uint8Array {
  return mms(ber(0xa0, ber(0x02, invoke), ber(0x82)));
}

export function mmsIdentifyResponse(invoke: number, told: { vendor: string; model: string; revision: string }) {
  const answer = ber(0xa2, ber(0x80, told.vendor), ber(0x81, told.model), ber(0x82, told.revision));
  return mms(ber(0xa1, ber(0x02, invoke), answer));
}
