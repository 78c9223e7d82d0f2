import { Agent, request } from "node:http";
import { parentPort, workerData } from "node:worker_threads";

/**
 * Tries passwords of made-up names from made-up addresses at a fixed rate, a thread of its own so that it does not slow what
 * is measured beside it. Gives how often each status was answered.
 */
const { url, perSec, forSec } = workerData as { url: string; perSec: number; forSec: number };
const TICK_MS = 10;

const agent = new Agent({ keepAlive: true, maxSockets: 200 });
const statuses: Record<string, number> = {};
const pending: Promise<void>[] = [];
const startedAt = performance.now();
let sent = 0;
const timer = setInterval(() => {
  const elapsedSec = (performance.now() - startedAt) / 1000;
  for (; sent < Math.min(elapsedSec, forSec) * perSec; sent += 1) pending.push(attempt(sent));
  if (elapsedSec < forSec) return;
  clearInterval(timer);
  void Promise.all(pending).then(() => {
    agent.destroy();
    parentPort?.postMessage({ sent, statuses });
  });
}, TICK_MS);

function attempt(number: number): Promise<void> {
  const body = `username=name${number % 3000}&password=guess${number}&token=true`;
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    "content-length": body.length,
    "x-forwarded-for": `198.51.${number % 100}.${Math.floor(number / 100) % 200}`,
  };
  return new Promise((resolve) => {
    const count = (status: string) => {
      statuses[status] = (statuses[status] ?? 0) + 1;
      resolve();
    };
    const call = request(`${url}/auth`, { method: "POST", agent, headers }, (response) => {
      response.resume().on("end", () => count(String(response.statusCode)));
    });
    call.on("error", () => count("none")).end(body);
  });
}
