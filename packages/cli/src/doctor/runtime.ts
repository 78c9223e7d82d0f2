import { isRecent, oldestMajor } from "../../bin/runtime.js";
import type { Check } from "./check.ts";

export const RUNTIME: Check = {
  name: "Node",
  async look() {
    const found = `Node ${process.versions.node}`;
    if (isRecent(process.versions.node)) return { status: "ok", found };
    return { status: "failed", found, todo: `install Node ${oldestMajor} or newer` };
  },
};
