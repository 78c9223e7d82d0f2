import { readFileSync } from "node:fs";
import { ConfigError } from "../../config/config.ts";

/** What is told of a platform; URLs without a slash at the end. */
export type PlatformEntry = {
  name: string;
  gatewayUrl: string;
  apiUrl: string;
  consoleUrl: string;
  usernameMarker: string | null;
};

/** The file of `BREAKWATER_PLATFORMS_FILE`: what differs for this installation, and its sisters. */
export type PlatformsFile = { self: Partial<PlatformEntry>; sisters: readonly PlatformEntry[] };

const MEMBERS = ["name", "gatewayUrl", "apiUrl", "consoleUrl", "usernameMarker"] as const;
const MAX_FILE_SISTERS = 1000;

type Fail = (where: string, fault: string) => never;

/**
 * Reads and checks the file.
 *
 * @throws ConfigError naming file, place and fault
 */
export function readPlatformsFile(path: string): PlatformsFile {
  const fail: Fail = (where, fault) => {
    throw new ConfigError(`BREAKWATER_PLATFORMS_FILE ${path}: ${where} ${fault}`);
  };
  let file: unknown;
  try {
    file = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    fail("the file", `cannot be read as JSON: ${(error as Error).message}`);
  }
  const { self = {}, sisters = [], ...others } = toObject(file, "the file", fail);
  assertNoOthers(others, "the file", fail);
  if (!Array.isArray(sisters) || sisters.length > MAX_FILE_SISTERS) {
    fail("sisters", `must be an array of at most ${MAX_FILE_SISTERS} platforms`);
  }
  const read = {
    self: toEntry(self, "self", fail),
    sisters: (sisters as unknown[]).map((sister, index) => toSister(sister, `sisters[${index}]`, fail)),
  };
  const names = [read.self.name, ...read.sisters.map(({ name }) => name)].filter((name) => name !== undefined);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) fail("name", `${JSON.stringify(twice)} is used twice`);
  return read;
}

function toSister(value: unknown, where: string, fail: Fail): PlatformEntry {
  const { name, gatewayUrl, ...rest } = toEntry(value, where, fail);
  if (name === undefined) return fail(`${where}.name`, "is missing");
  if (gatewayUrl === undefined) return fail(`${where}.gatewayUrl`, "is missing");
  const urls = { name, gatewayUrl, apiUrl: gatewayUrl, consoleUrl: gatewayUrl };
  return { ...urls, usernameMarker: null, ...rest };
}

function toEntry(value: unknown, where: string, fail: Fail): Partial<PlatformEntry> {
  const given = toObject(value, where, fail);
  const { name, gatewayUrl, apiUrl, consoleUrl, usernameMarker, ...others } = given;
  assertNoOthers(others, where, fail);
  const entry: Partial<PlatformEntry> = {};
  for (const member of MEMBERS) {
    const text = given[member];
    if (text === undefined) continue;
    if (typeof text !== "string" || text.length === 0 || text.length > 500) {
      return fail(`${where}.${member}`, "must be a text of 1 to 500 characters");
    }
    entry[member] = member.endsWith("Url") ? toUrl(text, `${where}.${member}`, fail) : text;
  }
  return entry;
}

function toUrl(text: string, where: string, fail: Fail): string {
  const url = URL.parse(text);
  if (url?.protocol === "http:" || url?.protocol === "https:") return url.href.replace(/\/+$/, "");
  return fail(where, `is ${JSON.stringify(text)}, but must be a URL such as https://breakwater.example`);
}

function toObject(value: unknown, where: string, fail: Fail): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  return fail(where, "must be an object");
}

/** A misspelt member would otherwise be silently without effect. */
function assertNoOthers(others: object, where: string, fail: Fail): void {
  const [other] = Object.keys(others);
  if (other !== undefined) fail(`${where}.${other}`, "is not known");
}
