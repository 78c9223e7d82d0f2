import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { Command } from "commander";
import { afterAll, beforeAll, expect, test } from "vitest";
import { explainFailure } from "./failure.ts";
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
  const names = commands.map((path) => path.join(" "));
  expect(names.sort()).toEqual(
    [
      ["backup", "demo", "doctor", "import", "login", "restore", "serve"],
      ["asset list", "asset merge", "asset show", "asset split"],
      ["finding accept", "finding list", "finding retest", "finding revoke", "finding show", "finding stats"],
      ["ot advisory list", "ot detection list", "ot detection show", "ot event list", "ot host list", "ot host show"],
      ["ot network list"],
      ["audit export", "audit list", "audit verify"],
      ["capture import"],
      ["projectfile import", "projectfile list", "projectfile show"],
      ["imports list", "imports show"],
      ["client create", "client delete", "client list", "client revoke", "client rotate", "client show"],
      ["client update"],
      ["feeds list", "feeds load"],
      ["connection create", "connection delete", "connection list", "connection show", "connection unwatch"],
      ["connection update", "connection watch"],
      ["entity list", "entity show", "trend"],
      ["idp create", "idp delete", "idp list", "idp show", "idp update"],
      ["key list", "key rotate"],
      ["limit clear", "limit set", "limit show"],
      ["note add", "note delete", "note list", "note show"],
      ["password change"],
      ["platform list"],
      ["report cancel", "report delete", "report download", "report list", "report run", "report show"],
      ["role create", "role delete", "role list", "role show", "role update"],
      ["rule create", "rule delete", "rule list", "rule preview", "rule show", "rule update"],
      ["score set", "score show"],
      ["schedule create", "schedule delete", "schedule list", "schedule run", "schedule show", "schedule update"],
      ["subscription create", "subscription delete", "subscription list", "subscription show", "subscription update"],
      ["tag assign", "tag create", "tag delete", "tag list", "tag show", "tag update"],
      ["unit create", "unit delete", "unit list", "unit show", "unit update"],
      ["user create", "user delete", "user list", "user password", "user show", "user unlock", "user update"],
      ["version list", "version reset", "version set", "version show"],
      ["webhook create", "webhook delete", "webhook deliveries", "webhook list", "webhook rotate", "webhook show"],
      ["webhook test", "webhook update"],
    ]
      .flat()
      .sort(),
  );
});

/** The program in this process: what it writes, and the exit code of what it throws. */
async function parse(args: readonly string[]): Promise<{ code: number | undefined; stdout: string; stderr: string }> {
  const written = { stdout: "", stderr: "" };
  const program = createProgram();
  const redirect = (command: Command) => {
    command.configureOutput({
      writeOut: (text) => {
        written.stdout += text;
      },
      writeErr: (text) => {
        written.stderr += text;
      },
    });
    command.commands.forEach(redirect);
  };
  redirect(program);
  try {
    await program.parseAsync(args, { from: "user" });
    return { code: undefined, ...written };
  } catch (error) {
    return { code: explainFailure(error).exitCode, ...written };
  }
}

test.each(commands.map((path) => [path.join(" "), path] as const))(
  "%s explains itself with --help, exit 0, takes --output, and refuses what it does not know with 2",
  async (name, path) => {
    const help = await parse([...path, "--help"]);
    expect(help.stdout).toContain(`Usage: breakwater ${name} [options]`);
    expect(help.stdout).toContain("--output <format>");
    expect(help).toMatchObject({ code: 0, stderr: "" });
    const wrong = await parse([...path, "--no-such-option"]);
    // What is required is missed first.
    const reason = expect.stringMatching(/unknown option '--no-such-option'|required option/);
    expect(wrong).toMatchObject({ code: 2, stdout: "", stderr: reason });
    expect(wrong.stderr).toContain("--help");
  },
);

