import { beforeAll, describe, expect, test } from "vitest";
import { bodyOf, call, get, logIn } from "../http.ts";
import { HandClock, ownTest, useOwnTarget, useTarget } from "../target.ts";

const EOS = Date.UTC(2025, 6, 1) / 1000;
const SUNSET = "Thu, 01 Jan 2026 00:00:00 GMT";
const SUCCESSOR = '</ot/1.0/host/list>; rel="successor-version"';

function expectEndOfService(headers: Headers): void {
  expect(headers.get("deprecation")).toBe(`@${EOS}`);
  expect(headers.get("sunset")).toBe(SUNSET);
  const link = headers.get("link") ?? "";
  expect(link).toContain(SUCCESSOR);
  expect(link).toMatch(/<[^>]+>; rel="deprecation"/);
  expect(link).toMatch(/<[^>]+>; rel="sunset"/);
}

function expectActive(headers: Headers): void {
  for (const name of ["deprecation", "sunset", "link"]) expect(headers.get(name), name).toBeNull();
}

describe("profile lenient, the default", () => {
  const target = useTarget();
  let token: string;
  beforeAll(async () => {
    token = await logIn(target);
  });

  test("platform 5 [D]: both versions run side by side and answer the same", async () => {
    const old = await bodyOf(await get(target, "/ot/v1/host/list", token));
    expect(old).toEqual(await bodyOf(await get(target, "/ot/1.0/host/list", token)));
    expect(old).toHaveProperty("assets");
  });

  test("platform 5 [B]: v1 works whatever the date, and says that its service has ended", async () => {
    const response = await get(target, "/ot/v1/host/list", token);
    expect(response.status).toBe(200);
    expectEndOfService(response.headers);
  });

  test("platform 5 [B]: it says so on its errors too", async () => {
    const response = await get(target, "/ot/v1/host/list?filter=(", token);
    expect(response.status).toBe(400);
    expectEndOfService(response.headers);
  });

  test("platform 5 [B]: the page that it names exists", async () => {
    const link = (await get(target, "/ot/v1/host/list", token)).headers.get("link") ?? "";
    const policy = /<([^>]+)>; rel="deprecation"/.exec(link)?.[1] ?? "";
    expect((await fetch(new URL(policy, target.url))).status).toBe(200);
  });

  test("platform 5 [D]: 1.0 is active", async () => {
    expectActive((await get(target, "/ot/1.0/host/list", token)).headers);
  });
});

describe("profile strict", () => {
  const clock = new HandClock("2025-06-30T23:59:59.999Z");
  const target = useOwnTarget({ clock: clock.read, environment: { profile: "strict" } });

  ownTest("platform 5 [D]: before July 2025 v1 is active", async () => {
    clock.set("2025-06-30T23:59:59.999Z");
    const response = await get(target, "/ot/v1/host/list", await logIn(target));
    expect(response.status).toBe(200);
    expectActive(response.headers);
  });

  ownTest("platform 5 [D]: from July 2025 its service has ended and it works", async () => {
    for (const time of ["2025-07-01T00:00:00Z", "2025-12-31T23:59:59.999Z"]) {
      clock.set(time);
      const response = await get(target, "/ot/v1/host/list", await logIn(target));
      expect(response.status).toBe(200);
      expectEndOfService(response.headers);
    }
  });

  ownTest("platform 5 [D]: from January 2026 it is 410, names its successor and is not to be kept", async () => {
    clock.set("2026-01-01T00:00:00Z");
    const response = await get(target, "/ot/v1/host/list", await logIn(target));
    const body = await bodyOf(response, 410);
    expect(body).toMatchObject({ status: 410, error: "Gone" });
    expect(body.message).toContain("/ot/1.0/host/list");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("link")).toContain(SUCCESSOR);
  });

  ownTest("platform 5 [B]: it then consumes no limit", async () => {
    clock.set("2025-12-31T23:59:00Z");
    const token = await logIn(target);
    const before = Number((await get(target, "/ot/v1/host/list", token)).headers.get("x-ratelimit-remaining"));
    clock.set("2026-01-01T00:00:00Z");
    for (let call = 0; call < 5; call += 1) {
      expect((await get(target, "/ot/v1/host/list", token)).headers.get("x-ratelimit-remaining")).toBeNull();
    }
    clock.set("2025-12-31T23:59:30Z");
    const after = Number((await get(target, "/ot/v1/host/list", token)).headers.get("x-ratelimit-remaining"));
    expect(after).toBe(before - 1);
  });

  ownTest("platform 5 [D]: the successor goes on", async () => {
    clock.set("2026-01-01T00:00:00Z");
    const response = await get(target, "/ot/1.0/host/list", await logIn(target));
    expect(response.status).toBe(200);
    expectActive(response.headers);
  });
});

