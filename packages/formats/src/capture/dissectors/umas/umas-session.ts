import { readText, readU16Be } from "../../byte-order.ts";
import type { Emit, Message } from "../dissector.ts";

// Schneider does not publish UMAS; the layout of these two messages is as public tools read them (nmap's
// modicon-info, Apache PLC4X `umas.mspec`, PlcIdent).
const CODE_READ_ID = 0x02;
const CODE_SUCCESS = 0xfe;
/** Past MBAP and function: session key, then the code. */
const CODE_AT = 9;
/** Length of the CPU's name, the name following. */
const NAME_LENGTH_AT = 32;
const MAX_PENDING = 32;

const CONFIDENCE = 90;
/** A Modicon name: `BMX P34 2020`, `TSXP571634M`, `140 CPU 311 10`; anything else is a station's or project's name. */
const CPU_NAME = /^(BMX|BME|TM2|140|TSX|171)[A-Z0-9 ]{3,20}$/;

/** Answers do not repeat what was asked, so the questions of one connection are remembered by transaction. */
export class UmasSession {
  readonly #pending = new Set<number>();

  message({ bytes, start, end, isFromServer }: Message, emit: Emit): void {
    if (end - start <= CODE_AT) return;
    const transaction = readU16Be(bytes, start);
    const code = bytes[start + CODE_AT];
    if (!isFromServer) {
      if (this.#pending.size >= MAX_PENDING) this.#pending.clear();
      if (code === CODE_READ_ID) this.#pending.add(transaction);
      return;
    }
    if (!this.#pending.delete(transaction) || code !== CODE_SUCCESS || end - start <= NAME_LENGTH_AT) return;
    const nameAt = start + NAME_LENGTH_AT + 1;
    const nameEnd = nameAt + bytes[start + NAME_LENGTH_AT]!;
    const name = nameEnd > end ? "" : readText(bytes, nameAt, nameEnd);
    if (name === "") return;
    const hardware = { manufacturer: "Schneider Electric", type: "Programmable Logic Controller (PLC)" };
    const named = CPU_NAME.test(name) ? { orderNumber: name, model: name } : { deviceName: name };
    emit({ hardware: { ...hardware, ...named }, confidence: CONFIDENCE, protocol: "umas" });
  }

  clear(): void {
    this.#pending.clear();
  }
}
