import type { Flags } from "@breakwater/server";
import { readEnvironment } from "@breakwater/server/config/env";
import type { Command } from "commander";
import { type Finding, runChecks } from "../doctor/check.ts";
import { DATA_DIRECTORY, FREE_SPACE } from "../doctor/data-directory.ts";
import { databaseChecks } from "../doctor/database.ts";
import { RUNTIME } from "../doctor/runtime.ts";
import { PORT, VALKEY } from "../doctor/server.ts";
import { TLS } from "../doctor/tls.ts";
import { CommandFailure } from "../failure.ts";
import { addOutputOption, type Columns, type OutputFlags, printRows } from "../output.ts";
import { addDataOptions, addListenOptions, addTransportOptions } from "../server-options.ts";

export function addDoctorCommand(parent: Command): void {
  const command = parent
    .command("doctor")
    .summary("check what a server needs")
    .description(
      "Looks at what a server with these settings needs, whether it runs or not: runtime, data directory, database, shared limits, port, certificate and clock. Starts nothing and changes nothing. The exit code is 1 when a check fails; what to do stands beside it.",
    );
  addOutputOption(addTransportOptions(addDataOptions(addListenOptions(command)))).action(examine);
}

async function examine(flags: Flags & OutputFlags): Promise<void> {
  const { toConfig } = await import("@breakwater/server/config/config");
  const config = toConfig(readEnvironment(), flags);
  const checks = [RUNTIME, DATA_DIRECTORY, FREE_SPACE, ...databaseChecks(), VALKEY, PORT, TLS];
  const findings = await runChecks(checks, config);
  printRows(findings, COLUMNS, flags);
  const failed = findings.filter(({ status }) => status === "failed").map(({ check }) => check);
  if (failed.length > 0) throw new CommandFailure(`not in order: ${failed.join(", ")}`);
}

const COLUMNS: Columns<Finding> = [
  ["Check", ({ check }) => check],
  ["Status", ({ status }) => status],
  ["Found", ({ found }) => found],
  ["To do", ({ todo }) => todo ?? null],
];
