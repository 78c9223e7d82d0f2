import { iAm, whoIs } from "@breakwater/simulator/capture/bacnet-messages";
import { dcpIdentifyResponse } from "@breakwater/simulator/capture/layer2-messages";
import { describe, expect, it } from "vitest";
import { LIMITS } from "./limits.ts";
import {
  CLIENT,
  concat,
  endOf,
  ethernet,
  eventsOf,
  identitiesOf,
  inChunks,
  ipv4,
  ipv6,
  issuesOf,
  listIdentity,
  moduleList,
  pcap,
  SERVER,
  szlAnswer,
  tcp,
  tcpFrame,
  tpkt,
  u16,
  u32,
  udp,
} from "./testing/capture-bytes.ts";

const ANSWER = ipv4(udp(listIdentity()), { protocol: 17 });
const parse = (frames: readonly Uint8Array[], linkType = 1) => eventsOf(inChunks(pcap(frames, linkType)));

async function firmwareOf(frames: readonly Uint8Array[], linkType = 1): Promise<(string | undefined)[]> {
  return identitiesOf(await parse(frames, linkType)).map(({ hardware }) => hardware.firmwareVersion);
}

describe("link layers", () => {
  it.each<[string, number, Uint8Array]>([
    ["Ethernet", 1, ethernet([8, 0], ANSWER)],
    ["802.1Q", 1, ethernet([0x81, 0, 0, 5, 8, 0], ANSWER)],
    ["QinQ", 1, ethernet([0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 8, 0], ANSWER)],
    ["SNAP", 1, ethernet([0, 100, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0], ANSWER)],
    ["Linux cooked", 113, concat([0, 0, 0, 1, 0, 6, ...SERVER.mac, 0, 0, 8, 0], ANSWER)],
    ["Linux cooked 2", 276, concat([8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, ...SERVER.mac, 0, 0], ANSWER)],
    [
      "Linux cooked 2 with 802.1Q",
      276,
      concat([0x81, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, ...SERVER.mac, 0, 0, 0, 5, 8, 0], ANSWER),
    ],
    [
      "Linux cooked 2 with QinQ",
      276,
      concat([0x88, 0xa8, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, ...SERVER.mac, 0, 0, 0, 5, 0x81, 0, 0, 6, 8, 0], ANSWER),
    ],
    ["BSD loopback, little-endian", 0, concat([2, 0, 0, 0], ANSWER)],
    ["OpenBSD loopback", 108, concat([0, 0, 0, 2], ANSWER)],
    ["raw IP", 101, ANSWER],
    ["raw IP by number 12", 12, ANSWER],
    ["raw IP by number 14", 14, ANSWER],
    ["IPv4", 228, ANSWER],
    ["IPv6", 229, ipv6(udp(listIdentity()), 17)],
  ])("%s is read", async (_, linkType, frame) => {
    const events = await parse([frame], linkType);
    const hasMac = [1, 113, 276].includes(linkType);
    expect(identitiesOf(events)).toMatchObject([
      { macAddress: hasMac ? "00:1d:9c:00:00:01" : null, hardware: { firmwareVersion: "10.7" } },
    ]);
  });

  it("skips what it cannot decode by reason and counts every frame", async () => {
    const frames = [
      ethernet([0, 38, 0x42, 0x42, 3], new Uint8Array(35)),
      new Uint8Array(5),
      ethernet([8, 0], [0x45, 0, 0]),
      ethernet([8, 0], ipv4([1, 2, 3], { protocol: 17 })),
      ethernet([8, 0], ipv4([1, 2, 3], { protocol: 6 })),
      ethernet([8, 0], concat([0x41], new Uint8Array(30))),
      ethernet([0x81, 0, 0, 5], []),
    ];
    const { summary } = endOf(await parse(frames));
    expect(summary).toMatchObject({
      frames: 7,
      skipped: { llc: 1, "short-ethernet": 1, "short-ip": 1, "short-udp": 1, "short-tcp": 1, "ip-header": 1, vlan: 1 },
    });
  });

  it("says once that the capture kept only the beginning of frames", async () => {
    const file = pcap([ethernet([8, 0], ANSWER).subarray(0, 64), ethernet([8, 0], ANSWER)]);
    // The length on the wire of the first, behind the head of the file.
    file.set(u32(200), 24 + 12);
    const events = await eventsOf(inChunks(file));
    expect(issuesOf(events)).toEqual(["frames-cut at end of file"]);
    expect(identitiesOf(events)).toHaveLength(1);
  });

  it("keeps conversations below IP by MAC, folded, with the protocol of the EtherType", async () => {
    const frames = [
      ethernet([0x88, 0x92], new Uint8Array(46)),
      ethernet([0x88, 0x92], new Uint8Array(46), CLIENT, SERVER),
    ];
    const events = await parse(frames);
    expect(events.filter(({ type }) => type === "conversation")).toMatchObject([
      {
        conversation: {
          client: { ipAddress: null, macAddress: "00:1d:9c:00:00:01" },
          server: { ipAddress: null, macAddress: "00:50:56:00:00:02", port: null },
          transport: "ethernet",
          protocol: "profinet",
          frames: 2,
          bytes: 120,
        },
      },
    ]);
  });
});

