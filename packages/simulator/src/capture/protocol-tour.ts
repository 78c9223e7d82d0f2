import {
  BACNET_PORT,
  iAm,
  readProperties,
  readPropertiesAnswer,
  readProperty,
  readPropertyAnswer,
  whoIs,
} from "./bacnet-messages.ts";
import { type CaptureLayout, captureWriter } from "./capture-writers.ts";
import { ENIP_PORT, identityAnswer, identityRequest, moduleIdentityRequest, registerSession } from "./enip-messages.ts";
import {
  controllerData,
  controllerDataRequest,
  FINS_PORT,
  finsOverTcp,
  nodeAddressAnswer,
  nodeAddressRequest,
} from "./fins-messages.ts";
import { FOX_PORT, foxHello } from "./fox-messages.ts";
import {
  DCP_GROUP,
  dcpIdentifyRequest,
  dcpIdentifyResponse,
  ETHERTYPE_LLDP,
  ETHERTYPE_PROFINET,
  LLDP_GROUP,
  lldp,
} from "./layer2-messages.ts";
import {
  deviceIdentification,
  MODBUS_PORT,
  readDeviceIdentification,
  reportServerId,
  serverId,
  umasId,
  umasReadId,
} from "./modbus-messages.ts";
import { BROADCAST, type Endpoint, ethernetFrame, toEndpoint, udpFrame } from "./packets.ts";
import {
  cotpConnectConfirm,
  cotpConnectRequest,
  plusSessionAnswer,
  plusSessionRequest,
  S7COMM_PORT,
} from "./s7comm-messages.ts";
import { TcpDialogue } from "./tcp-dialogue.ts";

const FRAME_DISTANCE_US = 1000;
const CONTEXT = 77;
const SESSION = 4711;

function device(host: number, macAddress: string): Endpoint {
  return toEndpoint({ ipAddress: `192.168.30.${host}`, macAddress }, host);
}

/**
 * A capture in which one device per further protocol tells who it is, each at its own address of 192.168.30.0/24,
 * asked by the station 192.168.30.200: .10 a ControlLogix chassis (CIP, two modules), .20 an S7-1500 (S7comm-plus),
 * .30 an ET 200SP (PROFINET DCP), .31 a SCALANCE switch (LLDP), .40 an M340 (Modbus, UMAS), .41 a meter (Modbus),
 * .50 a building controller (BACnet), .60 and .61 Omron CPUs (FINS over UDP and TCP), .70 a Niagara station (Fox).
 */
export function writeProtocolTour(layout: CaptureLayout & { startAt: number }): Uint8Array {
  const writer = captureWriter(layout);
  let timeUs = layout.startAt * 1000;
  const records = [...tour()].map((frame) => {
    timeUs += FRAME_DISTANCE_US;
    return writer.frame(timeUs, frame);
  });
  return Buffer.concat([writer.header(), ...records]);
}

function* tour(): Generator<Uint8Array> {
  const client = device(200, "00:50:56:ae:30:c8");
  yield* chassis(client, device(10, "00:1d:9c:a1:30:0a"));
  yield* plusCpu(client, device(20, "00:1b:1b:5c:30:14"));
  yield* profinet(client, device(30, "00:1b:1b:5c:30:1e"));
  yield* neighbour(device(31, "00:1b:1b:5c:30:1f"));
  yield* modicon(client, device(40, "00:80:f4:10:30:28"));
  yield* meter(client, device(41, "00:80:f4:10:30:29"));
  yield* building(client, device(50, "00:10:8d:20:30:32"));
  yield* omron(client, device(60, "00:00:0a:40:30:3c"), device(61, "00:00:0a:40:30:3d"));
  yield* niagara(client, device(70, "00:01:f0:90:30:46"));
}

function* talk(
  client: Endpoint,
  server: Endpoint,
  port: number,
  exchanges: readonly (readonly [Uint8Array, Uint8Array])[],
) {
  const clientPort = 50_000 + server.ip[3]!;
  const dialogue = new TcpDialogue(client, clientPort, server, port, 1000, 2000);
  yield* dialogue.open();
  for (const [request, answer] of exchanges) {
    yield dialogue.request(request);
    yield dialogue.answer(answer);
  }
  yield* dialogue.close();
}

function* chassis(client: Endpoint, plc: Endpoint): Generator<Uint8Array> {
  const adapter = {
    productName: "1756-EN2TR/C",
    deviceType: 12,
    productCode: 200,
    majorRevision: 10,
    minorRevision: 10,
  };
  const cpu = { productName: "1756-L85E/B", deviceType: 14, productCode: 168, majorRevision: 33, minorRevision: 11 };
  const input = { productName: "1756-IB16D/A", deviceType: 7, productCode: 12, majorRevision: 3, minorRevision: 5 };
  yield* talk(client, plc, ENIP_PORT, [
    [registerSession(0, CONTEXT), registerSession(SESSION, CONTEXT)],
    [identityRequest(SESSION, 1), identityAnswer(SESSION, 1, { ...adapter, serialNumber: 0x00aa_1001 })],
    [moduleIdentityRequest(SESSION, 2, 0), identityAnswer(SESSION, 2, { ...cpu, serialNumber: 0x00aa_1002 })],
    [moduleIdentityRequest(SESSION, 3, 4), identityAnswer(SESSION, 3, { ...input, serialNumber: 0x00aa_1003 })],
  ]);
}

