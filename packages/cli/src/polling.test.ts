import { ApiError } from "@breakwater/client";
import { afterEach, expect, test, vi } from "vitest";
import { CommandFailure, UnreachableError } from "./failure.ts";
import { pollUntilDone } from "./polling.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const refusal = (status: number) => new ApiError(status, "try again shortly", new Headers());

/** One look after the other: what is thrown, or what is read. */
function looks(...answers: unknown[]): () => Promise<unknown> {
  return async () => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
}

test("a server that is away for some looks is waited for, and that is said once", async () => {
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const read = looks(refusal(503), new UnreachableError("nothing listens"), refusal(502), undefined, "done");
  expect(await pollUntilDone(read)).toBe("done");
  expect(said.mock.calls.map(([line]) => line)).toEqual(["try again shortly; waiting for it to come back\n"]);
});

test.each([
  ["a refusal", refusal(404)],
  ["an error of the server", refusal(500)],
  ["work that failed", new CommandFailure("the report is FAILED")],
])("%s ends the wait", async (_what, error) => {
  await expect(pollUntilDone(looks(error, "done"))).rejects.toBe(error);
});

test("a server that stays away for ten minutes is given up", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const error = new UnreachableError("nothing listens");
  const read = async () => {
    vi.advanceTimersByTime(301_000);
    throw error;
  };
  const waits = vi.fn(read);
  await expect(pollUntilDone(waits)).rejects.toBe(error);
  expect(waits).toHaveBeenCalledTimes(3);
});
