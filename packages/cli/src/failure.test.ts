import { ApiError } from "@breakwater/client";
import { expect, test } from "vitest";
import { explainFailure } from "./failure.ts";

test.each([400, 401])("what a server says (%d) does not steer the terminal", (status) => {
  const { message } = explainFailure(new ApiError(status, "no\u001b]0;x\u0007\u202e", new Headers()));
  expect(message).toMatch(/^no \]0;x /);
  expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});
