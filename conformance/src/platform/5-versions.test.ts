import { beforeAll, describe, expect, test } from "vitest";
import { bodyOf, get, logIn } from "../http.ts";
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
