import { ApiError, createClient } from "@breakwater/client";
import type { Config, Flags, RunningServer } from "@breakwater/server";
import type { Command } from "commander";
import { type Credentials, type DemoCredentials, openCredentials, readKeptManager } from "../demo/credentials.ts";
import { toCurlLines } from "../demo/guide.ts";
import { countHosts, loadPlant, READER_TAG_NAME } from "../demo/load-plant.ts";
import { createStepTimer, type StepTimer } from "../demo/step-timer.ts";
import { CommandFailure } from "../failure.ts";
import { addOutputOption, type OutputFlags } from "../output.ts";
import { WAITING_PATIENCE } from "../polling.ts";
import { addDataOptions, addListenOptions } from "../server-options.ts";
import { serveUntilStopped } from "../serving.ts";
import { type Session, toSession } from "../session.ts";
import { emphasize, print } from "../terminal.ts";

export function addDemoCommand(parent: Command): void {
  const command = parent
    .command("demo")
    .summary("run the server with a small plant loaded")
    .description(
      "Runs the server until Ctrl-C and, at the first start, loads a small plant that is generated here, through the same import as any other file. Prints the credentials and calls to try. The data stays for the next start.",
    );
  addOutputOption(addDataOptions(addListenOptions(command))).action(runDemo);
}

async function runDemo(flags: Flags & OutputFlags): Promise<void> {
  const startedMs = performance.now();
  const timer = createStepTimer(flags.output === "json" ? process.stderr : process.stdout);
  timer.begin("load program");
  const server = await import("@breakwater/server");
  const env = server.readEnvironment();
  // Only what needs attention, unless the log is asked for: the lines to be pasted shall be easy to find.
  const settings = server.toConfig(env, { ...flags, logLevel: env.logLevel ?? "warn" });
  const credentials = await openCredentials(settings);
  const { username, password } = credentials.manager;
  const config: Config = { ...settings, adminUsername: username, adminPassword: password };
  try {
    await serveUntilStopped(server, config, {
      onStep: (step) => timer.begin(step),
      onReady: async (running, signal) => {
        timer.begin("log in");
        const { session, manager } = await logIn(running, settings, credentials);
        await loadPlant(session, credentials.reader, { signal, timer });
        await announce({ running, session, credentials: { ...credentials, manager }, timer, startedMs, flags, signal });
      },
    });
  } finally {
    timer.end();
  }
}

/**
 * Logs in as the Manager. The data directory may be older than the credentials in the environment, so those that were
 * made up at its first start are tried too.
 */
async function logIn(
  { url }: RunningServer,
  config: Config,
  credentials: DemoCredentials,
): Promise<{ session: Session; manager: Credentials }> {
  const kept = await readKeptManager(config);
  const candidates = kept ? [credentials.manager, kept] : [credentials.manager];
  for (const manager of candidates) {
    const client = createClient({ url, ...manager, waitForLimits: WAITING_PATIENCE });
    try {
      await client.login();
      return { session: toSession(client), manager };
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
    }
  }
  throw new CommandFailure(
    `${config.dataDir} holds an installation whose Manager has another password: set BREAKWATER_ADMIN_USERNAME and BREAKWATER_ADMIN_PASSWORD to its own, or use another --data-dir`,
  );
}

async function announce(parts: {
  running: RunningServer;
  session: Session;
  credentials: DemoCredentials;
  timer: StepTimer;
  startedMs: number;
  flags: OutputFlags;
  signal: AbortSignal;
}): Promise<void> {
  const { credentials, timer } = parts;
  const { url } = parts.running;
  const { manager, reader } = credentials;
  const hosts = await countHosts(parts.session, parts.signal);
  timer.end();
  const curl = toCurlLines(url, credentials);
  if (parts.flags.output === "json")
    return print(JSON.stringify({ event: "ready", url, manager, reader, hosts, curl }));
  const seconds = ((performance.now() - parts.startedMs) / 1000).toFixed(1);
  print();
  print(`${emphasize(`Breakwater is ready at ${url}`, "bold")} after ${seconds} s, with ${hosts} OT hosts.`);
  print(`  Manager   ${manager.username}   password ${manager.password}`);
  print(`  Reader    ${reader.username}   password ${reader.password}   sees what is tagged ${READER_TAG_NAME}`);
  print(`  Console   ${url}/console`);
  print(`  API       ${url}/docs`);
  print();
  print("Paste these lines in order into one shell:");
  print();
  for (const line of curl) print(`  ${line}`);
  print();
  print("Ctrl-C stops everything; the data stays for the next start.");
}
