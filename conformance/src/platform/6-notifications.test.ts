import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { bodyOf, call, get, logIn } from "../http.ts";
import { poll } from "../poll.ts";
import { type Message, startReceiver } from "../receiver.ts";
import { HandClock, ownTest, useOwnTarget, useTarget } from "../target.ts";

const FEED = "/notifications/api/feed";
const GUID = "urn:breakwater:version:GET:/ot/v1/host/list";

describe("the feed", () => {
  const target = useTarget();
  const feed = (headers: Record<string, string> = {}, path = FEED) => get(target, path, undefined, headers);

  test("platform 6 [D]: it is public, and RSS 2.0 by default", async () => {
    const response = await feed();
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^application\/rss\+xml/);
    const xml = await response.text();
    expect(xml).toMatch(/^<\?xml version="1\.0" encoding="utf-8"\?>\s*<rss version="2\.0"/);
    expect(xml).toContain(`<atom:link href="${target.url}${FEED}" rel="self" type="application/rss+xml"/>`);
  });

  test("platform 6 [D]: announcement, EOS and EOL of an operation, with dates and successor", async () => {
    const xml = await (await feed()).text();
    for (const transition of ["announcement", "eos", "eol"]) {
      expect(xml.split(`<guid isPermaLink="false">${GUID}:${transition}</guid>`)).toHaveLength(2);
    }
    const item = xml.split("<item>").find((text) => text.includes(`${GUID}:eol<`)) ?? "";
    for (const part of ["2025-07-01", "2026-01-01", "/ot/1.0/host/list", "<pubDate>"]) expect(item).toContain(part);
  });

  test.each([
    ["rss", "application/rss+xml"],
    ["atom", "application/atom+xml"],
    ["json", "application/feed+json"],
  ])("platform 6 [D]: %s by parameter, by Accept and by extension", async (format, type) => {
    const answers = [
      await feed({}, `${FEED}?format=${format}`),
      await feed({}, `${FEED}.${format}`),
      await feed({ accept: type }),
    ];
    for (const answer of answers) {
      expect(answer.headers.get("content-type")?.startsWith(type)).toBe(true);
      expect(await answer.text()).toContain(`${GUID}:eos`);
    }
  });

  test("platform 6 [D]: JSON Feed", async () => {
    const body = await bodyOf<{ version: string; feed_url: string; items: { id: string; url: string }[] }>(
      await feed({}, `${FEED}.json`),
    );
    expect(body).toMatchObject({ version: "https://jsonfeed.org/version/1", feed_url: `${target.url}${FEED}.json` });
    expect(new Set(body.items.map(({ id }) => id)).size).toBe(body.items.length);
    for (const item of body.items) {
      expect(item).toMatchObject({ title: expect.any(String), content_html: expect.any(String) });
      expect(new URL(item.url).protocol).toMatch(/^https?:$/);
    }
  });

  test("platform 6 [D]: ETag and Last-Modified give 304, the ETag before the time", async () => {
    const first = await feed();
    const etag = first.headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[^"]+"$/);
    const statusWith = async (headers: Record<string, string>) => (await feed(headers)).status;
    // A server that has just started may still be noting what came with it, which changes the time.
    let modified = "";
    await poll(
      async () => {
        modified = (await feed()).headers.get("last-modified") ?? "";
        return statusWith({ "if-modified-since": modified });
      },
      (status) => status === 304,
    );
    const same = await feed({ "if-none-match": `"other", ${etag}` });
    expect([same.status, same.headers.get("etag"), await same.text()]).toEqual([304, etag, ""]);
    expect(same.headers.get("content-length")).toBeNull();
    expect(await statusWith({ "if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT" })).toBe(200);
    expect(await statusWith({ "if-none-match": '"other"', "if-modified-since": modified })).toBe(200);
    expect((await feed({}, `${FEED}.atom`)).headers.get("etag")).not.toBe(etag);
  });

  test("platform 6 [B]: a format that there is not is refused", async () => {
    expect((await feed({}, `${FEED}?format=xml`)).status).toBe(400);
  });

  ownTest("platform 6 [D]: release notes of the operator stand in it as text, until they are deleted", async () => {
    const token = await logIn(target);
    const json = {
      title: "Notes & <b>news</b>",
      text: "Line 1\n]]><script>",
      link: "https://breakwater.example/n?a&b",
    };
    const before = (await feed()).headers.get("etag");
    const note = await bodyOf(await call(target, "POST", "/admin/1.0/release-note/create", { token, json }), 201);
    const changed = await feed();
    const xml = await changed.text();
    expect(changed.headers.get("etag")).not.toBe(before);
    expect(xml).toContain("Notes &amp; &lt;b&gt;news&lt;/b&gt;");
    expect(xml).toContain("Line 1<br/>]]&gt;&lt;script&gt;");
    expect(xml).toContain("<link>https://breakwater.example/n?a&amp;b</link>");
    expect(await bodyOf(await get(target, "/admin/1.0/release-note/list", token))).toEqual([note]);
    const path = `/admin/1.0/release-note/${note.id}`;
    expect((await call(target, "DELETE", path, { token })).status).toBe(204);
    expect((await call(target, "DELETE", path, { token })).status).toBe(404);
    expect(await (await feed()).text()).not.toContain("news");
  });

  test.each([
    { title: "t", text: "" },
    { title: "t\u0000", text: "x" },
    { title: "t", text: "x\u0000" },
    { title: "t", text: "x", link: "javascript:alert(1)" },
    { title: "t", text: "x", date: "9999-01-01" },
    { title: "t".repeat(201), text: "x" },
  ])("platform 6 [B]: the note %j is refused", async (json) => {
    const token = await logIn(target);
    expect((await call(target, "POST", "/admin/1.0/release-note/create", { token, json })).status).toBe(400);
  });
});

