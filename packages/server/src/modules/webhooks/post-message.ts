import type { Reach } from "../../outbound/address-rules.ts";
import { ADDRESS_REFUSED, sendRequest } from "../../outbound/request.ts";

export type Message = { url: string; headers: Record<string, string>; body: string };

/** What an attempt brought: a status, or why there is none. */
export type Outcome = { status: number | null; error: string | null };

/** Words for a delivery's record; of anything else only the code is told. */
const ERROR_WORDS: Readonly<Record<string, string>> = {
  [ADDRESS_REFUSED]: "the address is link-local, unspecified, or one of this machine",
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

async function send({ url, headers, body }: Message, reach: Reach, signal: AbortSignal): Promise<number> {
  const sized = { ...headers, "content-length": String(Buffer.byteLength(body)) };
  const answer = await sendRequest({ url, method: "POST", headers: sized, body, reach, signal });
  answer.destroy();
  return answer.statusCode ?? 0;
}
