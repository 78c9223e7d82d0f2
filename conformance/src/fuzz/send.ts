import { Agent, request } from "node:http";

/** A request as it goes on the wire. */
export type FuzzCall = {
  operation: string;
  method: string;
  /** Raw: already encoded, rightly or not. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: Buffer;
  /** The connection is cut before the whole body is sent. */
  isCut?: boolean;
};

export type FuzzAnswer = { status: number; headers: Readonly<Record<string, string>>; text: string };

const DEADLINE_MS = 30_000;
/** Beyond it an answer counts as unbounded. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Connections that are used again, as clients do. */
export class Sender {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  readonly #url: URL;

  constructor(url: string) {
    this.#url = new URL(url);
  }

  /** @returns undefined for a call that was cut on purpose @throws Error when no answer comes in time */
  async send(call: FuzzCall): Promise<FuzzAnswer | undefined> {
    try {
      return await this.#once(call, this.#agent);
    } catch (error) {
      if (call.isCut) return undefined;
      // The server may close an idle connection in the moment that it is used again; a fresh one must bring an answer.
      if (!/ECONNRESET|EPIPE|socket hang up/.test(String(error))) throw error;
      return this.#once(call, new Agent());
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #once({ method, path, headers, body, isCut }: FuzzCall, agent: Agent): Promise<FuzzAnswer> {
    const { hostname, port } = this.#url;
    return new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { "content-length": String(body.length) };
      const sent = request({ hostname, port, method, path, agent, headers: { ...length, ...headers } });
      const timer = setTimeout(() => sent.destroy(new Error(`no answer within ${DEADLINE_MS} ms`)), DEADLINE_MS);
      sent.on("close", () => clearTimeout(timer));
      sent.on("error", reject);
      sent.on("response", (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_ANSWER_BYTES) sent.destroy(new Error(`an answer of more than ${MAX_ANSWER_BYTES} bytes`));
          else chunks.push(chunk);
        });
        response.on("error", reject);
        response.on("end", () => {
          const heads = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
          const text = Buffer.concat(chunks).toString("utf8");
          resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(heads), text });
        });
      });
      if (isCut) {
        sent.write(body?.subarray(0, body.length >> 1) ?? "");
        setImmediate(() => sent.destroy(new Error("cut on purpose")));
      } else sent.end(body);
    });
  }
}

/** The call for a shell, so that it can be tried again; with `$TOKEN` for the caller's token. */
export function toCurl(url: string, { method, path, headers, body }: FuzzCall, token = ""): string {
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const heads = Object.entries(headers).map(([name, value]) =>
    token !== "" && value === `Bearer ${token}` ? `-H "${name}: Bearer $TOKEN"` : `-H ${quote(`${name}: ${value}`)}`,
  );
  const base64 = body?.toString("base64");
  const pipe = base64 === undefined ? "" : `echo ${base64} | base64 -d | `;
  const data = base64 === undefined ? "" : " --data-binary @-";
  return `${pipe}curl -i --path-as-is -X ${method} ${heads.join(" ")}${data} ${quote(url + path)}`;
}
