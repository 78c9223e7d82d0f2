import { spawnSync } from "node:child_process";

export const hasTshark = spawnSync("tshark", ["--version"]).status === 0;

/** Lines that tshark prints for the capture, name resolution off. */
export function tshark(file: string, ...args: string[]): string[] {
  const options = { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 } as const;
  const { status, stdout, stderr } = spawnSync("tshark", ["-n", "-r", file, ...args], options);
  if (status !== 0) throw new Error(stderr);
  return stdout.split("\n").filter((line) => line !== "");
}

/** Values of the fields in every frame that the filter lets through, per frame; a field may occur several times. */
export function tsharkFields(file: string, filter: string, ...fields: string[]): string[][] {
  const wanted = fields.flatMap((field) => ["-e", field]);
  const lines = tshark(file, "-Y", filter, "-T", "fields", "-E", "aggregator=|", "-E", "separator=|", ...wanted);
  return lines.map((line) => line.split("|").filter((value) => value !== ""));
}

/** What tshark calls the values of each of the fields: the tables it was built with. */
export function tsharkValues(...fields: string[]): Map<string, Map<number, string>> {
  const tables = new Map(fields.map((field) => [field, new Map<number, string>()]));
  const options = { encoding: "utf8", maxBuffer: 128 * 1024 * 1024 } as const;
  const { status, stdout, stderr } = spawnSync("tshark", ["-G", "values"], options);
  if (status !== 0) throw new Error(stderr);
  for (const line of stdout.split("\n")) {
    const [kind, field = "", value, name = ""] = line.split("\t");
    if (kind === "V") tables.get(field)?.set(Number(value), name);
  }
  return tables;
}
