import { ADS_PORT, deviceInfo, readDeviceInfo, writeControl, writeControlAnswer } from "./ads-messages.ts";
import { type CaptureLayout, captureWriter } from "./capture-writers.ts";
import { DNP3_PORT, dnp3Attributes, dnp3ReadAttributes, dnp3Request, dnp3Response } from "./dnp3-messages.ts";
import {
  cipDone,
  cipRequest,
  ENIP_PORT,
  moduleRequest,
  pcccDone,
  pcccRequest,
  registerSession,
} from "./enip-messages.ts";
import { FINS_PORT, finsCommand, finsDone } from "./fins-messages.ts";
import { HART_IP_PORT, hartIdentity, hartLongTag, hartRequest, hartSession } from "./hart-ip-messages.ts";
import { IEC104_PORT, resetProcess, singlePoint, startTransfer, startTransferConfirm } from "./iec104-messages.ts";
import {
  ETHERTYPE_GOOSE,
  GOOSE_GROUP,
  goose,
  MMS_PORT,
  mmsIdentifyRequest,
  mmsIdentifyResponse,
} from "./iec61850-messages.ts";
import { MELSEC_PORT, melsecAnswer, melsecModel, melsecRequest } from "./melsec-messages.ts";
import { diagnostics, MODBUS_PORT, umasDone, umasRequest } from "./modbus-messages.ts";
import {
  findServersRequest,
  findServersResponse,
  getEndpointsRequest,
  getEndpointsResponse,
  OPC_UA_PORT,
  readBuildInfoRequest,
  readBuildInfoResponse,
  uaAcknowledge,
  uaHello,
} from "./opc-ua-messages.ts";
import { type Endpoint, ethernetFrame, toEndpoint, udpFrame } from "./packets.ts";
import {
  cotpConnectConfirm,
  cotpConnectRequest,
  namedTransfer,
  plcStart,
  plcStop,
  S7COMM_PORT,
  unnamedTransfer,
} from "./s7comm-messages.ts";
import {
  SYNCHROPHASOR_PORT,
  synchrophasorCommand,
  synchrophasorConfiguration,
  synchrophasorConfiguration3,
} from "./synchrophasor-messages.ts";
import { TcpDialogue } from "./tcp-dialogue.ts";

const FRAME_DISTANCE_US = 1000;
const SESSION = 4711;
const DOWNLOADED_BLOCKS = 1000;
/** All programs, in RUN mode; program, first word, number of bytes, and two bytes. */
const DATA_OF_FINS: Readonly<Record<number, number[]>> = {
  1025: [0xff, 0xff, 4],
  775: [0xff, 0xff, 0, 0, 0, 0, 0, 2, 0xaa, 0xbb],
};

/**
 * A capture of supervisory protocols and of what is done to controllers, each device at its own address of
 * 192.168.31.0/24, asked by the station 192.168.31.200: .10 an OPC UA server, on its port and on another, .20 a DNP3 and
 * .25 an IEC 104 outstation, .30 a HART gateway, .40 and .41 protection relays (MMS, GOOSE), .50 a MELSEC CPU, .60 a
 * phasor measurement unit, .70 a TwinCAT runtime; .80 an S7 CPU that is stopped, loaded in a thousand blocks and started,
 * .81 a Rockwell chassis, .82 a Modicon, .83 an Omron CPU, which are dealt with alike.
 */
export function writeControlTour(layout: CaptureLayout & { startAt: number }): Uint8Array {
  const writer = captureWriter(layout);
  let timeUs = layout.startAt * 1000;
  const records = [...tour()].map((frame) => {
    timeUs += FRAME_DISTANCE_US;
    return writer.frame(timeUs, frame);
  });
  return Buffer.concat([writer.header(), ...records]);
}

function device(host: number): Endpoint {
  const macAddress = `02:00:31:00:00:${host.toString(16).padStart(2, "0")}`;
  return toEndpoint({ ipAddress: `192.168.31.${host}`, macAddress }, host);
}