describe("hardware addresses", () => {
  const addressesOf = async (frames: readonly Uint8Array[]) =>
    (await parse(frames)).flatMap((event) => (event.type === "address" ? [event.address.ipAddress] : []));
  const asked = ipv4(udp(listIdentity(), 50000, 44818), { protocol: 17, from: CLIENT, to: SERVER });
  const elsewhere = { ip: [10, 0, 0, 9], mac: CLIENT.mac };
  const toElsewhere = (mac: number[]) =>
    ethernet(
      [8, 0],
      ipv4(udp(listIdentity(), 50000, 44818), { protocol: 17, from: CLIENT, to: elsewhere }),
      { ...CLIENT, mac },
      elsewhere,
    );

  it("identify nobody when they are on both ends of a frame or of a flow", async () => {
    expect(await addressesOf([ethernet([8, 0], ANSWER), ethernet([8, 0], asked, CLIENT, SERVER)])).toEqual([
      "10.0.0.1",
      "10.0.0.2",
    ]);
    const looped = { ...CLIENT, mac: SERVER.mac };
    expect(await addressesOf([ethernet([8, 0], ANSWER, SERVER, looped)])).toEqual([]);
    const mirror = { ip: [], mac: [0, 1, 2, 3, 4, 5] };
    const frames = [ethernet([8, 0], ANSWER, SERVER, mirror), ethernet([8, 0], asked, looped, mirror)];
    expect(await addressesOf(frames)).toEqual([]);
    expect(await addressesOf(frames.toReversed())).toEqual([]);
  });

  it("are those of who sits on this link, not of the router before who is four or one away", async () => {
    const told = (timeToLive: number) =>
      addressesOf([ethernet([8, 0], ipv4(udp(listIdentity()), { protocol: 17, timeToLive }))]);
    expect(await Promise.all([64, 128, 30, 63, 60, 127].map(told))).toEqual([
      ...Array(3).fill(["10.0.0.1"]),
      ...Array(3).fill([]),
    ]);
  });

  it("identify nobody when each end was seen in another flow first", async () => {
    const mirror = { ip: [], mac: [0, 1, 2, 3, 4, 5] };
    const looped = { ...CLIENT, mac: SERVER.mac };
    const before = [ethernet([8, 0], ANSWER, SERVER, mirror), toElsewhere(SERVER.mac)];
    expect(await addressesOf([...before, ethernet([8, 0], asked, looped, mirror)])).toEqual([]);
  });
});

