import {
  type Advisory,
  compileAdvisory,
  indexProducts,
  type MatchedDevice,
  matchHost,
} from "@breakwater/domain/ot/advisories/index";
import { makeWorld, readPublicAdvisories } from "./advisory-world.ts";
import { type BenchResult, median } from "./result.ts";

const HOSTS = 10_000;
const ROUNDS = 5;

/** Matching alone: one host, and 10,000 hosts with 2,380 advisories, generated; with the public ones where they are there. */
export async function runAdvisoryMatchingBench(): Promise<BenchResult> {
  const { hosts, advisories } = makeWorld(HOSTS);
  const rows = measure("generated", advisories, hosts);
  const known = await readPublicAdvisories();
  if (known.length > 0) rows.push(...measure("public", known, hosts));
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
