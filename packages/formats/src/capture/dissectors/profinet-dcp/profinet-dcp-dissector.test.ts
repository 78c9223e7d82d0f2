import {
  type DcpStation,
  dcpIdentifyRequest,
  dcpIdentifyResponse,
} from "@breakwater/simulator/capture/layer2-messages";
import { describe, expect, it } from "vitest";
import { readEthernet } from "../../testing/read-dialogue.ts";
import { profinetDcpDissector } from "./profinet-dcp-dissector.ts";

const STATION: DcpStation = {
  typeOfStation: "ET200SP",
  nameOfStation: "conveyor-io-1",
  vendorId: 0x002a,
  deviceId: 0x0313,
  role: 1,
  ip: Uint8Array.of(192, 168, 0, 5),
};
const read = (bytes: Uint8Array) => readEthernet(profinetDcpDissector, bytes);
const tell = (fields: Partial<DcpStation> = {}) => dcpIdentifyResponse(7, { ...STATION, ...fields });

describe("DCP", () => {
  it("tells names, vendor and address of the station that answers, and less surely what its ids and role say", () => {
    expect(read(tell())).toEqual([
      {
        hardware: {
          productName: "ET200SP",
          deviceName: "conveyor-io-1",
          manufacturer: "Siemens",
          family: "ET 200SP",
        },
        confidence: 85,
        ipAddress: "192.168.0.5",
      },
      {
        hardware: { deviceId: "0x002a/0x0313", type: "PROFINET I/O device" },
        confidence: 40,
        ipAddress: "192.168.0.5",
      },
    ]);
  });

  it("gives no address of a station that has none, and the number alone of an unknown vendor", () => {
    const [first, hints] = read(tell({ ip: new Uint8Array(4), vendorId: 0xfffe }));
    expect(first).not.toHaveProperty("ipAddress");
    expect(first?.hardware).not.toHaveProperty("manufacturer");
    expect(hints?.hardware).toMatchObject({ vendorId: "0xfffe" });
  });

  it("takes a station that is both for a controller", () => {
    expect(read(tell({ role: 3 }))[1]?.hardware.type).toBe("PROFINET IO controller");
  });

  it("takes no question for a description: a request to set a name is about the one that is asked", () => {
    expect(read(dcpIdentifyRequest(1))).toEqual([]);
    const set = tell();
    set.set([0xfe, 0xfd, 4, 0]);
    expect(read(set)).toEqual([]);
    set.set([0xfe, 0xfd, 3, 1]);
    expect(read(set)).toHaveLength(2);
    set.set([0xfe, 0xfc, 6, 0]);
    expect(read(set)).toHaveLength(2);
  });

  it("keeps the blocks before one whose length lies", () => {
    const cut = tell();
    // The block after the type of station claims more than there is.
    cut[12 + 4 + 10 + 2] = 0xff;
    expect(read(cut)).toEqual([{ hardware: { productName: "ET200SP" }, confidence: 85 }]);
  });
});
