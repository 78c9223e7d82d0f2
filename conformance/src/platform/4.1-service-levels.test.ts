import { beforeAll, beforeEach, describe, expect } from "vitest";
import { bodyOf, call, get, logIn, query } from "../http.ts";
import { HandClock, ownTest, useOwnTarget } from "../target.ts";

const COUNT = "/ot/1.0/host/count";
const clock = new HandClock("2025-09-01T08:00:00Z");
const target = useOwnTarget({ clock: clock.read });
let token: string;

beforeAll(async () => {
  if (!process.env.CONFORMANCE_URL) token = await logIn(target);
});
beforeEach(async () => {
  if (!process.env.CONFORMANCE_URL) await setLimits({ level: "Standard" });
});

async function setLimits(json: object) {
  return bodyOf(await call(target, "PUT", "/admin/1.0/limit/set", { token, json }));
}
const numbers = async (response: Response) => {
  await response.arrayBuffer();
  const header = (name: string) => Number(response.headers.get(`x-ratelimit-${name}`));
  return [response.status, header("limit"), header("window-sec")];
};

describe("service levels", () => {
  for (const [level, concurrency, calls, windowSec] of [
    ["Express", 1, 50, 86_400],
    ["Standard", 2, 300, 3600],
    ["Enterprise", 5, 750, 3600],
    ["Premium", 10, 2000, 3600],
  ] as const) {
    ownTest(`platform 4.1 [D]: ${level} is ${concurrency} at once and ${calls} per ${windowSec} s`, async () => {
      expect(await setLimits({ level })).toMatchObject({ level, concurrency, rate: { calls, windowSec } });
      expect(await numbers(await get(target, COUNT, token))).toEqual([200, calls, windowSec]);
    });
  }

  ownTest("platform 4.1 [D]: Custom is any numbers, for a subscription and for one API", async () => {
    await setLimits({ rate: { calls: 70, windowSec: 700 }, concurrency: 7 });
    await setLimits({ api: `GET ${COUNT}`, rate: { calls: 60, windowSec: 600 } });
    expect(await numbers(await get(target, COUNT, token))).toEqual([200, 60, 600]);
    expect(await numbers(await get(target, "/ot/1.0/host/list", token))).toEqual([200, 70, 700]);
    const path = `/admin/1.0/limit/exception${query({ api: `GET ${COUNT}` })}`;
    expect((await call(target, "DELETE", path, { token })).status).toBe(204);
    expect(await numbers(await get(target, COUNT, token))).toEqual([200, 70, 700]);
  });
});

describe("many calls at the same moment", () => {
  ownTest("platform 4.3 [B]: concurrency and rate are decided in one step: exactly as many get through", async () => {
    clock.advance(86_400);
    token = await logIn(target);
    await setLimits({ api: `GET ${COUNT}`, rate: { calls: 7, windowSec: 60 }, concurrency: 100 });
    const answers = await Promise.all(Array.from({ length: 60 }, () => get(target, COUNT, token)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(7);
    const blocked = answers.filter(({ status }) => status === 429);
    expect(blocked).toHaveLength(53);
    for (const { headers } of blocked) expect(headers.get("x-ratelimit-towait-sec")).toBe("60");
    const left = answers.map(({ headers }) => Number(headers.get("x-ratelimit-remaining"))).sort((a, b) => b - a);
    expect(left.slice(0, 7)).toEqual([6, 5, 4, 3, 2, 1, 0]);
    const path = `/admin/1.0/limit/exception${query({ api: `GET ${COUNT}` })}`;
    expect((await call(target, "DELETE", path, { token })).status).toBe(204);
  });
});

describe("a change", () => {
  ownTest("platform 4.1 [D]: it acts on the next call, and calls made before it count", async () => {
    clock.advance(86_400);
    token = await logIn(target);
    for (let made = 0; made < 3; made += 1) await numbers(await get(target, COUNT, token));
    await setLimits({ api: `GET ${COUNT}`, rate: { calls: 3, windowSec: 10 } });
    const blocked = await get(target, COUNT, token);
    expect([blocked.status, blocked.headers.get("x-ratelimit-towait-sec")]).toEqual([429, "10"]);
    await setLimits({ api: `GET ${COUNT}`, rate: { calls: 4, windowSec: 10 } });
    const admitted = await get(target, COUNT, token);
    expect([admitted.status, admitted.headers.get("x-ratelimit-remaining")]).toEqual([200, "0"]);
  });

  ownTest("platform 4.1 [B]: what is used is shown without being counted", async () => {
    clock.advance(86_400);
    token = await logIn(target);
    await numbers(await get(target, COUNT, token));
    type View = { apis: { api: string; used: number; remaining: number }[] };
    for (let look = 0; look < 2; look += 1) {
      const { apis } = await bodyOf<View>(await get(target, "/admin/1.0/limit/list", token));
      expect(apis.find(({ api }) => api === `GET ${COUNT}`)).toMatchObject({ used: 1 });
    }
  });

  ownTest("platform 4.1 [B]: only the operator makes it, and unknown APIs are named with the nearest", async () => {
    const login = { username: "limits_reader", password: "a-long-pass-phrase-1" };
    const made = await call(target, "POST", "/admin/1.0/user/create", { token, json: { ...login, role: "Reader" } });
    expect(made.status).toBe(201);
    const reader = await logIn(target, login);
    const json = { level: "Premium" };
    expect((await call(target, "PUT", "/admin/1.0/limit/set", { token: reader, json })).status).toBe(403);
    expect((await get(target, "/admin/1.0/limit/list", reader)).status).toBe(403);
    const wrong = { api: "GET /ot/1.0/host/lists", concurrency: 1 };
    const refused = await call(target, "PUT", "/admin/1.0/limit/set", { token, json: wrong });
    expect(await bodyOf(refused, 400)).toMatchObject({ message: expect.stringContaining("GET /ot/1.0/host/list") });
  });
});
