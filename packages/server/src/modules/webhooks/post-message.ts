import { lookup as lookUp } from "node:dns";
import { type IncomingMessage, type RequestOptions, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { isAddressAllowed, type Reach } from "./address-rules.ts";

export type Message = { url: string; headers: Record<string, string>; body: string };

/** What an attempt brought: a status, or why there is none. */
export type Outcome = { status: number | null; error: string | null };

const REFUSED = "ADDRESS_REFUSED";

/** Words for a delivery's record; of anything else only the code is told. */
const ERROR_WORDS: Readonly<Record<string, string>> = {
  [REFUSED]: "the address is link-local, unspecified, or one of this machine",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the receiver broke the connection off",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the name cannot be looked up at the moment",
  ETIMEDOUT: "no answer in time",
  TimeoutError: "no answer in time",
};

/**
 * One POST. Redirects are not followed; of the answer only the status is read.
 *
 * @throws the signal's reason when it aborts: then nothing is known of the attempt
 */
export async function postMessage(
  message: Message,
  limits: { timeoutMs: number; reach: Reach },
  signal: AbortSignal,
): Promise<Outcome> {
  const timeout = AbortSignal.timeout(limits.timeoutMs);
  try {
    const status = await send(message, limits.reach, AbortSignal.any([signal, timeout]));
    return { status, error: status >= 200 && status < 300 ? null : `answered ${status}` };
  } catch (error) {
    signal.throwIfAborted();
    const { code, name } = timeout.aborted ? { code: "TimeoutError", name: "" } : (error as NodeJS.ErrnoException);
    return { status: null, error: ERROR_WORDS[code ?? name] ?? `could not be sent: ${code ?? name}` };
  }
}

function send({ url, headers, body }: Message, reach: Reach, signal: AbortSignal): Promise<number> {
  const target = new URL(url);
  const host = target.hostname.replace(/^\[|\]$/g, "");
  // A literal address is not looked up, so the lookup below would not see it.
  if (isIP(host) && !isAddressAllowed(host, reach)) return Promise.reject(toRefusal());
  const options: RequestOptions = {
    method: "POST",
    headers: { ...headers, "content-length": Buffer.byteLength(body) },
    agent: false,
    lookup: toLookup(reach),
    signal,
  };
  return new Promise((resolve, reject) => {
    const onAnswer = (answer: IncomingMessage) => {
      resolve(answer.statusCode ?? 0);
      answer.destroy();
    };
    const call =
      target.protocol === "https:" ? requestHttps(target, options, onAnswer) : requestHttp(target, options, onAnswer);
    call.on("error", reject);
    call.end(body);
  });
}

/** Checks the addresses that are then connected to, so that a name cannot change its mind in between. */
function toLookup(reach: Reach): LookupFunction {
  return (hostname, options, callback) => {
    lookUp(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, "");
      const allowed = found.filter(({ address }) => isAddressAllowed(address, reach));
      const [first] = allowed;
      if (!first) return callback(toRefusal(), "");
      if (options.all) return callback(null, allowed);
      return callback(null, first.address, first.family);
    });
  };
}

function toRefusal(): NodeJS.ErrnoException {
  return Object.assign(new Error("address refused"), { code: REFUSED });
}
