import type { DemoCredentials } from "./credentials.ts";

/**
 * Lines to be pasted in order into one shell: log in, list OT hosts, submit a findings report, look at it, download it
 * (it is answered with 409 until it is complete, so curl asks again), and see what the Reader sees. Each is one line.
 */
export function toCurlLines(url: string, { manager, reader }: DemoCredentials): string[] {
  const bearer = (variable: string) => `-H "Authorization: Bearer $${variable}"`;
  const logIn = (variable: string, { username, password }: { username: string; password: string }) => {
    const fields = [`username=${username}`, `password=${password}`].map((field) => `--data-urlencode ${quote(field)}`);
    return `${variable}=$(curl -fsS -X POST ${quote(`${url}/auth`)} ${fields.join(" ")} -d token=true)`;
  };
  const reports = `${url}/etm/api/rest/v1/reports`;
  const report = JSON.stringify({ name: "Severe findings", reportFormat: "JSON", findingsQql: "finding.severity>=4" });
  return [
    logIn("TOKEN", manager),
    `curl -fsS -i ${bearer("TOKEN")} ${quote(`${url}/ot/1.0/host/list?pageSize=3`)}; echo`,
    `ID=$(curl -fsS ${bearer("TOKEN")} -H 'Content-Type: application/json' -d ${quote(report)} ${quote(`${reports}/findings`)} | sed -n 's/.*"id":"\\([^"]*\\)".*/\\1/p')`,
    `curl -fsS ${bearer("TOKEN")} "${reports}/$ID"; echo`,
    `curl -f --no-progress-meter --retry 30 --retry-delay 1 --retry-all-errors ${bearer("TOKEN")} -o breakwater-report.zip "${reports}/$ID/download"`,
    logIn("READER_TOKEN", reader),
    `curl -fsS ${bearer("READER_TOKEN")} ${quote(`${url}/ot/1.0/host/count`)}; echo`,
  ];
}

/** A word for bash and zsh that stands for exactly this text, on one line. */
export function quote(text: string): string {
  if (!/\p{Cc}/u.test(text)) return `'${text.replaceAll("'", `'\\''`)}'`;
  const escaped = text.replaceAll(/[\\']/g, "\\$&").replaceAll(/\p{Cc}/gu, toOctal);
  return `$'${escaped}'`;
}

function toOctal(character: string): string {
  return [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
