import type { LifecycleEntry } from "./lifecycle.ts";

type HeaderField = readonly [name: string, value: string];

/** The answer of a version past its end of life; it consumes no limit. */
export type GoneAnswer = {
  readonly status: 404 | 410;
  /** One sentence that names the operation, the date and the successor. */
  readonly message: string;
  readonly successor: string | null;
  readonly headers: readonly HeaderField[];
};

/**
 * The headers of a version in state `eos`: `Deprecation` (RFC 9745), `Sunset` (RFC 8594) when the end of life is set,
 * and the links to the successor and to the policy page.
 *
 * @param policyUrl page about versions and their dates: an absolute URL or a path
 */
export function lifecycleHeaders(entry: LifecycleEntry, policyUrl: string): HeaderField[] {
  const headers: HeaderField[] = [];
  const deprecatedAt = entry.deprecatedAt ?? entry.eosAt;
  if (deprecatedAt !== null) headers.push(["Deprecation", `@${Math.floor(deprecatedAt / 1000)}`]);
  if (entry.eolAt !== null) headers.push(sunset(entry.eolAt));
  const links = [...successorLinks(entry), `<${policyUrl}>; rel="deprecation"; type="text/html"`];
  if (entry.eolAt !== null) links.push(`<${policyUrl}>; rel="sunset"; type="text/html"`);
  headers.push(["Link", links.join(", ")]);
  return headers;
}

/**
 * What a version in state `eol` answers.
 *
 * @param status 410, or 404 for installations that do not want to tell
 */
export function goneAnswer(entry: LifecycleEntry, status: 404 | 410 = 410): GoneAnswer {
  const since = entry.eolAt === null ? "" : ` on ${new Date(entry.eolAt).toISOString().slice(0, 10)}`;
  const instead = entry.successor === null ? "there is no successor" : `use ${entry.successor} instead`;
  const links = successorLinks(entry).map((link): HeaderField => ["Link", link]);
  const headers: HeaderField[] = [["Cache-Control", "no-store"], ...links];
  if (entry.eolAt !== null) headers.push(sunset(entry.eolAt));
  const message = `${entry.api} reached its end of life${since}; ${instead}`;
  return { status, message, successor: entry.successor, headers };
}

function successorLinks({ successor }: LifecycleEntry): string[] {
  return successor === null ? [] : [`<${successor}>; rel="successor-version"`];
}

/** `toUTCString` is the IMF-fixdate form that RFC 9110 asks of an HTTP-date. */
function sunset(eolAt: number): HeaderField {
  return ["Sunset", new Date(eolAt).toUTCString()];
}
