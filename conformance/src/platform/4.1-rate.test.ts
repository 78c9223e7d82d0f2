import { beforeEach, describe, expect } from "vitest";
import { bodyOf, call, get, logIn, query } from "../http.ts";
import { getRaw } from "../raw-http.ts";
import { HandClock, ownTest, useOwnTarget } from "../target.ts";

const LIMIT = 300;
const WINDOW_SEC = 3600;
const V10 = "/ot/1.0/host/list";

const clock = new HandClock("2025-09-01T08:00:00Z");
const target = useOwnTarget({ clock: clock.read });
let token: string;
// Every test starts with an empty window; the tokens of four hours end on the way.
beforeEach(async () => {
  if (process.env.CONFORMANCE_URL) return;
  clock.advance(WINDOW_SEC);
  token = await logIn(target);
});

/** Calls until `count` were made or one was blocked; the number admitted. */
async function admit(count: number, path = V10): Promise<number> {
  for (let made = 0; made < count; made += 1) {
    const response = await get(target, path, token);
    await response.arrayBuffer();
    if (response.status === 429) return made;
  }
  return count;
}

const limits = (response: Response) => ({
  limit: response.headers.get("x-ratelimit-limit"),
  window: response.headers.get("x-ratelimit-window-sec"),
  remaining: response.headers.get("x-ratelimit-remaining"),
  wait: response.headers.get("x-ratelimit-towait-sec"),
});

describe("an admitted call", () => {
  ownTest("platform 4.1 [D]: Standard is the default; the first call shows 299 of 300 in 3600 s", async () => {
    const first = limits(await get(target, V10, token));
    expect(first).toEqual({ limit: "300", window: "3600", remaining: "299", wait: null });
    expect(limits(await get(target, V10, token)).remaining).toBe("298");
  });

  ownTest("platform 4.1 [B]: it also carries the IETF fields", async () => {
    const { headers } = await get(target, V10, token);
    expect(headers.get("ratelimit-policy")).toBe('"hour";q=300;w=3600');
    expect(headers.get("ratelimit")).toMatch(/^"hour";r=299(;t=\d+)?$/);
    clock.advance(600);
    expect((await get(target, V10, token)).headers.get("ratelimit")).toBe('"hour";r=298;t=3000');
  });

  ownTest("platform 4.1 [D]: each API counts for itself, v1 and 1.0 too", async () => {
    await admit(5);
    expect(limits(await get(target, "/ot/v1/host/list", token)).remaining).toBe("299");
    expect(limits(await get(target, "/ot/1.0/host/count", token)).remaining).toBe("299");
    const report = "/etm/api/rest/v1/reports/0b0b0b0b-0000-4000-8000-00000000000";
    expect(limits(await get(target, `${report}1`, token)).remaining).toBe("299");
    expect(limits(await get(target, `${report}2`, token)).remaining).toBe("298");
    expect(limits(await get(target, `${V10}/?pageSize=1`, token)).remaining).toBe("294");
  });

  ownTest("platform 4.1 [D]: all users of a subscription share one count", async () => {
    const login = { username: "sharing_reader", password: "a-long-pass-phrase-1" };
    const json = { ...login, role: "Reader" };
    await bodyOf(await call(target, "POST", "/admin/1.0/user/create", { token, json }), 201);
    await admit(3);
    expect(limits(await get(target, V10, await logIn(target, login))).remaining).toBe("296");
    expect(limits(await get(target, V10, token)).remaining).toBe("295");
  });

  ownTest("platform 4.1 [D]: it counts whatever the module answers", async () => {
    const bad = await get(target, `${V10}${query({ filter: "nonsense:(" })}`, token);
    expect([bad.status, limits(bad).remaining]).toEqual([400, "299"]);
    const missing = await get(target, "/ingest/1.0/import/none", token);
    expect([missing.status, limits(missing).remaining]).toEqual([404, "299"]);
    expect(limits(await get(target, V10, token)).remaining).toBe("298");
  });

  ownTest("platform 4.1 [D]: calls that fail authentication do not count and show no limits", async () => {
    for (let call = 0; call < 5; call += 1) {
      const response = await get(target, V10, "not.a.token");
      expect([response.status, limits(response).limit]).toEqual([401, null]);
    }
    expect(limits(await get(target, V10, token)).remaining).toBe("299");
  });
});

