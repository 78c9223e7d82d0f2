import type { FuzzAnswer, FuzzCall } from "./send.ts";

const COMMON: Readonly<Record<string, string>> = {
  "cache-control": "no-cache, no-store, max-age=0, must-revalidate",
  pragma: "no-cache",
  expires: "0",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "x-xss-protection": "1 ; mode=block",
  "referrer-policy": "no-referrer",
};
/** What readers of feeds and of keys may keep for a while, whatever the rest says (platform.md 6, 2.3). */
const CACHED = /notifications|jwks/i;
/** What would tell of the inside: a stack, a statement, a file. */
const INSIDE =
  /\bat .+\.[jt]s:\d+|node_modules|SQLSTATE|syntax error at or near|invalid input syntax|violates .* constraint/;
const MAX_ERROR_BYTES = 256 * 1024;

/** What is wrong with an answer, whatever was asked; nothing: it is an answer that a client can live with. */
export function judge(call: FuzzCall, answer: FuzzAnswer): string[] {
  const { status, headers, text } = answer;
  const problems: string[] = [];
  if (status >= 500) problems.push(`status ${status}`);
  if (!headers["x-request-id"]) problems.push("no X-Request-Id");
  for (const [name, value] of Object.entries(COMMON)) {
    // Platform.md 5 has another value for a version that is gone.
    const isOther = name === "cache-control" && (status === 410 || (status < 400 && CACHED.test(call.path)));
    if (!isOther && headers[name] !== value) problems.push(`${name} is ${headers[name]}`);
  }
  if (status >= 400) problems.push(...judgeError(call, answer));
  else if (/^application\/json(;|$)/.test(headers["content-type"] ?? "") && call.method !== "HEAD" && !isJson(text)) {
    problems.push("a body that is not JSON");
  }
  if (headers.count !== undefined && !/^\d+$/.test(headers.count)) problems.push(`count is ${headers.count}`);
  return problems;
}

function judgeError(call: FuzzCall, { status, text }: FuzzAnswer): string[] {
  const problems: string[] = [];
  if (text.length > MAX_ERROR_BYTES) problems.push(`an error of ${text.length} characters`);
  if (INSIDE.test(text)) problems.push("an error that tells of the inside");
  // A limit answers without a body (platform.md 4.1), HEAD always.
  if (text === "" && (status === 429 || call.method === "HEAD")) return problems;
  const body = isJson(text) ? (JSON.parse(text) as Record<string, unknown> | null) : undefined;
  // The documented refusal of a log-in (platform.md 2.1).
  if (status === 401 && Array.isArray(body?.authentication_exceptions)) return problems;
  if (typeof body?.message !== "string" || body.message === "") problems.push("an error without a message");
  if (body?.status !== status) problems.push(`status ${status} with a body that says ${body?.status}`);
  return problems;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Whether an answer holds one of these texts although the call did not send it. */
export function shows(call: FuzzCall, { headers, text }: FuzzAnswer, secrets: readonly string[]): string[] {
  const sent = `${decode(call.path)}\n${call.body?.toString("utf8") ?? ""}\n${Object.values(call.headers).join("\n")}`;
  const answer = `${Object.values(headers).join("\n")}\n${text}`.toLowerCase();
  return secrets.filter((secret) => answer.includes(secret) && !sent.toLowerCase().includes(secret));
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path.replaceAll("+", " "));
  } catch {
    return path;
  }
}