function* tour(): Generator<Uint8Array> {
  const client = device(200);
  yield* opcUa(client, device(10));
  yield* telecontrol(client, device(20), device(25));
  yield* hart(client, device(30));
  yield* substation(client, device(40), device(41));
  yield* melsec(client, device(50));
  yield* synchrophasors(client, device(60));
  yield* twinCat(client, device(70));
  yield* s7Load(client, device(80));
  yield* rockwell(client, device(81));
  yield* modicon(client, device(82));
  yield* omron(client, device(83));
}

type Exchange = readonly [request: Uint8Array, answer: Uint8Array];

function* talk(client: Endpoint, server: Endpoint, port: number, exchanges: Iterable<Exchange>) {
  const dialogue = new TcpDialogue(client, 50_000 + server.ip[3]!, server, port, 1000, 2000);
  yield* dialogue.open();
  for (const [request, answer] of exchanges) {
    yield dialogue.request(request);
    yield dialogue.answer(answer);
  }
  yield* dialogue.close();
}

function* opcUa(client: Endpoint, server: Endpoint): Generator<Uint8Array> {
  const url = "opc.tcp://192.168.31.10:4840";
  const described = {
    applicationUri: "urn:line4:Example:Server",
    productUri: "urn:example.com:UAServer",
    applicationName: "Line 4 server",
  };
  const build = {
    productUri: "urn:example.com:UAServer",
    manufacturer: "Example Automation",
    productName: "UA server",
    version: "2.6.1",
  };
  yield* talk(client, server, OPC_UA_PORT, [
    [uaHello(url), uaAcknowledge()],
    [findServersRequest(1, url), findServersResponse(1, [described])],
    [getEndpointsRequest(2, url), getEndpointsResponse(2, url, described, 64)],
    [readBuildInfoRequest(3), readBuildInfoResponse(3, build)],
  ]);
  const elsewhere = { ...described, applicationUri: "urn:line4:Example:Second" };
  yield* talk(client, server, 48_010, [
    [uaHello(url), uaAcknowledge()],
    [getEndpointsRequest(1, url), getEndpointsResponse(1, url, elsewhere)],
  ]);
}

function* telecontrol(client: Endpoint, dnp3: Endpoint, iec104: Endpoint): Generator<Uint8Array> {
  const attributes = {
    242: "7.3.2",
    243: "C",
    247: "Substation 7",
    248: "SN-55-1201",
    250: "RTU 560",
    252: "Example Grid",
  };
  yield* talk(client, dnp3, DNP3_PORT, [
    [dnp3ReadAttributes(100, 7), dnp3Attributes(100, 7, { ...attributes, 245: "Feeder station ".repeat(14) })],
    [dnp3Request(100, 7, 13), dnp3Response(100, 7)],
  ]);
  yield* talk(client, iec104, IEC104_PORT, [
    [startTransfer(), startTransferConfirm()],
    [resetProcess(0, 3), singlePoint(0, 3, 101, true)],
  ]);
}

function* hart(client: Endpoint, gateway: Endpoint): Generator<Uint8Array> {
  const told = { expandedType: 0x264e, deviceId: 0x0000d2, manufacturer: 38, profile: 132 };
  const revisions = { deviceRevision: 4, softwareRevision: 1, hardwareRevision: 1 };
  const one = { ...told, ...revisions };
  yield* talk(client, gateway, HART_IP_PORT, [
    [hartSession(false, 1), hartSession(true, 1)],
    [hartRequest(2, 0), hartIdentity(2, one)],
    [hartRequest(3, 20, one), hartLongTag(3, one, "tank-farm-gw")],
  ]);
}

function* substation(client: Endpoint, relay: Endpoint, publisher: Endpoint): Generator<Uint8Array> {
  const told = { vendor: "Example Relays", model: "PROT-850", revision: "4.21" };
  yield* talk(client, relay, MMS_PORT, [[mmsIdentifyRequest(1), mmsIdentifyResponse(1, told)]]);
  const names = { controlBlock: "BAY2CTRL/LLN0$GO$trip", dataSet: "BAY2CTRL/LLN0$trips", gooseId: "BAY2_TRIP" };
  for (let sequence = 0; sequence < 3; sequence++)
    yield ethernetFrame(publisher, GOOSE_GROUP, ETHERTYPE_GOOSE, goose(names, sequence));
}

