import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bodyOf, get } from "../http.ts";
import { ownTest, useOwnTarget, useTarget } from "../target.ts";

describe("an installation by itself", () => {
  const target = useTarget();

  test("platform 7 [D]: GET /platforms is public and lists the installation", async () => {
    const response = await get(target, "/platforms");
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
    const platforms = await bodyOf<Record<string, unknown>[]>(response);
    expect(response.headers.get("count")).toBe(String(platforms.length));
    expect(platforms[0]).toMatchObject({ name: expect.any(String), isSelf: true });
    for (const member of ["gatewayUrl", "apiUrl", "consoleUrl"]) {
      expect(URL.canParse(String(platforms[0]?.[member]))).toBe(true);
    }
    expect(platforms[0]).toHaveProperty("usernameMarker");
  });

  test("platform 7 [D]: browsers get a page", async () => {
    const response = await get(target, "/platforms", undefined, {
      accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    });
    expect(response.headers.get("content-type")).toMatch(/^text\/html/);
    expect(await response.text()).toMatch(/<table>.*<a href="https?:/s);
  });
});

describe("an installation with sisters", () => {
  const path = join(mkdtempSync(join(tmpdir(), "breakwater-platforms-")), "platforms.json");
  const sister = {
    name: "South",
    gatewayUrl: "https://gateway.south.example",
    apiUrl: "https://api.south.example",
    consoleUrl: "https://south.example",
    usernameMarker: "_s",
  };
  writeFileSync(path, JSON.stringify({ self: { name: "North", usernameMarker: "_n" }, sisters: [sister] }));
  const target = useOwnTarget({ environment: { platformsFile: path, publicUrl: "https://north.example/" } });

  ownTest("platform 7 [D]: it lists itself by its public address, and its sisters", async () => {
    const platforms = await bodyOf<object[]>(await get(target, "/platforms"));
    expect(platforms).toMatchObject([
      {
        name: "North",
        gatewayUrl: "https://north.example",
        apiUrl: "https://north.example",
        usernameMarker: "_n",
        isSelf: true,
      },
      { ...sister, isSelf: false },
    ]);
  });
});

describe("an installation behind a proxy that it trusts", () => {
  const target = useOwnTarget({ environment: { trustedProxies: "127.0.0.1" } });
  const forwarded = { "x-forwarded-proto": "https", "x-forwarded-host": "north.example:8443" };

  ownTest("platform 7 [D]: list and feed name the address that clients use", async () => {
    const [self] = await bodyOf<object[]>(await get(target, "/platforms", undefined, forwarded));
    expect(self).toMatchObject({ gatewayUrl: "https://north.example:8443" });
    const feed = await get(target, "/notifications/api/feed.json", undefined, forwarded);
    expect(await bodyOf(feed)).toMatchObject({ feed_url: "https://north.example:8443/notifications/api/feed.json" });
  });
});