describe("IP", () => {
  it("reads options, zero lengths of offloaded segments, and ignores Ethernet padding", async () => {
    const withOptions = ipv4(udp(listIdentity()), { protocol: 17, options: [1, 1, 1, 0] });
    const offloaded = ipv4(udp(listIdentity("1756-EN2TR/C")), { protocol: 17, totalBytes: 0 });
    const identities = identitiesOf(await parse([ethernet([8, 0], withOptions), ethernet([8, 0], offloaded)]));
    expect(identities.map(({ hardware }) => hardware.productName)).toEqual(["1756-EN2T/D", "1756-EN2TR/C"]);
    const padded = concat(tcpFrame(tpkt(szlAnswer(moduleList())).subarray(0, 40), { sequence: 1 }), new Uint8Array(9));
    const rest = tcpFrame(tpkt(szlAnswer(moduleList())).subarray(40), { sequence: 41 });
    expect(await firmwareOf([padded, rest])).toEqual(["V3.2.7"]);
  });

  it("joins IPv4 fragments in any order and counts those never completed", async () => {
    const datagram = udp(listIdentity());
    const part = (start: number, end: number, identification = 7) => {
      const more = end < datagram.length ? 0x2000 : 0;
      return ethernet(
        [8, 0],
        ipv4(datagram.subarray(start, end), { protocol: 17, identification, fragment: more | (start / 8) }),
      );
    };
    const parts = [part(0, 24), part(24, 64), part(64, datagram.length)];
    expect(await firmwareOf(parts)).toEqual(["10.7"]);
    expect(await firmwareOf(parts.toReversed())).toEqual(["10.7"]);
    expect(await firmwareOf([parts[1]!, parts[1]!, part(0, 32), parts[2]!])).toEqual(["10.7"]);
    const events = await parse([parts[0]!, parts[2]!, part(24, 64, 8)]);
    expect(identitiesOf(events)).toEqual([]);
    expect(endOf(events).summary.skipped).toEqual({ "fragment-incomplete": 3 });
  });

  it("bounds the datagrams under reassembly and counts what it gives up", async () => {
    const count = LIMITS.maxFragmentedDatagrams + 50;
    const frames = Array.from({ length: count }, (_, identification) =>
      ethernet([8, 0], ipv4(new Uint8Array(64), { protocol: 17, identification, fragment: 0x2000 })),
    );
    expect(endOf(await parse(frames)).summary.skipped).toEqual({ "fragment-incomplete": count });
  });

  it("reads IPv6 extension headers and fragments, and writes addresses the short way", async () => {
    const datagram = udp(listIdentity());
    const padding = new Array<number>(7).fill(0);
    const extended = ipv6(datagram, 17, [
      [0, padding],
      [60, padding],
      [43, padding],
    ]);
    const identities = identitiesOf(await parse([ethernet([0x86, 0xdd], extended)]));
    expect(identities).toMatchObject([{ ipAddress: "fd00::1", hardware: { firmwareVersion: "10.7" } }]);
    const fragment = (start: number, end: number) => {
      const word = start | (end < datagram.length ? 1 : 0);
      return ethernet([0x86, 0xdd], ipv6(datagram.subarray(start, end), 17, [[44, [0, ...u16(word), ...u32(77)]]]));
    };
    expect(await firmwareOf([fragment(40, datagram.length), fragment(0, 40)])).toEqual(["10.7"]);
  });
});

