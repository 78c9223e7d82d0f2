import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fillSubscription, logIn, plantTenant, type Tenant } from "@breakwater/testkit/tenant";
import fc from "fast-check";
import { afterAll, beforeAll, expect } from "vitest";
import { makeCallers, type TenantCaller } from "../fuzz/callers.ts";
import { callsOf } from "../fuzz/calls.ts";
import { judge, shows } from "../fuzz/judge.ts";
import { type ApiOperation, readOperations } from "../fuzz/operations.ts";
import { type FuzzCall, Sender, toCurl } from "../fuzz/send.ts";
import { bodyOf, get } from "../http.ts";
import { makePlantCapture, ownTest, useOwnTarget } from "../target.ts";

/** Both can be given, to repeat a run: `FUZZ_SEED=… FUZZ_CALLS=… npx vitest run --project conformance 9-fuzz`. */
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const CALLS = Number(process.env.FUZZ_CALLS ?? 25_000);
const AT_ONCE = 12;
const MAX_PROBLEMS = 5;
const MAX_GROWTH_BYTES = 768 * 1024 * 1024;

/** With a folder for each subscription. */
const importDir = mkdtempSync(join(tmpdir(), "breakwater-fuzz-"));
for (const subscriptionId of ["1", "2", "3"]) mkdirSync(join(importDir, subscriptionId, "in"), { recursive: true });
afterAll(() => rmSync(importDir, { recursive: true }));

/** Behind a proxy, so that the log-in guard sees many addresses. */
const target = useOwnTarget({ environment: { trustedProxies: "127.0.0.0/8", importDir } });

/** Each of these costs a hash of argon2, a key or a job: asked more seldom. */
const DEAR =
  /^(auth\.(token|password)|admin\.(user|subscription)\.(create|update)$|admin\.key\.rotate|etm\.report\.submit|ingest\.import\.create)/;

let operations: ApiOperation[];
let tenants: readonly [operator: Tenant, alder: Tenant, birch: Tenant];
let callers: TenantCaller[];

beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  operations = await readOperations(target.url);
  const ground = { url: target.url, operatorToken: await logIn(target.url, target.manager) };
  const capture = await makePlantCapture();
  tenants = [
    await fillSubscription(ground, 1, target.manager, { marker: "cedarmark", capture }),
    await plantTenant(ground, { marker: "aldermark", capture }),
    await plantTenant(ground, { marker: "birchmark", capture }),
  ];
  callers = await makeCallers(target, tenants);
});

ownTest(
  "platform 9 [D]: bad input of every kind, to every operation, never yields 5xx, a hang or another's data",
  async () => {
    const calls = sampleCalls();
    const sender = new Sender(target.url);
    const problems: string[] = [];
    const statuses = new Map<string, number>();
    const before = process.memoryUsage().rss;
    const worker = async () => {
      for (let next = calls.pop(); next && problems.length < MAX_PROBLEMS; next = calls.pop()) {
        const found = await tryCall(sender, next, statuses);
        if (found.length > 0)
          problems.push(
            `${next.caller.name}: ${found.join("; ")}\n${toCurl(target.url, next.call, next.caller.token)}`,
          );
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    sender.close();
    if (problems.length > 0) throw new Error(`FUZZ_SEED=${SEED} FUZZ_CALLS=${CALLS}\n\n${problems.join("\n\n")}`);
    expect(process.memoryUsage().rss - before).toBeLessThan(MAX_GROWTH_BYTES);
    assertReached(statuses);
    await assertAtRest();
  },
);

type Planned = { call: FuzzCall; caller: TenantCaller; operation: ApiOperation };

function sampleCalls(): Planned[] {
  const each = callers.flatMap((caller) => operations.map((operation) => ({ caller, operation })));
  const planned = each.map(({ caller, operation }) => ({
    weight: DEAR.test(operation.id) ? 2 : 5,
    arbitrary: callsOf(operation, caller).map((made): Planned => ({ call: made, caller, operation })),
  }));
  return fc.sample(fc.oneof(...planned), { numRuns: CALLS, seed: SEED });
}

async function tryCall(sender: Sender, { call: made, caller, operation }: Planned, statuses: Map<string, number>) {
  try {
    const answer = await sender.send(made);
    if (!answer) return [];
    const key = `${operation.id} ${answer.status < 400 ? "done" : "refused"}`;
    statuses.set(key, (statuses.get(key) ?? 0) + 1);
    const others = tenants.filter((one) => one !== caller.tenant && caller.tenant !== tenants[0]);
    const secrets = others.flatMap(({ marker, manager }) => [marker, manager.username]);
    return [
      ...judge(made, answer),
      ...shows(made, answer, secrets).map((text) => `shows ${text} of another subscription`),
    ];
  } catch (error) {
    return [String(error)];
  }
}

/** A run whose calls all end at the first check would find nothing: nearly every operation must have succeeded once. */
function assertReached(statuses: Map<string, number>): void {
  if (CALLS < 10_000) return;
  const never = operations.filter(({ id }) => !statuses.has(`${id} done`)).map(({ id }) => id);
  expect(never.length, `never succeeded: ${never}; FUZZ_SEED=${SEED}`).toBeLessThan(operations.length / 10);
}

/** Still there, and with every slot given back. */
async function assertAtRest(): Promise<void> {
  expect((await get(target, "/health/ready")).status).toBe(200);
  const [operator] = tenants;
  const token = await logIn(target.url, operator.manager);
  for (const { subscriptionId } of tenants) {
    const path = `/admin/1.0/limit/list?subscriptionId=${subscriptionId}`;
    const { apis } = await bodyOf<{ apis: { api: string; running: number }[] }>(await get(target, path, token));
    const own = (api: string) => subscriptionId === 1 && api === "GET /admin/1.0/limit/list";
    expect(apis.filter(({ api, running }) => running > 0 && !own(api))).toEqual([]);
  }
}
