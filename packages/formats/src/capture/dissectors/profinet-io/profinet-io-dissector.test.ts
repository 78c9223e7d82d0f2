import { contextManager, PROFINET_CM_PORT } from "@breakwater/simulator/capture/profinet-io-messages";
import { describe, expect, it } from "vitest";
import { ethernet, eventsOf, identitiesOf, inChunks, ipv4, pcap, udp } from "../../testing/capture-bytes.ts";
import { readDatagram } from "../../testing/read-dialogue.ts";
import { profinetIoDissector } from "./profinet-io-dissector.ts";

const STATION = { vendorId: 42, deviceId: 0x0313 };
const read = (bytes: Uint8Array) => readDatagram(profinetIoDissector, bytes);

describe("the context manager of PROFINET IO", () => {
  it.each([true, false])(
    "is asked by a controller for a device of that vendor and kind, little-endian: %s",
    (isLittle) => {
      expect(read(contextManager(0, { ...STATION, isLittle }))).toEqual({
        protocols: ["profinet-io"],
        statements: [
          {
            hardware: { manufacturer: "Siemens", family: "ET 200SP", deviceId: "0x002a/0x0313" },
            confidence: 70,
            isAboutReceiver: true,
          },
        ],
      });
    },
  );

  it("says the number alone of a vendor without a name", () => {
    const [told] = read(contextManager(0, { vendorId: 0xfffe, deviceId: 1 })).statements;
    expect(told?.hardware).toEqual({ vendorId: "0xfffe", deviceId: "0xfffe/0x0001" });
  });

  it("is recognised by answers and requests to controllers, which say nothing of a device", () => {
    const silent = { protocols: ["profinet-io"], statements: [] };
    expect(read(contextManager(2, STATION))).toEqual(silent);
    expect(read(contextManager(0, { ...STATION, role: 2 }))).toEqual(silent);
  });

  it("is nothing else that comes to the port", () => {
    const other = contextManager(0, STATION);
    other[30] = 0;
    for (const bytes of [other, contextManager(0, STATION).subarray(0, 79), new Uint8Array(100)])
      expect(read(bytes)).toEqual({ protocols: [null], statements: [] });
  });

  it("is about whom the request is sent to, though nothing comes back by that port", async () => {
    const request = udp(contextManager(0, STATION), 49_153, PROFINET_CM_PORT);
    const events = await eventsOf(inChunks(pcap([ethernet([8, 0], ipv4(request, { protocol: 17 }))])));
    expect(identitiesOf(events)).toMatchObject([
      { ipAddress: "10.0.0.2", macAddress: null, serves: { transport: "udp", port: PROFINET_CM_PORT } },
    ]);
  });
});