describe("addresses", () => {
  const arp = (ip: number[], mac: number[]) =>
    ethernet([8, 6], [...u16(1), 8, 0, 6, 4, ...u16(2), ...mac, ...ip, ...CLIENT.mac, ...CLIENT.ip], { ip, mac });
  const pairs = async (frames: Uint8Array[]) =>
    (await parse(frames)).flatMap((event) =>
      event.type === "address"
        ? [[event.address.ipAddress, event.address.macAddress, event.address.firstSeen, event.address.lastSeen]]
        : [],
    );

  it("come from ARP with the times they were seen, and probes tell none", async () => {
    const frames = [arp(SERVER.ip, SERVER.mac), arp([0, 0, 0, 0], CLIENT.mac), arp(SERVER.ip, SERVER.mac)];
    expect(await pairs(frames)).toEqual([["10.0.0.1", "00:1d:9c:00:00:01", 1_000_000, 1_002_000]]);
  });

  it("keep every MAC that spoke for one address", async () => {
    const other = [0, 0x1d, 0x9c, 0, 0, 9];
    const frames = [SERVER.mac, other, SERVER.mac].map((mac) => arp(SERVER.ip, mac));
    expect(await pairs(frames)).toEqual([
      ["10.0.0.1", "00:1d:9c:00:00:01", 1_000_000, 1_002_000],
      ["10.0.0.1", "00:1d:9c:00:00:09", 1_001_000, 1_001_000],
    ]);
  });
});

describe("conversations", () => {
  const segment = (fromServer: boolean, flags: number, ports: [number, number]) => {
    const [from, to] = fromServer ? [SERVER, CLIENT] : [CLIENT, SERVER];
    const [targetPort, sourcePort] = fromServer ? [ports[1], ports[0]] : ports;
    return ethernet(
      [8, 0],
      ipv4(tcp([], { sequence: 1, flags, sourcePort, targetPort }), { protocol: 6, from, to }),
      from,
      to,
    );
  };
  const ends = async (frames: Uint8Array[]) =>
    (await parse(frames)).flatMap((event) => {
      if (event.type !== "conversation") return [];
      const { client, server, frames: count } = event.conversation;
      return [[client.ipAddress, server.ipAddress, server.port, count]];
    });

  it("take the sender of the SYN for the client, whatever the ports", async () => {
    const frames = [segment(false, 0x02, [9000, 50]), segment(true, 0x12, [9000, 50])];
    expect(await ends(frames)).toEqual([["10.0.0.2", "10.0.0.1", 9000, 2]]);
  });

  it("tell whether the server answered: a broadcast address never does", async () => {
    const question = ethernet([8, 0], ipv4(udp(whoIs(), 47808, 47808), { protocol: 17, to: { ip: [10, 0, 0, 255] } }));
    const announcement = ethernet(
      [8, 0],
      ipv4(udp(iAm(7, 8), 47808, 47808), { protocol: 17, to: { ip: [10, 0, 0, 255] } }),
    );
    const events = await parse([
      question,
      announcement,
      segment(false, 0x02, [9000, 50]),
      segment(true, 0x12, [9000, 50]),
    ]);
    const answered = events.flatMap((event) => (event.type === "conversation" ? [event.conversation.isAnswered] : []));
    expect(answered).toEqual([false, true]);
    expect(identitiesOf(events)).toMatchObject([
      { ipAddress: "10.0.0.1", serves: { transport: "udp", port: 47808 }, evidence: { protocol: "bacnet" } },
    ]);
  });

  it("below IP name the station that answers as the server, whoever is met first", async () => {
    const station = { typeOfStation: "S7-1500", nameOfStation: "plc-1", vendorId: 42, deviceId: 0x10e, role: 2 };
    const answer = dcpIdentifyResponse(1, { ...station, ip: Uint8Array.from(SERVER.ip) });
    const frames = [
      ethernet([0x88, 0x92], answer),
      ethernet([0x88, 0x92], concat([0x80, 0], new Uint8Array(44)), CLIENT, SERVER),
      ethernet([0x88, 0x92], concat([0x80, 0], new Uint8Array(44))),
    ];
    const events = await parse(frames);
    expect(events.filter(({ type }) => type === "conversation")).toMatchObject([
      {
        conversation: {
          client: { macAddress: "00:50:56:00:00:02" },
          server: { macAddress: "00:1d:9c:00:00:01" },
          isAnswered: true,
          frames: 3,
        },
      },
    ]);
    expect(identitiesOf(events)[0]).toMatchObject({
      ipAddress: "10.0.0.1",
      macAddress: "00:1d:9c:00:00:01",
      serves: { transport: "ethernet", port: null },
      evidence: { protocol: "profinet-dcp", frame: 1 },
    });
  });

  it("take a port that a dissector knows, then a system port, for the server without a SYN", async () => {
    expect(await ends([segment(true, 0x10, [44818, 1000])])).toEqual([["10.0.0.2", "10.0.0.1", 44818, 1]]);
    expect(await ends([segment(true, 0x10, [502, 1200])])).toEqual([["10.0.0.2", "10.0.0.1", 502, 1]]);
    expect(await ends([segment(true, 0x10, [5000, 60000])])).toEqual([["10.0.0.2", "10.0.0.1", 5000, 1]]);
  });

  it("stay one when a later connection is seen from its middle", async () => {
    const frames = [segment(false, 0x02, [9000, 5000]), segment(true, 0x10, [9000, 5001])];
    expect(await ends(frames)).toEqual([["10.0.0.2", "10.0.0.1", 9000, 2]]);
  });

  it("are bounded, and the frames beyond are counted", async () => {
    const extra = 25;
    const frames = Array.from({ length: LIMITS.maxConversations + extra }, (_, index) => {
      const to = { ip: [172, 16, index >> 8, index & 0xff] };
      return ipv4(udp(new Uint8Array(0), 50000, 161), { protocol: 17, to });
    });
    const bytes = Buffer.concat([
      pcap([], 101),
      ...frames.map((frame) => concat(u32(1), u32(0), u32(28), u32(28), frame)),
    ]);
    const events = await eventsOf(inChunks(bytes));
    expect(events.filter(({ type }) => type === "conversation")).toHaveLength(LIMITS.maxConversations);
    expect(issuesOf(events)).toEqual(["conversation-limit at end of file"]);
    expect(endOf(events).summary.frames).toBe(frames.length);
    expect(endOf(events).isComplete).toBe(true);
  });
});

