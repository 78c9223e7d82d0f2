import { expect, test } from "vitest";
import { toAppError } from "./problem.ts";

test.each(["22021", "22P05", "22003", "22P02", "22007", "22008", "22009"])(
  "what PostgreSQL cannot read (%s) is the caller's mistake",
  (code) => {
    const error = toAppError(Object.assign(new Error("from the database"), { code }), { id: "r" } as never);
    expect(error).toMatchObject({ code: "invalid-parameter", message: expect.not.stringContaining("database") });
  },
);
