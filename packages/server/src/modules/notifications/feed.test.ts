import fc from "fast-check";
import Parser from "rss-parser";
import { expect, test } from "vitest";
import { isNotModified } from "../../conditional.ts";
import type { StoredEntry } from "../lifecycle/index.ts";
import { answerFeed } from "./answer-feed.ts";
import { toFeedItems } from "./feed-items.ts";
import { type FeedFormat, renderFeed } from "./render-feed.ts";

const NOW = Date.UTC(2026, 5, 1);
const ENTRY: StoredEntry = {
  api: "GET /ot/v1/host/list",
  deprecatedAt: null,
  eosAt: Date.UTC(2025, 6, 1),
  eolAt: Date.UTC(2027, 0, 1),
  successor: "/ot/1.0/host/list",
  lenientState: null,
  announcedAt: Date.UTC(2025, 0, 1),
  isEdited: true,
};
const BASE = "https://breakwater.example";
const HOSTILE = `]]> ]]> <script>alert("1")</script> & &amp; 'x' \u0000\u0001\u001b\ud800\uffff é 漢 🛡`;

const render = (format: FeedFormat, text = "text", title = "title") =>
  renderFeed(
    {
      baseUrl: BASE,
      selfUrl: `${BASE}/notifications/api/feed?a=1&b=2`,
      items: [{ guid: "urn:breakwater:test:1", title, text, link: `${BASE}/?a=1&b=2`, publishedAt: NOW }],
    },
    format,
  );

test("each version with dates has an announcement, an end of service and an end of life", () => {
  const items = toFeedItems({ entries: [ENTRY], notes: [] }, { baseUrl: BASE, nowMs: NOW });
  const guid = "urn:breakwater:version:GET:/ot/v1/host/list";
  expect(items.map((item) => [item.guid, new Date(item.publishedAt).toISOString().slice(0, 10)])).toEqual([
    [`${guid}:eos`, "2025-07-01"],
    [`${guid}:announcement`, "2025-01-01"],
    [`${guid}:eol`, "2025-01-01"],
  ]);
  for (const { text, link } of items) {
    for (const part of ["2025-07-01", "2027-01-01", "/ot/1.0/host/list"]) expect(text).toContain(part);
    expect(link).toBe(`${BASE}/docs/versions`);
  }
  const bare = { ...ENTRY, eosAt: null, eolAt: null };
  expect(toFeedItems({ entries: [bare], notes: [] }, { baseUrl: BASE, nowMs: NOW })).toEqual([]);
});

test("no item is of the future, and its guid outlives every change of dates", () => {
  const dates = fc.option(fc.integer({ min: 0, max: 2 * NOW }));
  fc.assert(
    fc.property(dates, dates, fc.integer({ min: 0, max: NOW }), (eosAt, eolAt, announcedAt) => {
      const entry = { ...ENTRY, eosAt, eolAt, announcedAt };
      for (const item of toFeedItems({ entries: [entry], notes: [] }, { baseUrl: BASE, nowMs: NOW })) {
        expect(item.publishedAt).toBeLessThanOrEqual(NOW);
        expect(item.guid).toMatch(/^urn:breakwater:version:GET:\/ot\/v1\/host\/list:(announcement|eos|eol)$/);
      }
    }),
  );
});

test.each(["rss", "atom"] as const)("hostile text stays text in %s", async (format) => {
  const feed = await new Parser().parseString(render(format, HOSTILE, HOSTILE));
  const [item] = feed.items as { title?: string; content?: string; summary?: string; link?: string }[];
  const shown =
    "]]&gt; ]]&gt; &lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &amp;amp; 'x' \ufffd\ufffd\ufffd\ufffd\ufffd é 漢 🛡";
  expect(item?.title).toBe(shown);
  expect(format === "rss" ? item?.content : item?.summary).toBe(shown);
  expect(item?.link).toBe(`${BASE}/?a=1&b=2`);
});

test("any text makes XML that a parser reads", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary", minLength: 1 }), async (text) => {
      const feed = await new Parser().parseString(render("rss", `.${text}.`));
      const content = (feed.items[0] as { content: string }).content;
      expect(content.startsWith(".") && content.endsWith(".") && !content.slice(1, -1).includes("<script")).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test("JSON Feed has the members of its schema, with the title as plain text", () => {
  const feed = JSON.parse(render("json", "a\nb <c>", "a <b>")) as Record<string, unknown> & { items: object[] };
  expect(feed).toMatchObject({
    version: "https://jsonfeed.org/version/1",
    title: expect.any(String),
    home_page_url: `${BASE}/docs/versions`,
    feed_url: `${BASE}/notifications/api/feed?a=1&b=2`,
  });
  expect(feed.items).toEqual([
    {
      id: "urn:breakwater:test:1",
      url: `${BASE}/?a=1&b=2`,
      title: "a <b>",
      content_html: "a<br/>b &lt;c&gt;",
      date_published: new Date(NOW).toISOString(),
      date_modified: new Date(NOW).toISOString(),
    },
  ]);
});

test("RSS and Atom name themselves", () => {
  expect(render("rss")).toContain(
    `<atom:link href="${BASE}/notifications/api/feed?a=1&amp;b=2" rel="self" type="application/rss+xml"/>`,
  );
  expect(render("atom")).toContain(`<link rel="self" href="${BASE}/notifications/api/feed?a=1&amp;b=2"/>`);
});

test("the same content has the same ETag at any time between transitions, and another after one", () => {
  const source = { entries: [ENTRY], notes: [], changedAt: Date.UTC(2025, 0, 2, 3, 4, 5, 678) };
  const at = (nowMs: number) => {
    const { headers } = answerFeed(source, { headers: {}, format: "rss", baseUrl: BASE, path: "/f", nowMs });
    return headers as Record<string, string>;
  };
  expect(at(NOW)).toEqual(at(NOW + 86_400_000));
  expect(at(NOW)["Last-Modified"]).toBe("Tue, 01 Jul 2025 00:00:00 GMT");
  const after = at(Date.UTC(2027, 0, 1));
  expect(after.ETag).not.toBe(at(NOW).ETag);
  expect(after["Last-Modified"]).toBe("Fri, 01 Jan 2027 00:00:00 GMT");
  expect(at(Date.UTC(2025, 0, 3))["Last-Modified"]).toBe("Thu, 02 Jan 2025 03:04:05 GMT");
});

const current = { etag: '"abc"', modifiedAt: Date.UTC(2026, 0, 1) };
const SAME = "Thu, 01 Jan 2026 00:00:00 GMT";
const BEFORE = "Wed, 31 Dec 2025 23:59:59 GMT";
test.each([
  [{}, false],
  [{ "if-none-match": '"abc"' }, true],
  [{ "if-none-match": 'W/"abc"' }, true],
  [{ "if-none-match": '"x", "abc"' }, true],
  [{ "if-none-match": "*" }, true],
  [{ "if-none-match": '"x"' }, false],
  [{ "if-none-match": "abc" }, false],
  [{ "if-modified-since": SAME }, true],
  [{ "if-modified-since": BEFORE }, false],
  [{ "if-modified-since": "yesterday" }, false],
  [{ "if-none-match": '"x"', "if-modified-since": SAME }, false],
  [{ "if-none-match": '"abc"', "if-modified-since": BEFORE }, true],
])("with %j unmodified is %s", (headers, expected) => {
  expect(isNotModified(headers as Record<string, string>, current)).toBe(expected);
});