describe("the feed and its dates", () => {
  const clock = new HandClock("2026-03-01T00:00:00Z");
  const target = useOwnTarget({ clock: clock.read, environment: { publicUrl: "https://breakwater.example" } });

  ownTest("platform 6 [D]: an edit is announced, keeps its guids, and is the same after a restart", async () => {
    const token = await logIn(target);
    const set = (json: object) => call(target, "PUT", "/admin/1.0/version/set", { token, json });
    const api = "GET /ot/1.0/host/count";
    const read = async () => {
      const response = await get(target, `${FEED}.json`);
      const { items } = await bodyOf<{ items: { id: string; date_published: string; url: string }[] }>(response);
      const own = items.filter(({ id }) => id.includes("/ot/1.0/host/count"));
      return {
        etag: response.headers.get("etag"),
        dates: own.map((item) => [item.id.split(":").at(-1), item.date_published]),
        own,
      };
    };
    expect((await read()).dates).toEqual([]);
    await set({ api, eosAt: "2026-05-01", eolAt: "2026-06-01" });
    const announced = "2026-03-01T00:00:00.000Z";
    // What is public may be a second old.
    const first = await poll(read, ({ dates }) => dates.length > 0);
    expect(first.dates).toEqual([
      ["announcement", announced],
      ["eol", announced],
      ["eos", announced],
    ]);
    expect(first.own[0]?.url).toBe("https://breakwater.example/docs/versions");
    await target.restart();
    expect((await read()).etag).toBe(first.etag);
    clock.set("2026-05-02T00:00:00Z");
    const later = await read();
    expect(later.dates).toContainEqual(["eos", "2026-05-01T00:00:00.000Z"]);
    expect(new Set(later.own.map(({ id }) => id))).toEqual(new Set(first.own.map(({ id }) => id)));
    expect(later.etag).not.toBe(first.etag);
  });
});

