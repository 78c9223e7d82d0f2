import { AppError } from "@breakwater/contract";
import { isHostAllowed, REFUSED_ADDRESS, type Reach } from "../../outbound/address-rules.ts";

/**
 * What can be said of a webhook's URL before it is used; names are looked up, and their addresses checked, at each
 * delivery.
 *
 * @returns the URL as it will be called
 * @throws AppError `invalid-parameter`
 */
export function readWebhookUrl(text: string, reach: Reach): string {
  const url = URL.parse(text);
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new AppError(
      "invalid-parameter",
      "url must be an http or https URL such as https://hooks.example/breakwater",
    );
  }
  if (url.username || url.password) {
    throw new AppError("invalid-parameter", "url must not hold a user name or password: messages are signed instead");
  }
  url.hash = "";
  if (!isHostAllowed(url.hostname, reach)) {
    throw new AppError("invalid-parameter", `url: ${url.hostname} is ${REFUSED_ADDRESS}; webhooks do not go there`);
  }
  return url.href;
}
