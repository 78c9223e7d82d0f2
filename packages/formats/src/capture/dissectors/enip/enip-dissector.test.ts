import { implicitData } from "@breakwater/simulator/capture/enip-messages";
import { describe, expect, it } from "vitest";
import {
  concat,
  ethernet,
  eventsOf,
  identitiesOf,
  inChunks,
  ipv4,
  listIdentity,
  pcap,
  tcpFrame,
  udp,
} from "../../testing/capture-bytes.ts";
import type { Statement } from "../dissector.ts";
import { enipDissector } from "./enip-dissector.ts";

function read(bytes: Uint8Array): { protocol: string | null; statements: Statement[] } {
  const statements: Statement[] = [];
  const message = { bytes, start: 0, end: bytes.length, isFromServer: true, frame: 1, seenAt: 0 };
  const protocol = enipDissector.udp!.datagram(
    message,
    (statement) => statements.push(statement),
    () => {},
  );
  return { protocol, statements };
}

describe("ListIdentity answers", () => {
  it("tell vendor, type, revision, serial number and product", () => {
    const { protocol, statements } = read(listIdentity());
    expect(protocol).toBe("enip");
    expect(statements).toEqual([
      {
        confidence: 95,
        hardware: {
          manufacturer: "Rockwell Automation",
          type: "Communications Adapter",
          firmwareVersion: "10.7",
          serialNumber: "0x00d018e5",
          productName: "1756-EN2T/D",
          catalogNumber: "1756-EN2T/D",
        },
      },
    ]);
  });

  it.each([
    ["1756-L61/B LOGIX5561", "1756-L61/B"],
    ["1766-L32BWA B/15.00", "1766-L32BWA/B"],
    ["1769-L32E Ethernet Port", "1769-L32E"],
    ["2711P-T10C4D8", "2711P-T10C4D8"],
    ["20-COMM-E", "20-COMM-E"],
    ["PowerFlex 525 3P 480V", undefined],
    ["1756-ENBT/A?", undefined],
  ])("derive the catalogue number of %s", (productName, catalogNumber) => {
    expect(read(listIdentity(productName)).statements[0]?.hardware.catalogNumber).toBe(catalogNumber);
  });

  it("derive series and firmware of a MicroLogix from its name, and not from the revision", () => {
    expect(read(listIdentity("1766-L32BWA B/15.02")).statements[0]?.hardware).toMatchObject({
      catalogNumber: "1766-L32BWA/B",
      firmwareVersion: "15.02",
    });
  });

  it("derive no catalogue number for other vendors, and name an unknown vendor by its number", () => {
    expect(read(listIdentity("1756-EN2T/D", 40)).statements[0]?.hardware).toMatchObject({ manufacturer: "WAGO" });
    const hardware = read(listIdentity("1756-EN2T/D", 64999)).statements[0]?.hardware;
    expect(hardware).toMatchObject({ vendorId: "64999" });
    expect(hardware).not.toHaveProperty("manufacturer");
    expect(hardware).not.toHaveProperty("catalogNumber");
  });

  it("are not in the packets of I/O connections, which are known by their items", () => {
    expect(read(implicitData(7, 1, Uint8Array.of(1, 2)))).toEqual({ statements: [], protocol: "cip" });
    expect(read(new Uint8Array(20).fill(2)).protocol).toBeNull();
  });

  it("say nothing when the command failed, the data is the request's, or the item is too short", () => {
    const failed = listIdentity();
    failed[8] = 1;
    expect(read(failed)).toEqual({ protocol: "enip", statements: [] });
    expect(read(concat([0x63, 0, 0, 0], new Uint8Array(20)))).toEqual({ protocol: "enip", statements: [] });
    for (let length = 0; length < 24 + 6 + 33; length++) {
      expect(read(listIdentity().subarray(0, length)).statements).toEqual([]);
    }
  });

  it("are not looked for in payload of another protocol", () => {
    const other = listIdentity();
    other[20] = 1;
    expect(read(other)).toEqual({ protocol: null, statements: [] });
  });
});

describe("a capture", () => {
  it("gives the sender's address and MAC, over UDP and over TCP split anywhere", async () => {
    const answer = listIdentity();
    const overUdp = ethernet([8, 0], ipv4(udp(answer), { protocol: 17 }));
    const expected = { ipAddress: "10.0.0.1", macAddress: "00:1d:9c:00:00:01", hardware: { firmwareVersion: "10.7" } };
    expect(identitiesOf(await eventsOf(inChunks(pcap([overUdp]))))).toMatchObject([expected]);
    for (let split = 1; split < answer.length; split++) {
      const first = tcpFrame(answer.subarray(0, split), { sequence: 100, sourcePort: 44818 });
      const second = tcpFrame(answer.subarray(split), { sequence: 100 + split, sourcePort: 44818 });
      const identities = identitiesOf(await eventsOf(inChunks(pcap([first, second]))));
      expect(identities).toMatchObject([{ ...expected, evidence: { frame: 2 } }]);
    }
  });

  it("gives no MAC for a sender whose time to live shows a router on the way", async () => {
    const routed = ethernet([8, 0], ipv4(udp(listIdentity()), { protocol: 17, timeToLive: 61 }));
    const events = await eventsOf(inChunks(pcap([routed])));
    expect(identitiesOf(events)).toMatchObject([{ ipAddress: "10.0.0.1", macAddress: null }]);
    expect(events.filter(({ type }) => type === "address")).toEqual([]);
  });
});
