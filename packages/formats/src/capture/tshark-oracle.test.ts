import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { demoPlant, writePlantCapture } from "@breakwater/simulator/capture/index";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endOf, eventsOf, identitiesOf } from "./testing/capture-bytes.ts";
import { hasTshark, tshark } from "./testing/tshark.fixture.ts";

const CHECKSUMS = ["ip", "tcp", "udp"].flatMap((protocol) => ["-o", `${protocol}.check_checksum:TRUE`]);

describe.skipIf(!hasTshark)(
  `generated captures, with tshark as the oracle${hasTshark ? "" : " (skipped: tshark is not installed)"}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), "breakwater-oracle-"));
    const file = join(folder, "plant.pcapng");

    beforeAll(async () => {
      const layout = { format: "pcapng", timeUnit: "nanoseconds", startAt: Date.UTC(2026, 0, 5), seed: 11 } as const;
      const chunks = await Array.fromAsync(writePlantCapture(demoPlant(), layout));
      writeFileSync(file, Buffer.concat(chunks));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it("have neither malformed packets nor wrong checksums", () => {
      const wrong = "_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0";
      expect(tshark(file, ...CHECKSUMS, "-Y", wrong)).toEqual([]);
    });

    it("are read to the same number of frames", async () => {
      const { summary } = endOf(await eventsOf(createReadStream(file)));
      expect(summary.frames).toBe(tshark(file, "-T", "fields", "-e", "frame.number").length);
    });

    it("give the serial numbers of ListIdentity that tshark reads", async () => {
      const identities = identitiesOf(await eventsOf(createReadStream(file)));
      const ours = identities.flatMap(({ evidence, hardware }) =>
        evidence.protocol === "enip" && hardware.serialNumber ? [hardware.serialNumber] : [],
      );
      const theirs = tshark(file, "-Y", "enip.lir.serial", "-T", "fields", "-e", "enip.lir.serial");
      expect(theirs.length).toBeGreaterThan(0);
      expect(new Set(ours)).toEqual(new Set(theirs.map((serial) => serial.toLowerCase())));
    });

    it("give the order numbers of SZL 0x0011 that tshark reads", async () => {
      const identities = identitiesOf(await eventsOf(createReadStream(file)));
      const ours = identities.flatMap(({ hardware }) => (hardware.orderNumber ? [hardware.orderNumber] : []));
      const field = "s7comm.szl.xy11.0001.anz";
      const lines = tshark(file, "-Y", field, "-T", "fields", "-E", "aggregator=|", "-e", field);
      // Records of boot loader and firmware have a blank order number.
      const theirs = lines
        .flatMap((line) => line.split("|").map((number) => number.trim()))
        .filter((number) => number !== "");
      expect(theirs.length).toBeGreaterThan(0);
      expect(new Set(ours.map((number) => number.trim()))).toEqual(new Set(theirs));
    });
  },
);