test.concurrent.each([["--help"], ["user", "--help"], ["limit", "set", "--help"]])(
  "as a process, %s ends with 0 and writes to stdout only",
  async (...args) => {
    const { code, stdout, stderr } = await runCli(sandbox, args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("Usage: breakwater");
  },
);

test.concurrent.each([
  ["nothing at all", [], "Usage: breakwater"],
  ["an unknown command", ["imprt"], "unknown command 'imprt'"],
  ["a group without a verb", ["user"], "Usage: breakwater user"],
  ["an unknown option", ["tag", "list", "--colour"], "unknown option '--colour'"],
  ["a missing argument", ["projectfile", "import"], "missing required argument 'files'"],
  ["a value that is no choice", ["report", "run", "--format", "xml"], "Allowed choices are json, csv, jsonl"],
  ["a criticality out of range", ["tag", "create", "T", "--criticality", "6"], "a whole number from 1 to 5"],
  ["an identifier without its kind", ["asset", "split", "1", "--identifier", "10.0.0.1"], "write kind=value"],
  ["a URL that is none", ["tag", "list", "--url", "localhost"], '"localhost" is neither a URL nor a platform'],
  ["a user and a client at once", ["tag", "list", "--username", "u", "--client-id", "c"], "a user or an API client"],
  ["a secret without a client", ["tag", "list", "--client-secret", "x"], "give --client-id too"],
  ["a deletion that nobody confirms", ["user", "delete", "u"], "there is no terminal to ask on: give --yes"],
  ["a change of nothing", ["role", "update", "r"], "nothing to change is given"],
  ["a password that is not given", ["user", "create", "--username", "u"], "give --password-stdin, or --password"],
  ["a password twice", ["user", "password", "u", "--password", "x", "--password-stdin"], "give one"],
  ["an order that is none", ["finding", "list", "--sort", "finding.qds:down"], "write token:asc or token:desc"],
  ["two places at once", ["finding", "list", "--page", "1", "--cursor", "x"], "give either --page or --cursor"],
  ["a page too long", ["ot", "host", "list", "--page-size", "101"], "a whole number from 1 to 100"],
  ["an acceptance without a reason", ["finding", "accept", "1"], "required option '--reason <text>'"],
  [
    "a day that is none",
    ["finding", "accept", "1", "--reason", "r", "--until", "2026-02-30"],
    "write it as 2026-12-31",
  ],
  [
    "a reason of no known type",
    ["finding", "accept", "1", "--reason", "r", "--reason-type", "x"],
    "Allowed choices are",
  ],
  ["groups of nothing", ["finding", "stats"], "required option '--by <member>'"],
  ["a weight without a name", ["score", "set", "--weights", "0.5"], "write name=number; names are critical, high"],
  ["a class that is none", ["score", "set", "--bands", "low=10"], "names are critical, high, medium."],
  ["a rule's end that is none", ["rule", "update", "r", "--until", "2027-02-30"], "write it as 2026-12-31"],
  ["standard input twice", ["import", "-", "-"], "standard input can be read once"],
  ["a rate that is none", ["limit", "set", "--rate", "5 per 10"], "a number of calls and a number of seconds: 5/10"],
  ["a level for an API", ["limit", "set", "--level", "Premium", "--api", "x"], "a level is the subscription's"],
  ["a permission that is none", ["role", "create", "r", "--permission", "All"], "Allowed choices are"],
  ["a provider without keys", ["idp", "create", "i", "--issuer", "i", "--audience", "a"], "its keys are missing"],
  ["a password without a user", ["tag", "list", "--password", "x"], "give --username too"],
  ["log-in without a terminal", ["login", "--username", "u"], "there is no terminal to ask on"],
  ["a port that is none", ["serve", "--port", "http"], 'port is "http", but must be a whole number'],
  ["plain HTTP for everybody", ["serve", "--host", "0.0.0.0"], "plain HTTP is for loopback only"],
  ["half of a TLS pair", ["serve", "--tls-cert", "cert.pem"], "go together: --tls-key is missing"],
])("%s is wrong usage: exit 2, the reason on stderr, nothing on stdout", async (_name, args, reason) => {
  const { code, stdout, stderr } = await runCli(sandbox, args);
  expect(stderr).toContain(reason);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
});

test.concurrent.each([
  ["a file that is not there", ["import", "missing.nessus"], "there is no file missing.nessus"],
  ["a directory without files", ["import", "."], "there are no files in the folder ."],
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
