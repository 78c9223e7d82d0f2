import type { JsonHead } from "./file-head.ts";

const MAX_STEPS = 4;
const MAX_PATHS = 5_000;
const MAX_VALUE_CHARS = 200;

/** One piece of JSON: punctuation, a string (whole, or cut by the end of the head), or a bare word. */
const TOKEN = /[{}[\],:]|"(?:[^"\\]|\\.)*"?|[^\s{}[\],:"]+/gs;

/**
 * What the beginning of a JSON file holds. Lenient, for it is cut anywhere: it stops at the first thing that is no JSON.
 *
 * @returns null when the text does not begin as an object or array
 */
export function toJsonHead(text: string): JsonHead | null {
  const body = text.replace(/^\uFEFF?\s*/, "");
  if (!/^[[{]\s*("|\{|\[|\]|\}|-?\d|$)/.test(body)) return null;
  const values = new Map<string, string | number | boolean | undefined>();
  const levels: { isArray: boolean; path: string | null; name: string; wantsName: boolean }[] = [];
  for (const [token] of body.matchAll(TOKEN)) {
    const level = levels.at(-1);
    const path = level ? toPath(level) : "";
    if (token === "{" || token === "[") {
      if (path !== null && level) note(values, path, undefined);
      levels.push({
        isArray: token === "[",
        path: toChildPath(path, levels.length),
        name: "",
        wantsName: token === "{",
      });
    } else if (token === "}" || token === "]") levels.pop();
    else if (token === ",") {
      if (level && !level.isArray) level.wantsName = true;
    } else if (token !== ":" && level) {
      if (level.wantsName) {
        level.name = toValue(token) as string;
        level.wantsName = false;
      } else if (path !== null) note(values, path, toValue(token));
    }
    if (values.size >= MAX_PATHS) break;
  }
  return { has: (path) => values.has(path), value: (path) => values.get(path), size: values.size };
}

function toPath(level: { isArray: boolean; path: string | null; name: string }): string | null {
  if (level.path === null) return null;
  const step = level.isArray ? "*" : level.name;
  return level.path === "" ? step : `${level.path}.${step}`;
}

function toChildPath(path: string | null, steps: number): string | null {
  return path === null || steps >= MAX_STEPS ? null : path;
}

function note(values: Map<string, unknown>, path: string, value: string | number | boolean | undefined): void {
  if (!values.has(path) || (values.get(path) === undefined && value !== undefined)) values.set(path, value);
}

function toValue(token: string): string | number | boolean | undefined {
  try {
    const value: unknown = JSON.parse(token.slice(0, MAX_VALUE_CHARS + 2));
    return value === null ? undefined : (value as string | number | boolean);
  } catch {
    return token.startsWith('"') ? token.slice(1, MAX_VALUE_CHARS) : undefined;
  }
}
