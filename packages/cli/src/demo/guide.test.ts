import { afterAll, beforeAll, expect, test } from "vitest";
import { createSandbox, run, type Sandbox } from "../testing/cli-process.fixture.ts";
import { quote, toCurlLines } from "./guide.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox();
});
afterAll(() => sandbox.remove());

test("a shell reads any quoted text as it was, on one line", async () => {
  const texts = ["plain", 'it\'s $HOME `id` \\ "x" !1', "", "a\nb\tc\u0001d'e\\f", "Zürich \u0085 日本", "'''"];
  const words = texts.map(quote);
  expect(words.join("")).not.toContain("\n");
  const { stdout, code } = await run(sandbox, "bash", ["-c", `printf '%s\\0' ${words.join(" ")}`]);
  expect({ code, texts: stdout.split("\0").slice(0, -1) }).toEqual({ code: 0, texts });
});

test("each call is one line that begins with curl or with a variable made by it", () => {
  const lines = toCurlLines("http://127.0.0.1:8080", {
    manager: { username: "admin", password: "two\nlines & 'quotes'" },
    reader: { username: "reader", password: "simple" },
  });
  for (const line of lines) expect(line).toMatch(/^([A-Z_]+=\$\()?curl [^\n]+$/);
});
