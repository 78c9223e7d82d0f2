import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Whether this machine has the program whose command lines the guides print. */
export const hasCurl: boolean = spawnSync("curl", ["--version"]).status === 0;

/** Standard output of the real curl, given these arguments. */
export async function curl(...args: string[]): Promise<string> {
  return (await run("curl", ["--silent", "--show-error", ...args])).stdout;
}
