import { existsSync, globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type Advisory,
  compileAdvisory,
  indexProducts,
  type MatchedDevice,
  matchHost,
} from "@breakwater/domain/ot/advisories/index";
import type { Hardware } from "@breakwater/domain/ot/index";
import { parseCsaf } from "@breakwater/formats/advisories/csaf/index";
import { measureDatabase } from "./advisory-database.ts";
import { type BenchResult, median } from "./result.ts";

const HOSTS = 10_000;
const ADVISORIES = 2_380;
const ROUNDS = 5;
const FOLDER = fileURLToPath(new URL("../../../shared/data/knowledge/csaf/", import.meta.url));

/**
 * Matching alone: one host, and 10,000 hosts with 2,380 advisories, generated; with the public ones where they are there.
 * Then the generated ones with the database.
 */
export async function runAdvisoryMatchingBench(): Promise<BenchResult> {
  const hosts = Array.from({ length: HOSTS }, (_, number) => makeHost(number));
  const advisories = Array.from({ length: ADVISORIES }, (_, number) => makeAdvisory(number));
  const rows = measure("generated", advisories, hosts);
  if (existsSync(FOLDER)) rows.push(...measure("public", await readFolder(), hosts));
  rows.push(...(await measureDatabase(advisories, hosts)));
  return { name: "advisory-matching", rows };
}

function measure(
  name: string,
  advisories: readonly Advisory[],
  hosts: readonly MatchedDevice[][],
): BenchResult["rows"] {
  const startedAt = performance.now();
  const products = advisories.flatMap(compileAdvisory);
  const index = indexProducts(products);
  const indexMs = performance.now() - startedAt;
  let verdicts = 0;
  const all: number[] = [];
  const single: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    verdicts = 0;
    const from = performance.now();
    for (const devices of hosts) {
      const one = performance.now();
      for (const advisory of matchHost(devices, index)) verdicts += advisory.verdicts.length;
      single.push(performance.now() - one);
    }
    all.push(performance.now() - from);
  }
  single.sort((a, b) => a - b);
  const note = `${advisories.length} ${name} advisories, ${products.length} products, ${verdicts} verdicts`;
  return [
    { what: `${name}: index`, value: indexMs, unit: "ms", note },
    { what: `${name}: ${hosts.length} hosts`, value: median(all), unit: "ms" },
    { what: `${name}: one host, p99`, value: single[Math.floor(single.length * 0.99)]!, unit: "ms" },
  ];
}

async function readFolder(): Promise<Advisory[]> {
  const advisories: Advisory[] = [];
  for (const file of globSync(`${FOLDER}**/*.json`)) {
    const source = (async function* () {
      yield readFileSync(file);
    })();
    for await (const events of parseCsaf(source)) {
      for (const event of events) if (event.type === "advisory") advisories.push(event.advisory);
    }
  }
  return advisories;
}

const siemensNumbers = ["6ES7315-2EH14-0AB0", "6ES7214-1AG40-0XB0", "6ES7511-1AK02-0AB0", "6GK5208-0BA00-2AB2"];
const rockwellNumbers = ["1756-L83E", "1756-EN2T", "1756-ENBT", "1769-L33ER", "5069-L306ER"];

function makeHost(number: number): MatchedDevice[] {
  const isSiemens = number % 2 === 0;
  const pick = (list: readonly string[]) => list[number % list.length]!;
  const hardware: Hardware = {
    manufacturer: isSiemens ? "Siemens" : "Rockwell Automation",
    type: null,
    category: null,
    family: null,
    model: null,
    orderNumber: isSiemens ? pick(siemensNumbers) : null,
    catalogNumber: isSiemens ? null : `${pick(rockwellNumbers)}/${"ABCD"[number % 4]}`,
    serialNumber: null,
    firmwareVersion: isSiemens
      ? `V${1 + (number % 4)}.${number % 7}.${number % 19}`
      : `${5 + (number % 30)}.0${10 + (number % 9)}`,
    hardwareRevision: null,
  };
  return [{ place: null, hardware, isFirmwareProven: true }];
}

/** Six products each: one in ten advisories names one of the plant's parts, the others parts that it has not. */
function makeAdvisory(number: number): Advisory {
  const isSiemens = number % 2 === 0;
  const products = Array.from({ length: 6 }, (_, place) => {
    const isOwned = number % 10 < 2 && place === 0;
    const list = isSiemens ? siemensNumbers : rockwellNumbers;
    const foreign = isSiemens ? `6ES7${400 + (number % 90)}-${place}XX0${place}-0AB0` : `1794-${number}X${place}`;
    const part = isOwned ? list[(number / 2 - (number % 2) / 2) % list.length]! : foreign;
    return {
      id: `P${place}`,
      vendor: isSiemens ? "Siemens" : "Rockwell Automation",
      name: isSiemens ? `CPU (${part})` : part,
      versions: ["vers:all/*", "< V3.X.17", `<= ${number % 30}.${number % 20}`, `>= V2.0 < V${2 + (number % 5)}.4`][
        number % 4
      ]!,
      modelNumbers: [],
      platformId: null,
      componentId: null,
    };
  });
  return {
    id: `EX-${number}`,
    title: "",
    url: null,
    publisher: "",
    version: "1",
    isFinal: true,
    withdrawal: null,
    releasedAt: 0,
    updatedAt: 0,
    impact: "",
    products,
    vulnerabilities: Array.from({ length: 3 }, (_, place) => ({
      cveId: `CVE-2025-${10_000 + number * 3 + place}`,
      title: "",
      description: "",
      cweId: null,
      scores: [],
      standings: new Map(products.map(({ id }) => [id, "affected" as const])),
      remediations: [],
    })),
  };
}
