import { readdirSync, readFileSync } from "node:fs";
import {
  iAm,
  inSegments,
  readPropertiesAnswer,
  readPropertyAnswer,
  whoIs,
} from "@breakwater/simulator/capture/bacnet-messages";
import {
  connected,
  forwardOpen,
  forwardOpenAnswer,
  severalAnswers,
  severalServices,
} from "@breakwater/simulator/capture/cip-connections";
import {
  GET_IDENTITY,
  identityAnswer,
  identityReply,
  identityRequest,
  moduleIdentityRequest,
} from "@breakwater/simulator/capture/enip-messages";
import {
  controllerData,
  controllerDataRequest,
  finsOverTcp,
  nodeAddressAnswer,
} from "@breakwater/simulator/capture/fins-messages";
import { foxHello } from "@breakwater/simulator/capture/fox-messages";
import { dcpIdentifyRequest, dcpIdentifyResponse, lldp } from "@breakwater/simulator/capture/layer2-messages";
import {
  deviceIdentification,
  readDeviceIdentification,
  serverId,
  umasId,
  umasReadId,
} from "@breakwater/simulator/capture/modbus-messages";
import { contextManager } from "@breakwater/simulator/capture/profinet-io-messages";
import { plusSessionAnswer, plusSessionRequest } from "@breakwater/simulator/capture/s7comm-messages";
import { seededRandom } from "@breakwater/simulator/capture/seeded-random";
import { describe, expect, it } from "vitest";
import { listIdentity, moduleList, szlAnswer, tpkt } from "../testing/capture-bytes.ts";
import { FUZZ_TARGETS, feed, feedMany, mutate, type Seed } from "../testing/fuzz-dissector.ts";

const ROUNDS = 100_000;
const MAX_TOLD = 600;
const MAX_TEXT = 1024;

const IP = Uint8Array.of(10, 0, 0, 1);
const MAC = Uint8Array.of(0, 0x1b, 0x1b, 1, 2, 3);
const CPU = { deviceType: 14, productCode: 1, majorRevision: 33, minorRevision: 11, serialNumber: 7 };
const STATION = { typeOfStation: "ET200SP", nameOfStation: "io-1", vendorId: 42, deviceId: 0x313, role: 1, ip: IP };
const NEIGHBOUR = { chassisMac: MAC, port: "port-001", systemName: "switch-1", capabilities: 4, managementIp: IP };
const DESCRIPTION = "Siemens, SIMATIC NET, SCALANCE X208, 6GK5 208-0BA10-2AA3, HW: 4, FW: V5.2.6, SVPL1234567";
const CJ2 = { model: "CJ2M-CPU33", version: "02.01" };

const ask = (bytes: Uint8Array): Seed => ({ isFromServer: false, bytes });
const answer = (bytes: Uint8Array): Seed => ({ isFromServer: true, bytes });

