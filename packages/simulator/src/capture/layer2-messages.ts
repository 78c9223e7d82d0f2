import { be16, be32, join } from "./message-bytes.ts";

export const ETHERTYPE_PROFINET = 0x8892;
export const ETHERTYPE_LLDP = 0x88cc;
/** Where DCP identify requests go (IEC 61158-6-10). */
export const DCP_GROUP = [0x01, 0x0e, 0xcf, 0x00, 0x00, 0x00];
/** Where LLDP goes: the nearest bridge (IEEE 802.1AB). */
export const LLDP_GROUP = [0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e];

const FRAME_IDENTIFY_REQUEST = 0xfefe;
const FRAME_IDENTIFY_RESPONSE = 0xfeff;
const SERVICE_IDENTIFY = 5;

/** A station as DCP describes it. Addresses are four bytes. */
export type DcpStation = {
  typeOfStation: string;
  nameOfStation: string;
  vendorId: number;
  deviceId: number;
  /** Bits: 1 IO device, 2 IO controller, 4 multidevice, 8 supervisor. */
  role: number;
  ip: Uint8Array;
};

function dcp(frameId: number, type: number, xid: number, blocks: Uint8Array): Uint8Array {
  return join(be16(frameId), SERVICE_IDENTIFY, type, be32(xid), be16(type === 0 ? 1 : 0), be16(blocks.length), blocks);
}

/** Asks all stations. */
export function dcpIdentifyRequest(xid: number): Uint8Array {
  return dcp(FRAME_IDENTIFY_REQUEST, 0, xid, join(0xff, 0xff, be16(0)));
}

export function dcpIdentifyResponse(xid: number, station: DcpStation): Uint8Array {
  const block = (option: number, suboption: number, info: number, data: Uint8Array) =>
    join(option, suboption, be16(2 + data.length), be16(info), data, data.length % 2 === 0 ? [] : 0);
  const addresses = join(station.ip, [255, 255, 255, 0], [0, 0, 0, 0]);
  const blocks = join(
    block(2, 1, 0, join(station.typeOfStation)),
    block(2, 2, 0, join(station.nameOfStation)),
    block(2, 3, 0, join(be16(station.vendorId), be16(station.deviceId))),
    block(2, 4, 0, join(station.role, 0)),
    block(1, 2, 1, addresses),
  );
  return dcp(FRAME_IDENTIFY_RESPONSE, 1, xid, blocks);
}

/** What a neighbour says of itself by LLDP. Addresses are six and four bytes. */
export type LldpNeighbour = {
  chassisMac: Uint8Array;
  port: string;
  systemName: string;
  systemDescription: string;
  /** Bits of IEEE 802.1AB table 8-4: 4 bridge, 16 router, 128 station only. */
  capabilities: number;
  managementIp: Uint8Array;
};

export function lldp(neighbour: LldpNeighbour): Uint8Array {
  const tlv = (type: number, value: Uint8Array) => join(be16((type << 9) | value.length), value);
  const { capabilities } = neighbour;
  return join(
    tlv(1, join(4, neighbour.chassisMac)),
    tlv(2, join(7, neighbour.port)),
    tlv(3, join(be16(120))),
    tlv(5, join(neighbour.systemName)),
    tlv(6, join(neighbour.systemDescription)),
    tlv(7, join(be16(capabilities), be16(capabilities))),
    tlv(8, join(5, 1, neighbour.managementIp, 2, be32(1), 0)),
    tlv(0, join()),
  );
}