describe("TCP", () => {
  const unit = tpkt(szlAnswer(moduleList()));
  const cuts = [unit.subarray(0, 20), unit.subarray(20, 70), unit.subarray(70)];
  const at = [1, 21, 71];
  const frame = (index: number) => tcpFrame(cuts[index]!, { sequence: at[index]! });

  it("is put in order, and the completing frame is the evidence", async () => {
    const identities = identitiesOf(await parse([frame(0), frame(2), frame(0), frame(1)]));
    expect(identities).toMatchObject([{ hardware: { firmwareVersion: "V3.2.7" }, evidence: { protocol: "s7comm" } }]);
  });

  it("resynchronises behind a gap and tells what waited when the capture ends", async () => {
    const later = tcpFrame(unit, { sequence: 500 });
    expect(await firmwareOf([frame(0), frame(2), later])).toEqual(["V3.2.7"]);
  });

  it("starts anew with a SYN on the same ports", async () => {
    const syn = tcpFrame([], { sequence: 900, flags: 0x12 });
    expect(await firmwareOf([frame(0), syn, tcpFrame(unit, { sequence: 901 })])).toEqual(["V3.2.7"]);
  });

  it("is read although half-open connections claim all memory", async () => {
    const start = Uint8Array.of(3, 0, 0xff, 0xff, 2, 0xf0, 0x80);
    const count = Math.ceil(LIMITS.maxBufferedBytes / 0xffff) + 50;
    const frames = Array.from({ length: count }, (_, index) =>
      tcpFrame(start, { sequence: 1, targetPort: 10_000 + index }),
    );
    const events = await parse([...frames, frame(0), frame(1), frame(2)]);
    expect(identitiesOf(events)).toMatchObject([{ hardware: { firmwareVersion: "V3.2.7" } }]);
    expect(issuesOf(events)).toEqual([]);
  });

  it("goes on after a segment that the snap length cut", async () => {
    const cut = frame(0).subarray(0, 60);
    const next = tcpFrame(unit, { sequence: 21 });
    expect(await firmwareOf([cut, next])).toEqual(["V3.2.7"]);
  });
});
