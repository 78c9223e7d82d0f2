#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { findPinnedRuntime, isRecent, refusal, runWith, tuneRuntime } from "./runtime.js";

if (isRecent(process.versions.node)) {
  tuneRuntime(fileURLToPath(new URL("../../../node_modules/.cache/breakwater", import.meta.url)));
  const { main } = await import("../src/main.ts");
  await main(process.argv.slice(2));
} else {
  const runtime = findPinnedRuntime(import.meta.url);
  if (runtime) runWith(runtime, fileURLToPath(import.meta.url), process.argv.slice(2));
  else {
    process.stderr.write(`${refusal(process.versions.node)}\n`);
    process.exitCode = 1;
  }
}
