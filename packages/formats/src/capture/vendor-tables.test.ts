import { beforeAll, describe, expect, it } from "vitest";
import { BACNET_VENDORS } from "./dissectors/bacnet/vendors.ts";
import { CIP_DEVICE_TYPES } from "./dissectors/enip/device-types.ts";
import { ODVA_VENDORS } from "./dissectors/enip/vendors.ts";
import { hasTshark, tsharkValues } from "./testing/tshark.fixture.ts";

/** Names that the bodies who assign the numbers still list under what a manufacturer was called before. */
const FORMER_NAMES: Readonly<Record<string, readonly string[]>> = { "Schneider Electric": ["tac"] };

const TABLES = [
  ["cip.id.vendor_id", ODVA_VENDORS],
  ["cip.id.device_type", CIP_DEVICE_TYPES],
  ["bacapp.vendor_identifier", BACNET_VENDORS],
] as const;

/** Words without legal forms and marks: `Weidmüller`, `Weidmuller` and `Weidmueller` are one. */
function wordsOf(name: string): string[] {
  const plain = name.toLowerCase().replaceAll("ü", "u").replaceAll("ue", "u");
  return plain.match(/[a-z0-9]{2,}/g) ?? [];
}

describe.skipIf(!hasTshark)(
  `tables of numbers, with tshark's own as the oracle${hasTshark ? "" : " (skipped: tshark is not installed)"}`,
  () => {
    let theirs: ReturnType<typeof tsharkValues>;
    beforeAll(() => {
      theirs = tsharkValues(...TABLES.map(([field]) => field));
    });

    // Tables of PROFINET and HART numbers are in no dissector of tshark's.
    it.each(TABLES)("%s: each number is who it is there", (field, ours) => {
      const table = theirs.get(field);
      expect(table?.size).toBeGreaterThan(40);
      const wrong = Object.entries(ours).filter(([number, name]) => {
        const there = new Set(wordsOf(table?.get(Number(number)) ?? ""));
        return ![...wordsOf(name), ...(FORMER_NAMES[name] ?? [])].some((word) => there.has(word));
      });
      expect(wrong.map(([number, name]) => `${number} ${name}, there ${table?.get(Number(number))}`)).toEqual([]);
    });
  },
);
