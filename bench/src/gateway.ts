import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import autocannon from "autocannon";
import { type BenchResult, median } from "./result.ts";

const ROUNDS = 7;
const ROUND_SEC = 4;
const CONNECTIONS = 32;

/** Requests per second of one small GET through the gateway, beside bare Fastify in the same run, in turn. */
export async function runGatewayBench(): Promise<BenchResult> {
  const bare = await startServer("bare");
  const gateway = await startServer("gateway");
  try {
    const rates = { bare: [] as number[], gateway: [] as number[] };
    // The first round of each warms up and is not counted.
    for (let round = 0; round <= ROUNDS; round++) {
      const bareRate = await load(bare);
      const gatewayRate = await load(gateway);
      if (round === 0) continue;
      rates.bare.push(bareRate);
      rates.gateway.push(gatewayRate);
    }
    const ratios = rates.gateway.map((rate, round) => rate / (rates.bare[round] ?? Number.NaN));
    return {
      name: "gateway",
      rows: [
        { what: "bare Fastify, one small GET", value: median(rates.bare), unit: "requests/s" },
        {
          what: "gateway: token, permission, rate and concurrency limit, journal",
          value: median(rates.gateway),
          unit: "requests/s",
        },
        {
          what: "ratio gateway / bare, median of pairs",
          value: median(ratios),
          unit: "",
          note: `from ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}; aim 0.70`,
        },
      ],
    };
  } finally {
    bare.process.kill("SIGTERM");
    gateway.process.kill("SIGTERM");
  }
}

type Target = { process: ChildProcess; url: string; token: string };

async function startServer(kind: "bare" | "gateway"): Promise<Target> {
  const script = fileURLToPath(new URL("./gateway-server.ts", import.meta.url));
  const child = spawn(process.execPath, [script, kind], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const [url, token] = line.split(" ");
    if (url && token) return { process: child, url, token };
  }
  throw new Error(`the ${kind} server did not start`);
}

async function load(target: Target): Promise<number> {
  const result = await autocannon({
    url: target.url,
    connections: CONNECTIONS,
    duration: ROUND_SEC,
    headers: { authorization: `Bearer ${target.token}` },
  });
  if (result.non2xx > 0) throw new Error(`${result.non2xx} answers were not 2xx`);
  return result.requests.average;
}