function* plusCpu(client: Endpoint, cpu: Endpoint): Generator<Uint8Array> {
  yield* talk(client, cpu, S7COMM_PORT, [
    [cotpConnectRequest(1), cotpConnectConfirm(1, 2)],
    [plusSessionRequest(1), plusSessionAnswer(1, "6ES7 516-3AN02-0AB0", "2.9")],
  ]);
}

function* profinet(client: Endpoint, station: Endpoint): Generator<Uint8Array> {
  const told = {
    typeOfStation: "ET200SP",
    nameOfStation: "conveyor-io-1",
    vendorId: 0x002a,
    deviceId: 0x0313,
    role: 1,
  };
  yield ethernetFrame(client, DCP_GROUP, ETHERTYPE_PROFINET, dcpIdentifyRequest(9));
  const answer = dcpIdentifyResponse(9, { ...told, ip: station.ip });
  yield ethernetFrame(station, [...client.mac], ETHERTYPE_PROFINET, answer);
}

/** Each port of a switch speaks with a MAC of its own. */
function* neighbour(bridge: Endpoint): Generator<Uint8Array> {
  const description = "Siemens, SIMATIC NET, SCALANCE X208, 6GK5 208-0BA10-2AA3, HW: 4, FW: V5.2.6, SVPL1234567";
  for (const port of [1, 2]) {
    const mac = Uint8Array.from(bridge.mac);
    mac[5] = mac[5]! + port;
    const told = { chassisMac: bridge.mac, port: `port-00${port}`, capabilities: 4, managementIp: bridge.ip };
    const payload = lldp({ ...told, systemName: "ring-switch-1", systemDescription: description });
    yield ethernetFrame({ ...bridge, mac }, LLDP_GROUP, ETHERTYPE_LLDP, payload);
  }
}

function* modicon(client: Endpoint, plc: Endpoint): Generator<Uint8Array> {
  const objects = { 0: "Schneider Electric", 1: "BMX P34 2020", 2: "V2.70" };
  yield* talk(client, plc, MODBUS_PORT, [
    [readDeviceIdentification(1, 255), deviceIdentification(1, 255, objects)],
    [umasReadId(2), umasId(2, "BMX P34 2020")],
  ]);
}

function* meter(client: Endpoint, server: Endpoint): Generator<Uint8Array> {
  yield* talk(client, server, MODBUS_PORT, [[reportServerId(3, 1), serverId(3, 1, "PM5560 power meter")]]);
}

function* building(client: Endpoint, controller: Endpoint): Generator<Uint8Array> {
  const ask = (message: Uint8Array) => udpFrame(client, controller, BACNET_PORT, BACNET_PORT, message);
  const tell = (message: Uint8Array) => udpFrame(controller, client, BACNET_PORT, BACNET_PORT, message);
  yield udpFrame(client, BROADCAST, BACNET_PORT, BACNET_PORT, whoIs());
  yield udpFrame(controller, BROADCAST, BACNET_PORT, BACNET_PORT, iAm(1201, 8));
  yield ask(readProperty(1, 1201, 77));
  yield tell(readPropertyAnswer(1, 1201, 77, "Süd AHU-1"));
  yield ask(readProperties(2, 1201, [121, 70, 44, 372]));
  yield tell(readPropertiesAnswer(2, 1201, { 121: "Delta Controls", 70: "eBCON", 44: "4.10.1", 372: null }));
}

function* omron(client: Endpoint, overUdp: Endpoint, overTcp: Endpoint): Generator<Uint8Array> {
  yield udpFrame(client, overUdp, 51_000, FINS_PORT, controllerDataRequest(60, 200, 1));
  const first = controllerData(60, 200, 1, { model: "CJ2M-CPU33", version: "02.01" });
  yield udpFrame(overUdp, client, FINS_PORT, 51_000, first);
  const second = controllerData(61, 200, 2, { model: "CP1L-EL20DR-D", version: "01.10" });
  yield* talk(client, overTcp, FINS_PORT, [
    [nodeAddressRequest(), nodeAddressAnswer(200, 61)],
    [finsOverTcp(controllerDataRequest(61, 200, 2)), finsOverTcp(second)],
  ]);
}

function* niagara(client: Endpoint, station: Endpoint): Generator<Uint8Array> {
  const greeting = foxHello(false, { hostName: "workbench", "app.name": "Workbench", "app.version": "4.10.0.154" });
  const told = {
    hostName: "192.168.30.70",
    "app.name": "Station",
    "app.version": "4.11.2.18",
    "os.name": "QNX",
    "station.name": "north_wing",
    brandId: "vykon",
    hostId: "Qnx-TITAN-8C1A-0D2F-77B0",
  };
  yield* talk(client, station, FOX_PORT, [[greeting, foxHello(true, told)]]);
}
