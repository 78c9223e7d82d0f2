import { expect, test } from "vitest";
import { readWebhookUrl } from "./webhook-url.ts";

const TENANT = { canUseLoopback: false };
const OPERATOR = { canUseLoopback: true };

test.each([
  "ftp://hooks.example/",
  "hooks.example",
  "",
  "https://user:secret@hooks.example/",
  "http://169.254.169.254/latest/meta-data",
  "http://2852039166/",
  "http://0xa9.0xfe.0xa9.0xfe/",
  "http://[fe80::1]/",
  "http://[::ffff:169.254.169.254]/",
  "http://0/",
])("%s is refused", (text) => {
  expect(() => readWebhookUrl(text, OPERATOR)).toThrow(/^url/);
});

test.each(["http://localhost:8080/", "http://a.localhost./", "http://127.1/", "http://[::1]:9/"])(
  "%s is the operator's only",
  (text) => {
    expect(() => readWebhookUrl(text, TENANT)).toThrow(/of this machine/);
    expect(readWebhookUrl(text, OPERATOR)).toMatch(/^http:/);
  },
);

test("a URL is kept as it will be called, without its fragment", () => {
  expect(readWebhookUrl("HTTPS://Hooks.Example/a b?key=1#top", TENANT)).toBe("https://hooks.example/a%20b?key=1");
});
