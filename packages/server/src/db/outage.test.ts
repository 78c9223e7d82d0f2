import { expect, test } from "vitest";
import { isDatabaseLost, isDiskFull } from "./outage.ts";

const lost = (code: string | undefined, message: string) => isDatabaseLost(Object.assign(new Error(message), { code }));

test("a file that is not there is no lost database, as too many sessions or a socket that cannot be opened are", () => {
  expect(lost("ENOENT", "ENOENT: no such file or directory, open '/data/part'")).toBe(false);
  expect(lost("08P01", "invalid message")).toBe(false);
  for (const code of ["53300", "57P01", "08006", "ETIMEDOUT", "ECONNRESET"]) expect(lost(code, "")).toBe(true);
  const opening = ["connect ENOENT /run/.s.PGSQL.5432", "timeout exceeded when trying to connect", "timeout expired"];
  for (const message of opening) expect(lost(undefined, message)).toBe(true);
});

test("a full disk is this machine's or that of PostgreSQL", () => {
  expect(["ENOSPC", "EDQUOT", "53100", "EACCES"].map((code) => isDiskFull({ code }))).toEqual([
    true,
    true,
    true,
    false,
  ]);
});