describe("a blocked call", () => {
  ownTest("platform 4.1 [D]: it is 429 with an empty body and the printed headers", async () => {
    expect(await admit(LIMIT + 1)).toBe(LIMIT);
    clock.advance(1550);
    const response = await get(target, V10, token);
    expect(response.status).toBe(429);
    expect(await response.text()).toBe("");
    expect(response.headers.get("content-length")).toBe("0");
    expect(limits(response)).toEqual({ limit: "300", window: "3600", remaining: "0", wait: "2050" });
    expect(response.headers.get("retry-after")).toBe("2050");
    expect(response.headers.get("ratelimit")).toBe('"hour";r=0;t=2050');
    expect(response.headers.get("count")).toBeNull();
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  });

  ownTest("platform 4.1 [D]: its reason phrase is Too Many Requests", async () => {
    await admit(LIMIT);
    const { statusLine, body } = await getRaw(target, V10, { Authorization: `Bearer ${token}` });
    expect(statusLine).toBe("HTTP/1.1 429 Too Many Requests");
    expect(body).toBe("");
  });

  ownTest("platform 4.1 [B]: it has a body only if Accept names application/problem+json", async () => {
    await admit(LIMIT);
    const response = await get(target, V10, token, { accept: "application/json, application/problem+json" });
    expect(response.status).toBe(429);
    expect(response.headers.get("content-type")).toContain("application/problem+json");
    expect(await response.json()).toMatchObject({ status: 429, title: "Too Many Requests" });
    expect(limits(response)).toMatchObject({ remaining: "0", wait: "3600" });
    for (const accept of ["*/*", "application/json"]) {
      expect(await (await get(target, V10, token, { accept })).text()).toBe("");
    }
  });

  ownTest("platform 4.1 [D]: it does not count", async () => {
    await admit(LIMIT);
    for (let call = 0; call < 50; call += 1) expect((await get(target, V10, token)).status).toBe(429);
    clock.advance(WINDOW_SEC);
    expect(limits(await get(target, V10, token)).remaining).toBe("299");
  });

  ownTest("platform 4.1 [D]: other APIs go on", async () => {
    await admit(LIMIT);
    expect((await get(target, V10, token)).status).toBe(429);
    expect((await get(target, "/ot/v1/host/list", token)).status).toBe(200);
  });
});

describe("the window", () => {
  ownTest(
    "platform 4.1 [D]: a block ends exactly when the oldest call leaves the window, not a moment later",
    async () => {
      await admit(LIMIT);
      clock.advance(WINDOW_SEC - 1);
      expect(limits(await get(target, V10, token)).wait).toBe("1");
      clock.nowMs += 999;
      expect(limits(await get(target, V10, token)).wait).toBe("1");
      clock.nowMs += 1;
      expect(limits(await get(target, V10, token))).toMatchObject({ remaining: "299", wait: null });
    },
  );

  ownTest("platform 4.1 [D]: it rolls: what 100 and 200 calls half an hour apart leave free", async () => {
    expect(await admit(100)).toBe(100);
    clock.advance(1800);
    expect(await admit(201)).toBe(200);
    expect(limits(await get(target, V10, token)).wait).toBe("1800");
    clock.advance(1800);
    expect(await admit(101)).toBe(100);
    expect(limits(await get(target, V10, token)).wait).toBe("1800");
    clock.advance(1800);
    expect(limits(await get(target, V10, token)).remaining).toBe("199");
  });

  ownTest("platform 4.1 [D]: across a full hour no more than 300 pass, as fixed windows would let", async () => {
    // Most of the calls late in one hour of the clock, more at the beginning of the next.
    clock.nowMs += WINDOW_SEC * 1000 - (clock.nowMs % (WINDOW_SEC * 1000)) - 10_000;
    token = await logIn(target);
    expect(await admit(LIMIT)).toBe(LIMIT);
    clock.advance(20);
    expect(await admit(LIMIT)).toBe(0);
  });

  ownTest("platform 4.1 [D]: one call each 12 s never fills it, and the next 299 are there at once", async () => {
    for (let call = 0; call < 310; call += 1) {
      expect(await admit(1)).toBe(1);
      clock.advance(12);
    }
    // 299 calls are still within the hour: the one of 3600 s ago has just left.
    expect(await admit(2)).toBe(1);
  });

  ownTest("platform 4.1 [D]: counters survive a restart", async () => {
    expect(await admit(LIMIT - 1)).toBe(LIMIT - 1);
    await target.restart();
    expect(await admit(2)).toBe(1);
    clock.advance(100);
    await target.restart();
    expect(limits(await get(target, V10, token)).wait).toBe(String(WINDOW_SEC - 100));
  });
});
