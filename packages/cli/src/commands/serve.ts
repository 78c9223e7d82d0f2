import type { Config, Flags, RunningServer } from "@breakwater/server";
import type { Command } from "commander";
import { addOutputOption, type OutputFlags } from "../output.ts";
import { addDataOptions, addListenOptions, addTransportOptions } from "../server-options.ts";
import { serveUntilStopped } from "../serving.ts";
import { emphasize, print } from "../terminal.ts";

export function addServeCommand(parent: Command): void {
  const command = parent
    .command("serve")
    .summary("run the server")
    .description(
      "Runs the server until Ctrl-C. The first start makes the installation and its Manager, from BREAKWATER_ADMIN_USERNAME and BREAKWATER_ADMIN_PASSWORD or with a password that is printed once. The log goes to stderr.",
    );
  addTransportOptions(addDataOptions(addListenOptions(command)))
    .option("--profile <profile>", "lenient (default) or strict: whether retired versions are refused")
    .option("--log-level <level>", "fatal, error, warn, info (default), debug, trace or silent");
  addOutputOption(command).action(serve);
}

async function serve(flags: Flags & OutputFlags): Promise<void> {
  const server = await import("@breakwater/server");
  const config = server.toConfig(server.readEnvironment(), flags);
  await serveUntilStopped(server, config, {
    onReady: async (running) => {
      if (flags.output === "json") print(JSON.stringify(toReadyEvent(running, config, server.VERSION)));
      else printReady(running, config, server.VERSION);
    },
  });
}

function toReadyEvent({ url, firstManager, certificate }: RunningServer, config: Config, version: string) {
  return {
    event: "ready",
    version,
    url,
    dataDir: config.dataDir,
    ...(certificate ? { certificate: { file: certificate.certFile, fingerprint: certificate.fingerprint } } : {}),
    ...(firstManager ? { firstManager } : {}),
  };
}

function printReady({ url, firstManager, certificate }: RunningServer, config: Config, version: string): void {
  print(`Breakwater ${version} is ready at ${emphasize(url, "bold")} (data in ${config.dataDir})`);
  if (certificate?.isSelfSigned) {
    print(`Development certificate: SHA-256 ${certificate.fingerprint}`);
    print("To trust it, after comparing that, give clients its file:");
    print(`  curl --cacert ${certificate.certFile}`);
    print(`  NODE_EXTRA_CA_CERTS=${certificate.certFile} npx breakwater login --url ${url}`);
  }
  if (!firstManager) return;
  print(`First start: the Manager is ${emphasize(firstManager.username, "bold")}`);
  if (firstManager.generatedPassword === undefined) return;
  print(`Its password, shown this once: ${emphasize(firstManager.generatedPassword, "bold")}`);
}