/** Dialogues that make every branch of a dissector speak, by protocol and transport. */
const SEEDS: Record<string, Seed[][]> = {
  "bacnet udp": [
    [ask(whoIs()), ask(iAm(1201, 8))],
    [answer(readPropertyAnswer(1, 1201, 77, "AHU-1"))],
    [answer(readPropertiesAnswer(2, 1201, { 121: "Delta Controls", 70: "eBCON", 44: "4.10", 372: null }))],
    inSegments(readPropertiesAnswer(3, 1201, { 121: "Delta Controls", 70: "eBCON", 44: "4.10" }), 40).map(answer),
  ],
  "enip tcp": [
    [answer(listIdentity())],
    [ask(identityRequest(1, 2)), answer(identityAnswer(1, 2, { ...CPU, productName: "1756-L85E/B" }))],
    [ask(moduleIdentityRequest(1, 3, 4)), answer(identityAnswer(1, 3, { ...CPU, productName: "1756-L85E/B" }))],
    [
      ask(forwardOpen(1, 4, 77, { slot: 2 })),
      answer(forwardOpenAnswer(1, 4, { toTarget: 66, toOriginator: 77 })),
      ask(connected(1, 66, 1, severalServices([GET_IDENTITY]))),
      answer(connected(1, 77, 1, severalAnswers([identityReply({ ...CPU, productName: "1756-L85E/B" })]))),
    ],
  ],
  "enip udp": [[answer(listIdentity())]],
  "fins tcp": [
    [answer(nodeAddressAnswer(1, 2))],
    [ask(finsOverTcp(controllerDataRequest(1, 2, 3))), answer(finsOverTcp(controllerData(1, 2, 3, CJ2)))],
  ],
  "fins udp": [[ask(controllerDataRequest(1, 2, 3)), answer(controllerData(1, 2, 3, CJ2))]],
  "fox tcp": [
    [
      ask(foxHello(false, { "app.name": "Workbench" })),
      answer(foxHello(true, { "app.version": "4.11", brandId: "x" })),
    ],
  ],
  "lldp ethernet": [[answer(lldp({ ...NEIGHBOUR, systemDescription: DESCRIPTION }))]],
  "modbus tcp": [
    [
      ask(readDeviceIdentification(1, 255)),
      answer(deviceIdentification(1, 255, { 0: "Schneider", 1: "TM221", 2: "1" })),
    ],
    [answer(serverId(1, 1, "PM5560 meter"))],
    [ask(umasReadId(2)), answer(umasId(2, "BMX P34 2020"))],
  ],
  "profinet-dcp ethernet": [[ask(dcpIdentifyRequest(1)), answer(dcpIdentifyResponse(1, STATION))]],
  "profinet-io udp": [[ask(contextManager(0, { vendorId: 42, deviceId: 0x313 }))]],
  "s7comm tcp": [
    [answer(tpkt(szlAnswer(moduleList())))],
    [
      answer(tpkt(szlAnswer(moduleList().subarray(0, 40), 7, 1))),
      answer(tpkt(szlAnswer(moduleList().subarray(40), 7))),
    ],
    [ask(plusSessionRequest(1)), answer(plusSessionAnswer(1, "6ES7 516-3AN02-0AB0", "2.9"))],
  ],
};

const TARGETS = FUZZ_TARGETS.filter(({ name }) => SEEDS[name] !== undefined);

describe("a dissector", () => {
  it("has dialogues to be tried with, all of which tell something unchanged", () => {
    expect(TARGETS.map(({ name }) => name).sort()).toEqual(Object.keys(SEEDS).sort());
    const whole = () => 1;
    const silent = TARGETS.filter((target) =>
      SEEDS[target.name]!.every((dialogue) => feed(target, dialogue, whole).statements.length === 0),
    );
    expect(silent).toEqual([]);
  });

  it.each(TARGETS)(
    `$name survives ${ROUNDS} damaged packets: nothing thrown, little told, no memory kept`,
    (target) => {
      const random = seededRandom(target.name.length * 7919 + 1);
      const dialogues = SEEDS[target.name]!;
      const { statements, worst } = feedMany(target, ROUNDS, random, () => {
        const dialogue = dialogues[random(dialogues.length)]!;
        return dialogue.map((seed) => ({ ...seed, bytes: mutate(seed.bytes, random) }));
      });
      expect(worst.held).toBe(0);
      expect(worst.told).toBeLessThanOrEqual(MAX_TOLD);
      expect(worst.text).toBeLessThanOrEqual(MAX_TEXT);
      // Damage that always silences a dissector would try nothing behind its first check.
      expect(statements).toBeGreaterThan(ROUNDS / 20);
    },
  );
});

/** What is read inside of another protocol's messages, and is tried with it. */
const INSIDE: Readonly<Record<string, string>> = { mms: "s7comm", "s7comm-plus": "s7comm", umas: "modbus" };

it("every folder of a dissector is tried, here or beside", () => {
  const folders = readdirSync(new URL(".", import.meta.url), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  );
  const beside = readFileSync(new URL("./fuzz-control.test.ts", import.meta.url), "utf8");
  const tried = (name: string) => SEEDS[name] !== undefined || beside.includes(`  "${name}": `);
  expect(FUZZ_TARGETS.filter(({ name }) => !tried(name))).toEqual([]);
  // Protocols are spelled with and without dashes.
  const plain = (name: string) => name.replace(/[^a-z0-9]/g, "");
  const protocols = new Set(FUZZ_TARGETS.map(({ dissector }) => plain(dissector.protocol)));
  expect(folders.length).toBeGreaterThan(15);
  expect(folders.filter((folder) => !protocols.has(plain(INSIDE[folder] ?? folder)))).toEqual([]);
});
