import { lookup as lookUp } from "node:dns";
import { type IncomingMessage, type RequestOptions, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { isAddressAllowed, type Reach, toHost } from "./address-rules.ts";

export type OutboundRequest = {
  url: string;
  method: "GET" | "POST";
  headers: Record<string, string>;
  body?: string;
  reach: Reach;
  signal: AbortSignal;
};

/** `code` of the error when no address of the host is allowed. */
export const ADDRESS_REFUSED = "ADDRESS_REFUSED";

/**
 * A request to a URL that somebody else chose: on a connection of its own, to an allowed address only; a redirect is an
 * answer like any other.
 *
 * @returns the answer's head; its body is to be read or destroyed
 * @throws Error with a `code` of Node's, or {@link ADDRESS_REFUSED}; the signal's
 */
export function sendRequest({ url, method, headers, body, reach, signal }: OutboundRequest): Promise<IncomingMessage> {
  const target = new URL(url);
  const host = toHost(target.hostname);
  // A literal address is not looked up, so the lookup below would not see it.
  if (isIP(host) && !isAddressAllowed(host, reach)) return Promise.reject(toRefusal());
  const options: RequestOptions = { method, headers, agent: false, lookup: toLookup(reach), signal };
  return new Promise((resolve, reject) => {
    const send = target.protocol === "https:" ? requestHttps : requestHttp;
    const call = send(target, options, resolve);
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
  return Object.assign(new Error("address refused"), { code: ADDRESS_REFUSED });
}
