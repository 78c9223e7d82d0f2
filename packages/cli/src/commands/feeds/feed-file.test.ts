import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { withFeedFile } from "./feed-file.ts";

test("a URL is fetched by the client and gone after the work; what answers otherwise is told", async () => {
  const server = createServer((request, response) => {
    response.statusCode = request.url?.startsWith("/feeds/kev.json") ? 200 : 404;
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const path = await withFeedFile(`${url}/feeds/kev.json?raw=1`, async (file) => {
      expect(await readFile(file, "utf8")).toBe("{}");
      return file;
    });
    expect(path.endsWith("kev.json")).toBe(true);
    await expect(readFile(path)).rejects.toMatchObject({ code: "ENOENT" });
    await expect(withFeedFile(`${url}/nothing`, async () => undefined)).rejects.toThrow("answered 404");
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await expect(withFeedFile(url, async () => undefined)).rejects.toThrow("cannot be fetched");
});

test("a path stands for itself", async () => {
  expect(await withFeedFile("nowhere/kev.json", async (path) => path)).toBe("nowhere/kev.json");
});
