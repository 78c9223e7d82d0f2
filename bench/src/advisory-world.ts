import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BARE_ADVISORY, UNKNOWN_HARDWARE } from "@breakwater/domain/ot/advisories/advisory.fixture";
import type { Advisory, MatchedDevice } from "@breakwater/domain/ot/advisories/index";
import type { Hardware } from "@breakwater/domain/ot/index";
import { parseCsaf } from "@breakwater/formats/advisories/csaf/index";

const ADVISORIES = 2_380;
const FOLDER = fileURLToPath(new URL("../../../shared/data/knowledge/csaf/", import.meta.url));

/** A plant, and generated advisories of which one in ten names parts of it. */
export function makeWorld(hosts: number): { hosts: MatchedDevice[][]; advisories: Advisory[] } {
  return {
    hosts: Array.from({ length: hosts }, (_, number) => makeHost(number)),
    advisories: Array.from({ length: ADVISORIES }, (_, number) => makeAdvisory(number)),
  };
}

/** The public advisories; none where the sample data is not beside the checkout. */
export async function readPublicAdvisories(): Promise<Advisory[]> {
  const advisories: Advisory[] = [];
  for (const file of globSync(`${FOLDER}**/*.json`).sort()) {
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
    ...UNKNOWN_HARDWARE,
    manufacturer: isSiemens ? "Siemens" : "Rockwell Automation",
    orderNumber: isSiemens ? pick(siemensNumbers) : null,
    catalogNumber: isSiemens ? null : `${pick(rockwellNumbers)}/${"ABCD"[number % 4]}`,
    firmwareVersion: isSiemens
      ? `V${1 + (number % 4)}.${number % 7}.${number % 19}`
      : `${5 + (number % 30)}.0${10 + (number % 9)}`,
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
    ...BARE_ADVISORY,
    id: `EX-${number}`,
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
