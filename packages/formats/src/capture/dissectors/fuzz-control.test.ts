import { deviceInfo, readDeviceInfo, writeControl } from "@breakwater/simulator/capture/ads-messages";
import { dnp3Attributes, dnp3Fragment, dnp3Request } from "@breakwater/simulator/capture/dnp3-messages";
import { cipRequest, moduleRequest, pcccRequest } from "@breakwater/simulator/capture/enip-messages";
import { finsCommand, finsOverTcp } from "@breakwater/simulator/capture/fins-messages";
import { hartIdentity, hartLongTag } from "@breakwater/simulator/capture/hart-ip-messages";
import { resetProcess, singlePoint, startTransfer } from "@breakwater/simulator/capture/iec104-messages";
import { goose, mmsIdentifyResponse } from "@breakwater/simulator/capture/iec61850-messages";
import { melsecModel, melsecRequest, melsecSerialRequest } from "@breakwater/simulator/capture/melsec-messages";
import { diagnostics, umasRequest } from "@breakwater/simulator/capture/modbus-messages";
import {
  findServersResponse,
  getEndpointsResponse,
  readBuildInfoResponse,
  uaHello,
} from "@breakwater/simulator/capture/opc-ua-messages";
import { namedTransfer, plcStart, plcStop, unnamedTransfer } from "@breakwater/simulator/capture/s7comm-messages";
import { seededRandom } from "@breakwater/simulator/capture/seeded-random";
import {
  synchrophasorConfiguration,
  synchrophasorConfiguration3,
  synchrophasorFrame,
} from "@breakwater/simulator/capture/synchrophasor-messages";
import { describe, expect, it } from "vitest";
import { FUZZ_TARGETS, feed, feedMany, mutate, type Random, type Seed } from "../testing/fuzz-dissector.ts";

const ROUNDS = 100_000;
const MAX_TOLD = 600;
const MAX_TEXT = 8192;

/** `wrap` makes the message of its inner part, so that damage inside does not end at a check sum. */
type Part = Seed & { wrap?: (inner: Uint8Array) => Uint8Array };
const ask = (bytes: Uint8Array): Part => ({ isFromServer: false, bytes });
const answer = (bytes: Uint8Array): Part => ({ isFromServer: true, bytes });

const GATEWAY = {
  ...{ expandedType: 0x264e, deviceId: 7, manufacturer: 38, profile: 132 },
  ...{ deviceRevision: 4, softwareRevision: 1, hardwareRevision: 1 },
};
const APPLICATION = { applicationUri: "urn:a:b", productUri: "urn:b", applicationName: "Server" };
const BUILD = { productUri: "urn:b", manufacturer: "Maker", productName: "Product", version: "1.2" };
const NAMES = { controlBlock: "BAY2CTRL/LLN0$GO$trip", dataSet: "BAY2CTRL/LLN0$trips", gooseId: "BAY2" };
const OUTSTATION = { source: 7, target: 100, isFromMaster: false };
/** An application fragment of 300 bytes: two frames. */
const ATTRIBUTES = Uint8Array.from([0xc0, 129, 0, 0, ...attribute(252, "Maker"), ...attribute(250, "M".repeat(250))]);
const DNP3_SEEDS: Part[][] = [
  [{ isFromServer: true, bytes: ATTRIBUTES, wrap: (inner) => dnp3Fragment(OUTSTATION, inner) }],
  [answer(dnp3Attributes(100, 7, { 248: "SN-1" }))],
  [ask(dnp3Request(100, 7, 13))],
];
const STATIONS = synchrophasorConfiguration(7, ["NORTH", "SOUTH"]).subarray(14, -2);
const ONE_STATION = synchrophasorConfiguration(7, ["NORTH"]).subarray(14, -2);
const STATION_3 = synchrophasorConfiguration3(7, "NORTH").subarray(14, -2);
const SYNCHROPHASOR_SEEDS: Part[][] = [
  [{ isFromServer: true, bytes: STATIONS, wrap: (inner) => synchrophasorFrame(3, 1, 7, inner) }],
  [{ isFromServer: true, bytes: ONE_STATION, wrap: (inner) => synchrophasorFrame(3, 1, 7, inner) }],
  [{ isFromServer: true, bytes: STATION_3, wrap: (inner) => synchrophasorFrame(5, 2, 7, inner) }],
];
const HART_SEEDS: Part[][] = [[answer(hartIdentity(1, GATEWAY))], [answer(hartLongTag(1, GATEWAY, "tank-farm"))]];
const MELSEC_SEEDS: Part[][] = [
  [ask(melsecRequest(0x0101)), answer(melsecModel("Q03UDVCPU", 0x366))],
  [ask(melsecSerialRequest(5, 0x1002))],
];

