import { fileURLToPath } from "node:url";
import { tuneRuntime } from "../packages/cli/bin/runtime.js";

/** What is measured is the product, which gives the engine settings before it loads anything. */
tuneRuntime(fileURLToPath(new URL("../node_modules/.cache/breakwater", import.meta.url)));
