import { expect, test } from "vitest";
import { negotiate } from "./negotiate.ts";

const OFFERS = { rss: ["application/rss+xml", "text/xml"], json: ["application/json"], html: ["text/html"] } as const;

test.each([
  [undefined, "rss"],
  ["*/*", "rss"],
  ["", "rss"],
  ["application/json", "json"],
  ["application/json, */*", "json"],
  ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"],
  ["application/json;q=0.4, text/xml;q=0.5", "rss"],
  ["Application/JSON; Q=1", "json"],
  ["text/*, application/json;q=0.9", "rss"],
  ["text/*;q=0.5, text/xml;q=0, application/*;q=0", "html"],
  ["image/png", "rss"],
  ["application/json;q=nonsense", "rss"],
])("Accept %j is answered with %s", (accept, format) => expect(negotiate(accept, OFFERS)).toBe(format));
