import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findPinnedRuntime, isRecent, refusal } from "../bin/runtime.js";

const runtimeModule = fileURLToPath(new URL("../bin/runtime.js", import.meta.url));
const pinned = findPinnedRuntime(import.meta.url);

// Any Node can play the old one: what it runs is the module that hands over to another.
const olderNode = ["/usr/bin/node", "/usr/local/bin/node"].find(
  (path) =>
    existsSync(path) && !isRecent(spawnSync(path, ["-p", "process.versions.node"], { encoding: "utf8" }).stdout),
);
const launcher = olderNode ?? process.execPath;

let dir: string;
let script: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "runtime-"));
  script = join(dir, "target.mjs");
  writeFileSync(
    join(dir, "launch.mjs"),
    `import { runWith } from ${JSON.stringify(runtimeModule)};
     runWith(process.argv[2], ${JSON.stringify(script)}, process.argv.slice(3));`,
  );
});
afterAll(() => rmSync(dir, { recursive: true }));

function target(text: string): void {
  writeFileSync(script, text);
}

function launchSync(args: string[], input = "") {
  return spawnSync(launcher, [join(dir, "launch.mjs"), process.execPath, ...args], { encoding: "utf8", input });
}

test("the pinned runtime is installed here and recent enough", () => {
  const { stdout } = spawnSync(pinned ?? "", ["-p", "process.versions.node"], { encoding: "utf8" });
  expect(isRecent(stdout.trim())).toBe(true);
});

test.each([
  ["18.20.4", false],
  ["20.20.2", false],
  ["22.22.0", false],
  ["24.0.0", true],
  ["100.1.0", true],
])("Node %s: recent enough is %s", (version, expected) => {
  expect(isRecent(version)).toBe(expected);
});

test("a platform without a pinned runtime gets one clear line", () => {
  expect(findPinnedRuntime(import.meta.url, "plan9-mips")).toBeUndefined();
  expect(refusal("20.1.0", "plan9-mips")).toMatch(
    /^Breakwater needs Node 24 or newer and this is 20\.1\.0; npm installed none for plan9-mips: [^\n]+$/,
  );
});

describe("handing over to another Node", () => {
  test("passes arguments, standard input and output, and the exit code through", () => {
    target(
      `process.stdin.pipe(process.stdout); console.error(JSON.stringify(process.argv.slice(2))); process.exitCode = 7;`,
    );
    const { status, stdout, stderr } = launchSync(["serve", "--port", "0", "a b"], "typed in");
    expect({ status, stdout, arguments: JSON.parse(stderr) }).toEqual({
      status: 7,
      stdout: "typed in",
      arguments: ["serve", "--port", "0", "a b"],
    });
  });

  test("ends by the signal that ended the other", () => {
    target(`process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000);`);
    expect(launchSync([])).toMatchObject({ status: null, signal: "SIGKILL" });
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "passes %s on and waits for the other's orderly end",
    async (signal) => {
      target(`process.on(${JSON.stringify(signal)}, () => { console.log("stopped in order"); process.exit(3); });
            console.log("ready"); setInterval(() => {}, 1000);`);
      const child = spawn(launcher, [join(dir, "launch.mjs"), process.execPath], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let output = "";
      child.stdout.on("data", (chunk) => {
        output += chunk;
        if (String(chunk).includes("ready")) child.kill(signal);
      });
      expect(await once(child, "close")).toEqual([3, null]);
      expect(output).toBe("ready\nstopped in order\n");
    },
  );

  test("tells when the other cannot be run", () => {
    const { status, stderr } = spawnSync(launcher, [join(dir, "launch.mjs"), join(dir, "missing")], {
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining("missing does not run") });
  });
});

test.skipIf(!olderNode)("the entry file, started by an older Node, runs in the pinned one", () => {
  const entry = fileURLToPath(new URL("../bin/breakwater.js", import.meta.url));
  const { stderr, stdout } = spawnSync(launcher, [entry, "--version"], { encoding: "utf8" });
  expect(`${stdout}${stderr}`).not.toMatch(/needs Node|ERR_UNKNOWN_FILE_EXTENSION|SyntaxError/);
});

describe("a tuned runtime", () => {
  const tuned = (text: string) => {
    writeFileSync(join(dir, "own.ts"), "export const answer: number = 42;");
    writeFileSync(
      script,
      `import { tuneRuntime } from ${JSON.stringify(runtimeModule)};
       import { Worker } from "node:worker_threads";
       tuneRuntime(${JSON.stringify(join(dir, "cache"))});
       ${text}`,
    );
    const { NODE_COMPILE_CACHE, NODE_V8_COVERAGE, ...env } = process.env;
    const run = spawnSync(process.execPath, ["--max-semi-space-size=16", script], { encoding: "utf8", env });
    expect(run.stderr).toBe("");
    return run.stdout;
  };

  test("keeps compiled code where threads find it too", () => {
    const thread = "require('node:worker_threads').parentPort.postMessage(require('node:module').getCompileCacheDir())";
    const said = tuned(`
      console.log((await import("./own.ts")).answer);
      new Worker(${JSON.stringify(thread)}, { eval: true }).once("message", (found) => console.log(found));`);
    expect(said).toMatch(/^42\n/);
    expect(said).toContain(join(dir, "cache"));
    expect(readdirSync(join(dir, "cache"))).not.toHaveLength(0);
  });

  test("leaves a thread the young generation that its resource limits name", () => {
    const thread = `
      for (let kept = [], index = 0; index < 3e6; index++) if (kept.push({ index }) > 1e4) kept = [];
      const { getHeapSpaceStatistics } = require("node:v8");
      const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
      require("node:worker_threads").parentPort.postMessage(young.space_size);`;
    const said = tuned(`
      new Worker(${JSON.stringify(thread)}, { eval: true, resourceLimits: { maxYoungGenerationSizeMb: 6 } })
        .once("message", (size) => console.log(size));`);
    expect(Number(said)).toBeGreaterThan(0);
    expect(Number(said)).toBeLessThan(8 * 2 ** 20);
  });
});
