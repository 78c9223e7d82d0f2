import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { Command } from "commander";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProgram } from "./program.ts";
import { createSandbox, runCli, type Sandbox } from "./testing/cli-process.fixture.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox();
});
afterAll(() => sandbox.remove());

function listCommands(command: Command, path: string[] = []): string[][] {
  if (command.commands.length === 0) return [path];
  return command.commands.flatMap((child) => listCommands(child, [...path, child.name()]));
}
const commands = listCommands(createProgram());

test("the commands are those of this release", () => {
  expect(commands.map((path) => path.join(" ")).sort()).toEqual([
    "backup",
    "capture import",
    "demo",
    "import",
    "login",
    "report run",
    "restore",
    "serve",
    "tag create",
    "tag list",
    "user create",
    "user list",
  ]);
});

test.concurrent.each(commands.map((path) => [path.join(" "), path] as const))(
  "%s explains itself with --help, exit 0, and takes --output",
  async (name, path) => {
    const { code, stdout, stderr } = await runCli(sandbox, [...path, "--help"]);
    expect(stdout).toContain(`Usage: breakwater ${name} [options]`);
    expect(stdout).toContain("--output <format>");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  },
);

test.concurrent.each([
  ["nothing at all", [], "Usage: breakwater"],
  ["an unknown command", ["imprt"], "unknown command 'imprt'"],
  ["a group without a verb", ["user"], "Usage: breakwater user"],
  ["an unknown option", ["tag", "list", "--colour"], "unknown option '--colour'"],
  ["a missing argument", ["import"], "missing required argument 'files'"],
  ["a value that is no choice", ["report", "run", "--format", "xml"], "Allowed choices are json, csv, jsonl"],
  ["a criticality out of range", ["tag", "create", "T", "--criticality", "6"], "a whole number from 1 to 5"],
  ["a URL that is none", ["tag", "list", "--url", "localhost"], '"localhost" is no URL of a server'],
  ["a password without a user", ["tag", "list", "--password", "x"], "give --username too"],
  ["log-in without a terminal", ["login", "--username", "u"], "there is no terminal to ask on"],
  ["a port that is none", ["serve", "--port", "http"], 'port is "http", but must be a whole number'],
  ["plain HTTP for everybody", ["serve", "--host", "0.0.0.0"], "plain HTTP is for loopback only"],
  ["half of a TLS pair", ["serve", "--tls-cert", "cert.pem"], "--tls-cert and --tls-key go together"],
])("%s is wrong usage: exit 2, the reason on stderr, nothing on stdout", async (_name, args, reason) => {
  const { code, stdout, stderr } = await runCli(sandbox, args);
  expect(stderr).toContain(reason);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
});

test.concurrent.each([
  ["a file that is not there", ["import", "missing.nessus"], "there is no file missing.nessus"],
  ["a directory for a file", ["import", "."], ". is no file"],
  ["a log-in that nobody made", ["user", "list"], "not logged in at http://127.0.0.1:8080: run `breakwater login`"],
  ["a backup of nothing", ["backup", "b.zst", "--data-dir", "nowhere"], "holds no installation"],
])("%s is a failure: exit 1 and what to do", async (_name, args, reason) => {
  const { code, stdout, stderr } = await runCli(sandbox, args);
  expect(stderr).toContain(reason);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
});

test("a server that does not run is a failure: exit 1 and how to start it", async () => {
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const url = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
  closed.close();
  const flags = ["--url", url, "--username", "u", "--password", "p"];
  expect(await runCli(sandbox, ["tag", "list", ...flags])).toEqual({
    code: 1,
    stdout: "",
    stderr: `breakwater: nothing listens at ${url}: start it with \`breakwater serve\`, or give --url\n`,
  });
});
