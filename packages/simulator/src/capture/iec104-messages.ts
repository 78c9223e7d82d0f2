import { join, le16 } from "./message-bytes.ts";

export const IEC104_PORT = 2404;

export function startTransfer(): Uint8Array {
  return join(0x68, 4, 0x07, 0, 0, 0);
}

export function startTransferConfirm(): Uint8Array {
  return join(0x68, 4, 0x0b, 0, 0, 0);
}

function information(sent: number, received: number, asdu: Uint8Array): Uint8Array {
  return join(0x68, 4 + asdu.length, le16(sent << 1), le16(received << 1), asdu);
}

/** M_SP_NA_1, spontaneous: one single point of a station. */
export function singlePoint(sent: number, station: number, object: number, isOn: boolean): Uint8Array {
  return information(sent, 0, join(1, 1, 3, 0, le16(station), le16(object), 0, isOn ? 1 : 0));
}

/** C_RP_NA_1, general reset. */
export function resetProcess(sent: number, station: number): Uint8Array {
  return information(sent, 0, join(105, 1, 6, 0, le16(station), 0, 0, 0, 1));
}