function* melsec(client: Endpoint, cpu: Endpoint): Generator<Uint8Array> {
  yield* talk(client, cpu, MELSEC_PORT, [
    [melsecRequest(0x0101), melsecModel("Q03UDVCPU", 0x0366)],
    [melsecRequest(0x1002, [1, 0]), melsecAnswer()],
    [melsecRequest(0x1001, [1, 0, 0, 0]), melsecAnswer()],
  ]);
}

function* synchrophasors(client: Endpoint, unit: Endpoint): Generator<Uint8Array> {
  yield* talk(client, unit, SYNCHROPHASOR_PORT, [
    [synchrophasorCommand(734), synchrophasorConfiguration(734, ["NORTH 400KV"])],
    [synchrophasorCommand(734), synchrophasorConfiguration3(734, "NORTH 400KV")],
  ]);
}

function* twinCat(client: Endpoint, plc: Endpoint): Generator<Uint8Array> {
  yield* talk(client, plc, ADS_PORT, [
    [readDeviceInfo(1), deviceInfo(1, { name: "TwinCAT System", major: 3, minor: 1, build: 4024 })],
    [writeControl(2, 15), writeControlAnswer(2)],
    [writeControl(3, 5), writeControlAnswer(3)],
  ]);
}

function* s7Load(client: Endpoint, cpu: Endpoint): Generator<Uint8Array> {
  const dialogue = new TcpDialogue(client, 50_080, cpu, S7COMM_PORT, 1000, 2000);
  let reference = 1;
  yield* dialogue.open();
  yield dialogue.request(cotpConnectRequest(1));
  yield dialogue.answer(cotpConnectConfirm(1, 2));
  yield dialogue.request(plcStop(reference++));
  yield dialogue.request(namedTransfer(reference++, 0x1a, "0800001"));
  // The CPU asks for the blocks.
  for (let block = 2; block < DOWNLOADED_BLOCKS; block++)
    yield dialogue.answer(namedTransfer(reference++, 0x1b, "0800001"));
  yield dialogue.answer(namedTransfer(reference++, 0x1c, "0800001"));
  yield dialogue.request(plcStart(reference++));
  yield dialogue.request(namedTransfer(reference++, 0x1d, "0A00042"));
  yield dialogue.request(unnamedTransfer(reference++, 0x1e));
  yield dialogue.request(unnamedTransfer(reference++, 0x1f));
  yield* dialogue.close();
}

function* rockwell(client: Endpoint, chassis: Endpoint): Generator<Uint8Array> {
  yield* talk(client, chassis, ENIP_PORT, [
    [registerSession(0, 1), registerSession(SESSION, 1)],
    [moduleRequest(SESSION, 1, 0, 0x07, 0x64), cipDone(SESSION, 1, 0x52)],
    [cipRequest(SESSION, 2, 0x05, 0x01, [0]), cipDone(SESSION, 2, 0x05)],
    [pcccRequest(SESSION, 3, 0x80, [6]), pcccDone(SESSION, 3)],
    [cipRequest(SESSION, 4, 0x4b, 0xa1), cipDone(SESSION, 4, 0x4b)],
  ]);
}

function* modicon(client: Endpoint, plc: Endpoint): Generator<Uint8Array> {
  const codes = [0x41, 0x30, 0x31, 0x31, 0x32, 0x40];
  const exchanges = codes.map((code, at): Exchange => [umasRequest(at + 1, code), umasDone(at + 1)]);
  const restart = diagnostics(20, 1, 1);
  yield* talk(client, plc, MODBUS_PORT, [...exchanges, [restart, restart]]);
}

function* omron(client: Endpoint, cpu: Endpoint): Generator<Uint8Array> {
  for (const [service, code] of [0x0402, 0x0307, 0x0307, 0x0401].entries()) {
    const data = DATA_OF_FINS[code] ?? [];
    yield udpFrame(client, cpu, 51_000, FINS_PORT, finsCommand(83, 200, service, code, data));
    yield udpFrame(
      cpu,
      client,
      FINS_PORT,
      51_000,
      finsDone(83, 200, service, code, code === 0x0307 ? data.slice(0, 8) : []),
    );
  }
}