describe("dates set over the API", () => {
  const API = "GET /ot/1.0/host/count";
  const PATH = "/ot/1.0/host/count";
  const clock = new HandClock("2026-03-01T00:00:00Z");
  const target = useOwnTarget({ clock: clock.read, environment: { retiredStatus: "404" } });
  const set = async (json: object) =>
    call(target, "PUT", "/admin/1.0/version/set", { token: await logIn(target), json });
  const list = async () =>
    bodyOf<{ api: string; state: string; isEdited: boolean }[]>(
      await get(target, "/admin/1.0/version/list", await logIn(target)),
    );

  ownTest("platform 5 [D]: the table lists every version with its state, dates and successor", async () => {
    const response = await get(target, "/admin/1.0/version/list", await logIn(target));
    expect(response.headers.get("count")).toBe(String((await list()).length));
    expect(await list()).toContainEqual({
      api: "GET /ot/v1/host/list",
      operation: "ot.host.list",
      version: "v1",
      state: "eos",
      deprecatedAt: null,
      eosAt: "2025-07-01T00:00:00.000Z",
      eolAt: "2026-01-01T00:00:00.000Z",
      successor: "/ot/1.0/host/list",
      isEdited: false,
    });
    expect((await list()).find(({ api }) => api === API)).toMatchObject({ state: "active", isEdited: false });
  });

  ownTest("platform 5 [D]: a version goes through its states by the dates that were set", async () => {
    const token = await logIn(target);
    const dates = { api: API, eosAt: "2026-04-01", eolAt: "2026-05-01T12:00:00Z", successor: "/ot/1.0/host/list" };
    expect(await bodyOf(await set(dates))).toMatchObject({ api: API, state: "active", isEdited: true });
    expectActive((await get(target, PATH, token)).headers);
    clock.set("2026-04-01T00:00:00Z");
    const ended = await get(target, PATH, await logIn(target));
    expect(ended.status).toBe(200);
    expect(ended.headers.get("deprecation")).toBe(`@${Date.UTC(2026, 3, 1) / 1000}`);
    expect(ended.headers.get("sunset")).toBe("Fri, 01 May 2026 12:00:00 GMT");
    expect(ended.headers.get("link")).toContain(SUCCESSOR);
    clock.set("2026-05-01T12:00:00Z");
    const gone = await get(target, PATH, await logIn(target));
    expect(gone.headers.get("cache-control")).toBe("no-store");
    expect(gone.headers.get("x-ratelimit-remaining")).toBeNull();
    expect(gone.headers.get("link")).toContain(SUCCESSOR);
    const body = await bodyOf(gone, 404);
    expect(body.message).toContain("/ot/1.0/host/list");
  });

  ownTest(
    "platform 5 [B]: 404 by setting, the policy page shows the dates, a reset brings the version back",
    async () => {
      clock.set("2026-06-01T00:00:00Z");
      expect((await get(target, PATH, await logIn(target))).status).toBe(404);
      const page = await (await fetch(`${target.url}/docs/versions`)).text();
      expect(page).toContain("<code>GET /ot/1.0/host/count</code></td><td>2026-04-01</td><td>2026-05-01</td>");
      const reset = await call(target, "POST", "/admin/1.0/version/reset", {
        token: await logIn(target),
        json: { api: API },
      });
      expect(await bodyOf(reset)).toMatchObject({ state: "active", isEdited: false, eosAt: null, eolAt: null });
      expect((await get(target, PATH, await logIn(target))).status).toBe(200);
    },
  );

  ownTest("platform 5 [B]: an edited v1 follows its dates under the lenient profile too", async () => {
    expect((await set({ api: "GET /ot/v1/host/list", eolAt: "2026-01-02" })).status).toBe(200);
    const response = await get(target, "/ot/v1/host/list", await logIn(target));
    expect((await bodyOf(response, 404)).message).toContain("2026-01-02");
  });

  ownTest("platform 5 [B]: wrong names and dates are refused with what is wrong", async () => {
    const message = async (json: object) => (await bodyOf(await set(json), 400)).message;
    expect(await message({ api: "GET /ot/1.0/host/cont", eosAt: null })).toContain("nearest is GET /ot/1.0/host/count");
    expect(await message({ api: API, successor: "/ot/1.0/host/lits" })).toContain("nearest is /ot/1.0/host/list");
    expect(await message({ api: API, eosAt: "2026-02-01", eolAt: "2026-01-01" })).toContain("eosAt must not be after");
    expect(await message({ api: API, eosAt: "soon" })).toContain("eosAt must be a date");
  });
});
