import { describe, expect, test } from "vitest";
import {
  goneAnswer,
  indexLifecycle,
  type LifecycleEntry,
  lifecycleHeaders,
  lifecycleProblems,
  lifecycleState,
  SHIPPED_LIFECYCLE,
} from "./index.ts";

const POLICY = "/docs/versions";
const hostList = indexLifecycle(SHIPPED_LIFECYCLE).get("GET /ot/v1/host/list") as LifecycleEntry;
const plain: LifecycleEntry = { ...hostList, lenientState: null };

describe("lifecycleState", () => {
  test("is active for an operation without an entry", () => {
    expect(lifecycleState(undefined, Date.UTC(2030, 0), "strict")).toBe("active");
  });

  test.each([
    ["2025-06-30T23:59:59.999Z", "active"],
    ["2025-07-01T00:00:00Z", "eos"],
    ["2025-12-31T23:59:59.999Z", "eos"],
    ["2026-01-01T00:00:00Z", "eol"],
  ])("applies the published dates in the strict profile: %s is %s", (at, state) => {
    expect(lifecycleState(hostList, Date.parse(at), "strict")).toBe(state);
  });

  test.each(["2025-01-01", "2025-08-01", "2031-01-01"])("serves v1 as eos in the lenient profile on %s", (at) => {
    for (const entry of SHIPPED_LIFECYCLE) expect(lifecycleState(entry, Date.parse(at), "lenient")).toBe("eos");
  });

  test("applies the dates in the lenient profile too when the entry does not stand still", () => {
    expect(lifecycleState(plain, Date.UTC(2026, 0), "lenient")).toBe("eol");
    expect(lifecycleState({ ...plain, eolAt: null }, Date.UTC(2036, 0), "lenient")).toBe("eos");
    expect(lifecycleState({ ...plain, eolAt: null, eosAt: null }, Date.UTC(2036, 0), "lenient")).toBe("active");
  });
});

test("the shipped entries cover the three v1 list operations and have no problems", () => {
  expect(SHIPPED_LIFECYCLE.map(({ api, successor }) => [api, successor])).toEqual([
    ["GET /ot/v1/host/list", "/ot/1.0/host/list"],
    ["GET /ot/v1/detection/list", "/ot/1.0/detection/list"],
    ["GET /ot/v1/projectfile/list", "/ot/1.0/projectfile/list"],
  ]);
  for (const entry of SHIPPED_LIFECYCLE) expect(lifecycleProblems(entry)).toEqual([]);
});

describe("lifecycleHeaders", () => {
  test("carries Deprecation, Sunset and the links after the end of service", () => {
    expect(lifecycleHeaders(hostList, POLICY)).toEqual([
      ["Deprecation", "@1751328000"],
      ["Sunset", "Thu, 01 Jan 2026 00:00:00 GMT"],
      [
        "Link",
        '</ot/1.0/host/list>; rel="successor-version", ' +
          '</docs/versions>; rel="deprecation"; type="text/html", </docs/versions>; rel="sunset"; type="text/html"',
      ],
    ]);
  });

  test("prefers the date of deprecation and leaves out what is not planned", () => {
    const entry = { ...hostList, deprecatedAt: Date.UTC(2025, 0), eolAt: null, successor: null };
    expect(lifecycleHeaders(entry, POLICY)).toEqual([
      ["Deprecation", "@1735689600"],
      ["Link", '</docs/versions>; rel="deprecation"; type="text/html"'],
    ]);
  });
});

describe("goneAnswer", () => {
  test("is 410, names the successor and must not be stored", () => {
    expect(goneAnswer(hostList)).toEqual({
      status: 410,
      message: "GET /ot/v1/host/list reached its end of life on 2026-01-01; use /ot/1.0/host/list instead",
      successor: "/ot/1.0/host/list",
      headers: [
        ["Cache-Control", "no-store"],
        ["Link", '</ot/1.0/host/list>; rel="successor-version"'],
        ["Sunset", "Thu, 01 Jan 2026 00:00:00 GMT"],
      ],
    });
  });

  test("is 404 by setting and says when there is no successor", () => {
    const answer = goneAnswer({ ...hostList, successor: null, eolAt: null }, 404);
    expect(answer.status).toBe(404);
    expect(answer.message).toBe("GET /ot/v1/host/list reached its end of life; there is no successor");
    expect(answer.headers).toEqual([["Cache-Control", "no-store"]]);
  });
});

describe("lifecycleProblems", () => {
  test.each<[string, Partial<LifecycleEntry>, string]>([
    ["an end of life before the end of service", { eolAt: Date.UTC(2025, 0) }, "eosAt must not be after eolAt"],
    ["a late deprecation", { deprecatedAt: Date.UTC(2025, 8) }, "deprecatedAt must not be after eosAt"],
    ["a date that is none", { eosAt: Number.NaN }, "eosAt must be a date"],
    ["itself as successor", { successor: "/ot/v1/host/list" }, "successor must be another operation"],
    ["a successor that breaks the header", { successor: "/a>\r\nX: 1" }, "successor must be a path in printable ASCII"],
    ["a path without a method", { api: "/ot/v1/host/list" }, "api must be a method and a route template"],
  ])("refuses %s", (_name, change, problem) => {
    expect(lifecycleProblems({ ...hostList, ...change }).join("\n")).toContain(problem);
  });
});
