import { be16, be32, join } from "./message-bytes.ts";

export const SYNCHROPHASOR_PORT = 4712;

/** CRC-CCITT with initial value 0xFFFF, bit by bit. */
function crc(bytes: Uint8Array): number {
  let value = 0xffff;
  for (const byte of bytes) {
    value ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) value = (value & 0x8000) !== 0 ? ((value << 1) ^ 0x1021) & 0xffff : value << 1;
  }
  return value & 0xffff;
}

/** A frame of any type around a body: 3 configuration 2, 4 command, 5 configuration 3. */
export function synchrophasorFrame(type: number, version: number, stream: number, body: Uint8Array): Uint8Array {
  const head = join(0xaa, (type << 4) | version, be16(16 + body.length), be16(stream), be32(1_767_571_200), be32(0));
  const bytes = join(head, body);
  return join(bytes, be16(crc(bytes)));
}

/** Asks for configuration 2. */
export function synchrophasorCommand(stream: number): Uint8Array {
  return synchrophasorFrame(4, 1, stream, join(be16(5)));
}

/** Configuration 2: each station has one phasor and nothing else. */
export function synchrophasorConfiguration(stream: number, stations: readonly string[]): Uint8Array {
  const blocks = stations.map((name, index) =>
    join(
      name.padEnd(16),
      be16(stream + index),
      be16(0),
      be16(1),
      be16(0),
      be16(0),
      "VA".padEnd(16),
      be32(0),
      be16(1),
      be16(0),
    ),
  );
  return synchrophasorFrame(3, 1, stream, join(be32(1_000_000), be16(stations.length), ...blocks, be16(50)));
}

/** Configuration 3 of one station. */
export function synchrophasorConfiguration3(stream: number, station: string): Uint8Array {
  const name = join(station.length, station);
  const counts = join(be16(stream), new Uint8Array(16), be16(0), be16(0), be16(0), be16(0));
  const place = join(be32(0), be32(0), be32(0), "M", be32(0), be32(0), be16(0), be16(0));
  return synchrophasorFrame(5, 2, stream, join(be16(0), be32(1_000_000), be16(1), name, counts, place, be16(50)));
}
