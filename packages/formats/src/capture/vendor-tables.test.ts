import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ouiVendors } from "@breakwater/domain/ot/index";
import { beforeAll, describe, expect, it } from "vitest";
import { BACNET_VENDORS } from "./dissectors/bacnet/vendors.ts";
import { CIP_DEVICE_TYPES } from "./dissectors/enip/device-types.ts";
import { ODVA_VENDORS } from "./dissectors/enip/vendors.ts";
import { ethernet, pcap } from "./testing/capture-bytes.ts";
import { hasTshark, tshark, tsharkValues } from "./testing/tshark.fixture.ts";

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
      const named = [...table!].filter(([, name]) => !/^reserved|^unused|^$/i.test(name));
      expect(named.filter(([number]) => ours[number] === undefined)).toEqual([]);
      const wrong = Object.entries(ours).filter(([number, name]) => {
        const there = new Set(wordsOf(table?.get(Number(number)) ?? ""));
        return (
          name !== table?.get(Number(number)) &&
          ![...wordsOf(name), ...(FORMER_NAMES[name] ?? [])].some((word) => there.has(word))
        );
      });
      expect(wrong.map(([number, name]) => `${number} ${name}, there ${table?.get(Number(number))}`)).toEqual([]);
    });
  },
);

describe.skipIf(!hasTshark)(
  `blocks of MACs, with tshark's own as the oracle${hasTshark ? "" : " (skipped: tshark is not installed)"}`,
  () => {
    /** What tshark writes for a name that is not that of the registry. */
    const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
      GE: ["general", "multilin"],
      HP: ["hewlett"],
      Emerson: ["fisher", "rosemount"],
      "Schneider Electric": ["telemecanique", "modicon", "square"],
      "Rockwell Automation": ["allen"],
      "HMS Networks": ["hms"],
    };

    it("each block is whose it is there", async () => {
      const blocks = [...ouiVendors];
      const frames = blocks.map(([block]) => {
        const mac = [...Buffer.from(block, "hex"), 1, 2, 3];
        return ethernet([0x08, 0x00], new Uint8Array(46), { ip: [], mac });
      });
      const folder = await mkdtemp(join(tmpdir(), "oui-"));
      const file = join(folder, "blocks.pcap");
      await writeFile(file, pcap(frames));
      const theirs = tshark(file, "-N", "m", "-T", "fields", "-e", "eth.src.oui", "-e", "eth.src.oui_resolved");
      await rm(folder, { recursive: true });
      expect(theirs).toHaveLength(blocks.length);
      const wrong = blocks.filter(([, name], index) => {
        const there = new Set(wordsOf(theirs[index]!.split("\t")[1] ?? ""));
        return ![...wordsOf(name), ...(SPELLINGS[name] ?? [])].some((word) => there.has(word));
      });
      expect(wrong.map(([block, name]) => `${block} ${name}`)).toEqual([]);
    });
  },
);
