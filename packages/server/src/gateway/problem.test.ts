import { expect, test } from "vitest";
import { toAppError } from "./problem.ts";

test.each(["22021", "22P05", "22003", "22P02", "22007", "22008", "22009"])(
  "what PostgreSQL cannot read (%s) is the caller's mistake",
  (code) => {
    const error = toAppError(Object.assign(new Error("from the database"), { code }), { id: "r" } as never);
    expect(error).toMatchObject({ code: "invalid-parameter", message: expect.not.stringContaining("database") });
  },
);

test("a full disk is said so, and a lost database is one", () => {
  const answer = (error: Error) => toAppError(error, { id: "r" } as never);
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  expect(answer(full)).toMatchObject({ code: "storage-full", status: 507 });
  expect(answer(new Error("timeout exceeded when trying to connect"))).toMatchObject({ code: "unavailable" });
  expect(answer(new Error("anything else"))).toMatchObject({ code: "internal" });
});