/** Dialogues that make every branch speak, by protocol and transport; those of events for the other protocols. */
const SEEDS: Record<string, Part[][]> = {
  "ads tcp": [
    [ask(readDeviceInfo(1)), answer(deviceInfo(1, { name: "TwinCAT", major: 3, minor: 1, build: 4024 }))],
    [ask(writeControl(2, 6))],
  ],
  "c37.118 tcp": SYNCHROPHASOR_SEEDS,
  "c37.118 udp": SYNCHROPHASOR_SEEDS,
  "dnp3 tcp": DNP3_SEEDS,
  "dnp3 udp": DNP3_SEEDS,
  "enip tcp": [
    [ask(moduleRequest(1, 1, 0, 0x07, 0x64))],
    [ask(pcccRequest(1, 2, 0x80, [6]))],
    [ask(cipRequest(1, 3, 0x0a, 0x02, [2, 0, 6, 0, 12, 0, 7, 2, 0x20, 0x64, 0x24, 1, 6, 2, 0x20, 0x64, 0x24, 1]))],
  ],
  "fins tcp": [[ask(finsOverTcp(finsCommand(1, 2, 3, 0x0401, [0xff, 0xff, 2])))]],
  "fins udp": [[ask(finsCommand(1, 2, 3, 0x0307))]],
  "goose ethernet": [[answer(goose(NAMES, 1))]],
  "hart-ip tcp": HART_SEEDS,
  "hart-ip udp": HART_SEEDS,
  "iec104 tcp": [[ask(startTransfer()), answer(singlePoint(0, 3, 101, true))], [ask(resetProcess(0, 3))]],
  "melsec tcp": MELSEC_SEEDS,
  "melsec udp": MELSEC_SEEDS,
  "modbus tcp": [[ask(umasRequest(1, 0x31, [1, 2, 3]))], [ask(diagnostics(1, 1, 1))]],
  "opcua tcp": [
    [ask(uaHello("opc.tcp://a:4840")), answer(getEndpointsResponse(1, "opc.tcp://a:4840", APPLICATION, 48))],
    [answer(findServersResponse(1, [APPLICATION]))],
    [answer(readBuildInfoResponse(1, BUILD))],
  ],
  "s7comm tcp": [
    [ask(plcStop(1)), ask(plcStart(2, true))],
    [ask(namedTransfer(1, 0x1a, "0800001")), ask(unnamedTransfer(2, 0x1e))],
    [answer(mmsIdentifyResponse(1, { vendor: "Maker", model: "PROT-850", revision: "4.21" }))],
  ],
};

function attribute(variation: number, text: string): number[] {
  return [0, variation, 0, 0, 0, 1, text.length, ...Buffer.from(text, "latin1")];
}

const wrapped = (part: Part, inner = part.bytes): Seed => ({ ...part, bytes: part.wrap?.(inner) ?? inner });

/** Damage inside of every other message, of the message itself in the others. */
function damage(part: Part, random: Random): Seed {
  if (random(2) > 0) return wrapped(part, mutate(part.bytes, random));
  return { ...part, bytes: mutate(wrapped(part).bytes, random) };
}

const TARGETS = FUZZ_TARGETS.filter(({ name }) => SEEDS[name] !== undefined);

describe("a dissector of supervision or events", () => {
  it("has dialogues to be tried with, each of which tells something unchanged", () => {
    expect(TARGETS.map(({ name }) => name).sort()).toEqual(Object.keys(SEEDS).sort());
    const silent = TARGETS.flatMap((target) =>
      SEEDS[target.name]!.filter((dialogue) => {
        const { statements, events } = feed(
          target,
          dialogue.map((part) => wrapped(part)),
          () => 1,
        );
        // Over UDP, fragments of several frames are left out.
        return statements.length + events === 0 && !(target.name === "dnp3 udp" && dialogue[0]!.bytes === ATTRIBUTES);
      }).map(() => target.name),
    );
    expect(silent).toEqual([]);
  });

  it.each(TARGETS)(
    `$name survives ${ROUNDS} damaged packets: nothing thrown, little told, no memory kept`,
    (target) => {
      const random = seededRandom(target.name.length * 7919 + 2);
      const dialogues = SEEDS[target.name]!;
      const { statements, events, worst } = feedMany(target, ROUNDS, random, () =>
        dialogues[random(dialogues.length)]!.map((part) => damage(part, random)),
      );
      expect(worst.held).toBe(0);
      expect(worst.told).toBeLessThanOrEqual(MAX_TOLD);
      expect(worst.text).toBeLessThanOrEqual(MAX_TEXT);
      // Damage that always silences a dissector would try nothing behind its first check.
      expect(statements + events).toBeGreaterThan(ROUNDS / 20);
    },
  );
});