describe("webhooks", () => {
  const clock = new HandClock("2026-03-01T00:00:00Z");
  const target = useOwnTarget({ clock: clock.read });
  const HOOKS = "/admin/1.0/webhook";
  type Hook = { id: string; secret: string };
  const create = async (json: object) =>
    bodyOf<Hook>(await call(target, "POST", `${HOOKS}/create`, { token: await logIn(target), json }), 201);

  ownTest("platform 6 [B]: a message is signed over id.timestamp.body, and comes again after a failure", async () => {
    const receiver = await startReceiver([500]);
    const hook = await create({ url: receiver.url, events: ["api.announced"] });
    const token = await logIn(target);
    const json = { api: "GET /ot/1.0/host/count", eosAt: "2026-04-01", eolAt: "2026-05-01" };
    expect((await call(target, "PUT", "/admin/1.0/version/set", { token, json })).status).toBe(200);
    await poll(async () => receiver.messages.length === 1, Boolean);
    const deliveries = async () =>
      bodyOf<{ status: string; attempts: number; lastStatus: number }[]>(
        await get(target, `${HOOKS}/${hook.id}/deliveries`, await logIn(target)),
      );
    await poll(async () => (await deliveries())[0]?.attempts === 1, Boolean);
    expect(await deliveries()).toMatchObject([{ type: "api.announced", status: "PENDING", lastStatus: 500 }]);
    clock.advance(3600);
    await target.restart();
    await poll(async () => receiver.messages.length === 2, Boolean);
    receiver.close();
    const [first, second] = receiver.messages as [Message, Message];
    expect(second.headers["webhook-id"]).toBe(first.headers["webhook-id"]);
    expect(second.body).toBe(first.body);
    for (const { headers, body } of [first, second]) {
      const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
      const key = Buffer.from(hook.secret.replace(/^whsec_/, ""), "base64");
      expect(headers["webhook-signature"]).toBe(`v1,${createHmac("sha256", key).update(signed).digest("base64")}`);
    }
    expect(JSON.parse(first.body)).toMatchObject({ type: "api.announced", data: { api: json.api, successor: null } });
  });

  ownTest("platform 6 [B]: a test message is sent on demand; rotation signs with both secrets", async () => {
    const receiver = await startReceiver();
    const hook = await create({ url: receiver.url, events: ["release.note"] });
    const token = await logIn(target);
    const rotated = await bodyOf<Hook>(await call(target, "POST", `${HOOKS}/${hook.id}/rotate`, { token }));
    expect(rotated.secret).not.toBe(hook.secret);
    expect((await call(target, "POST", `${HOOKS}/${hook.id}/test`, { token })).status).toBe(202);
    await poll(async () => receiver.messages.length === 1, Boolean);
    receiver.close();
    expect(JSON.parse(receiver.messages[0]?.body ?? "")).toMatchObject({ type: "webhook.test" });
    expect(String(receiver.messages[0]?.headers["webhook-signature"]).split(" ")).toHaveLength(2);
  });

  ownTest(
    "platform 6 [B]: webhooks are listed, changed and deleted, and their secret is never shown again",
    async () => {
      const hook = await create({ url: "https://hooks.example/a", description: "Plant north" });
      const token = await logIn(target);
      const path = `${HOOKS}/${hook.id}`;
      const changed = await call(target, "PUT", path, { token, json: { isEnabled: false, events: ["api.eol"] } });
      const expected = {
        url: "https://hooks.example/a",
        description: "Plant north",
        isEnabled: false,
        events: ["api.eol"],
      };
      expect(await bodyOf(changed)).toMatchObject(expected);
      expect(await bodyOf(await get(target, path, token))).toMatchObject(expected);
      const list = await (await get(target, `${HOOKS}/list`, token)).text();
      expect(list).toContain(hook.id);
      expect(list).not.toContain("whsec_");
      const deleted = await call(target, "DELETE", path, { token });
      expect([deleted.status, deleted.headers.get("content-length")]).toEqual([204, null]);
      expect((await get(target, path, token)).status).toBe(404);
      expect((await get(target, `${HOOKS}/not-an-id`, token)).status).toBe(400);
    },
  );

  ownTest("platform 6 [B]: no webhook goes to link-local or unspecified addresses", async () => {
    const token = await logIn(target);
    for (const url of ["http://169.254.169.254/", "http://0.0.0.0/", "http://[fe80::1]/", "ftp://a.example/", "x"]) {
      const response = await call(target, "POST", `${HOOKS}/create`, { token, json: { url } });
      expect([url, response.status]).toEqual([url, 400]);
    }
  });
});
