import { createHash } from "node:crypto";

/** A strong validator of exactly these bytes. */
export function toEtag(text: string): string {
  return `"${createHash("sha256").update(text).digest("base64url")}"`;
}

/**
 * Whether the client has the present representation (RFC 9110, 13.2.2): with If-None-Match the time is not looked at.
 *
 * @param current.modifiedAt epoch ms, whole seconds
 */
export function isNotModified(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  current: { etag: string; modifiedAt: number },
): boolean {
  const match = headers["if-none-match"];
  if (typeof match === "string") {
    const tags = match.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
    return tags.includes("*") || tags.includes(current.etag);
  }
  const since = headers["if-modified-since"];
  return typeof since === "string" && Date.parse(since) >= current.modifiedAt;
}
