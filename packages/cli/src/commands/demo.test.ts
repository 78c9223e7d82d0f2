import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSandbox, isAlive, run, type Sandbox, seriousLines, startCli } from "../testing/cli-process.fixture.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox();
});
afterAll(() => sandbox.remove());

const CURL_LINE = /^\s*([A-Z_]+=.*)?\$?\(?curl/;

async function startDemo(env: Record<string, string> = {}) {
  const demo = startCli(sandbox, ["demo"], { BREAKWATER_PORT: "0", BREAKWATER_DATA_DIR: "data", ...env });
  await demo.line(/^Ctrl-C stops/);
  const lines = demo
    .stdout()
    .split("\n")
    .filter((line) => CURL_LINE.test(line));
  const paste = () => run(sandbox, "bash", ["-e", "-c", lines.join("\n")]);
  return { demo, lines, paste, credentials: demo.stdout().match(/password \S+/g) };
}

test("a newcomer's day: start, paste the lines, stop, start again warm", { timeout: 180_000 }, async () => {
  const first = await startDemo();
  expect(first.lines.length).toBeGreaterThanOrEqual(3);
  expect(first.demo.stdout()).toMatch(/import riverside-capture\.pcapng: .*OT hosts new/);
  expect(first.demo.stdout()).toMatch(/import riverside-scan\.nessus: .*findings new/);
  const pasted = await first.paste();
  expect(pasted.code, pasted.stderr).toBe(0);
  expect(pasted.stdout).toContain("HTTP/1.1 200 OK");
  expect(pasted.stdout).toContain("count: 13");
  expect(pasted.stdout).toContain("X-RateLimit-Remaining: ");
  expect(pasted.stdout).toMatch(/"name":"Severe findings"/);
  expect(pasted.stdout).toMatch(/\{"count":5\}\n$/);
  const zip = readFileSync(join(sandbox.dir, "breakwater-report.zip"));
  expect(zip.subarray(0, 4).toString("latin1")).toBe("PK\u0003\u0004");
  expect(zip.length).toBeGreaterThan(10_000);
  expect(statSync(join(sandbox.dir, "data", "demo-credentials.json")).mode & 0o777).toBe(0o600);

  const databasePid = Number(
    readFileSync(join(sandbox.dir, "data", "postgres", "postmaster.pid"), "utf8").split("\n")[0],
  );
  const stopped = await first.demo.stopGroup("SIGINT");
  expect({ code: stopped.code, serious: seriousLines(stopped.stderr) }).toEqual({ code: 0, serious: [] });
  expect(isAlive(databasePid)).toBe(false);

  // Other credentials in the environment are no reason to lock the newcomer out.
  const second = await startDemo({
    BREAKWATER_ADMIN_USERNAME: "somebody",
    BREAKWATER_ADMIN_PASSWORD: "something else 1",
  });
  expect(second.demo.stdout()).not.toContain("import ");
  expect(second.demo.stdout()).toContain("with 13 OT hosts");
  expect(second.credentials).toEqual(first.credentials);
  const again = await second.paste();
  expect(again.code, again.stderr).toBe(0);
  expect((await second.demo.stopGroup("SIGTERM")).code).toBe(0);
});

test("the demo takes the Manager from the environment, quotes it for the shell, and does not keep its password", {
  timeout: 120_000,
}, async () => {
  const password = `it's "$HOME" & \`100%\` \\ !done`;
  const env = {
    BREAKWATER_DATA_DIR: "given",
    BREAKWATER_ADMIN_USERNAME: "o'neil",
    BREAKWATER_ADMIN_PASSWORD: password,
  };
  const { demo, paste } = await startDemo(env);
  const pasted = await paste();
  expect(pasted.code, pasted.stderr).toBe(0);
  expect(readFileSync(join(sandbox.dir, "given", "demo-credentials.json"), "utf8")).not.toContain("100%");
  expect((await demo.stopGroup("SIGTERM")).code).toBe(0);
});

test("a demo killed while it loads goes on where it was, and nothing is doubled", { timeout: 120_000 }, async () => {
  const env = { BREAKWATER_DATA_DIR: "killed" };
  const killed = startCli(sandbox, ["demo"], { BREAKWATER_PORT: "0", ...env });
  await killed.line(/upload riverside-capture/);
  await killed.stopGroup("SIGKILL");
  const { demo, paste } = await startDemo(env);
  expect(demo.stdout()).toContain("with 13 OT hosts");
  const pasted = await paste();
  expect(pasted.code, pasted.stderr).toBe(0);
  const count = /^count: \d+/m.exec(pasted.stdout)?.[0];
  expect(count).toBe("count: 13");
  expect((await demo.stopGroup("SIGTERM")).code).toBe(0);
});
