import type { HardwareIdentity } from "../../../records.ts";
import type { MemoryBudget } from "../../limits.ts";
import { ByteJoiner } from "../byte-joiner.ts";
import type { Dissector, Emit, Message, Session } from "../dissector.ts";

// Fox is text: `fox a <sequence> <reply> <channel> <command>\n{\nkey=type:value\n…};;\n`. Tridium does not publish it; the
// hello is as nmap's fox-info reads it. Stations number their messages from 0, clients from 1.
const PORT = 1911;
const STATION_HELLO = "fox a 0 -1 fox hello\n";
const MESSAGE_END = ";;\n";
const MAX_HELLO_BYTES = 8 * 1024;
const LINE = /^([A-Za-z.]{1,40})=s:(.{1,200})$/gm;

/** The station's own word. */
const CONFIDENCE = 85;

/** Only the hello of the station is of interest: it is joined from segments, and nothing after it is looked at. */
class FoxSession implements Session {
  readonly #joiner: ByteJoiner;
  /** The last characters joined. */
  #tail = "";

  constructor(budget: MemoryBudget) {
    this.#joiner = new ByteJoiner(budget, MAX_HELLO_BYTES);
  }

  message({ bytes, start, end, isFromServer }: Message, emit: Emit): string | null {
    if (!isFromServer) return startsLike(bytes, start, end, "fox a ") ? "fox" : null;
    if (this.#joiner.isEmpty && !startsLike(bytes, start, end, STATION_HELLO)) return null;
    if (this.#joiner.isEmpty) this.#tail = "";
    // The mark itself may be cut by a segment's end.
    for (let at = Math.max(start, end - MESSAGE_END.length); at < end; at++)
      this.#tail += String.fromCharCode(bytes[at]!);
    this.#tail = this.#tail.slice(-MESSAGE_END.length);
    if (!this.#joiner.add(bytes, start, end) || this.#tail !== MESSAGE_END) return null;
    const hello = this.#joiner.join();
    if (!startsLike(hello, 0, hello.length, STATION_HELLO)) return null;
    const hardware = readHello(Buffer.from(hello.buffer, hello.byteOffset, hello.length).toString("utf8"));
    if (hardware !== null) emit({ hardware, confidence: CONFIDENCE });
    return "fox";
  }

  gap(isFromServer: boolean): void {
    if (isFromServer) this.#joiner.clear();
  }

  close(): void {
    this.#joiner.clear();
  }
}

/** Whether the bytes are a beginning of the text, or begin with it. */
function startsLike(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  const length = Math.min(text.length, end - start);
  for (let index = 0; index < length; index++) if (bytes[start + index] !== text.charCodeAt(index)) return false;
  return length > 0;
}

function readHello(text: string): HardwareIdentity | null {
  const told = new Map<string, string>();
  for (const [, key, value] of text.matchAll(LINE)) if (!told.has(key!)) told.set(key!, value!.trim());
  const version = told.get("app.version");
  const brand = told.get("brandId");
  const name = told.get("station.name") ?? told.get("hostName");
  if (version === undefined && brand === undefined && name === undefined) return null;
  const hardware: HardwareIdentity = { manufacturer: "Tridium", family: "Niagara" };
  hardware.productName = brand === undefined ? "Niagara" : `Niagara (${brand})`;
  if (version !== undefined) hardware.firmwareVersion = version;
  if (name !== undefined) hardware.deviceName = name;
  const hostId = told.get("hostId");
  if (hostId !== undefined) hardware.serialNumber = hostId;
  const system = [told.get("os.name"), told.get("os.version")].filter((text) => text).join(" ");
  if (system !== "") hardware.operatingSystem = system;
  // Controllers run QNX; on other systems the station is a supervisor's software.
  if (told.get("os.name")?.startsWith("QNX")) hardware.type = "Building Automation Controller";
  return hardware;
}

/** Niagara Fox: application version, brand, station and host from the station's hello. */
export const foxDissector: Dissector = {
  protocol: "fox",
  tcp: {
    ports: [PORT],
    // Messages end with a mark instead of beginning with a length: every segment is handed on as it comes.
    framing: { headerBytes: 1, pduBytes: (_, at, end) => end - at },
    openSession: (budget) => new FoxSession(budget),
  },
};
