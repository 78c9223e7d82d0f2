import { expect, test } from "vitest";
import { isAddressAllowed, readWebhookUrl } from "./address-rules.ts";

const TENANT = { canUseLoopback: false };
const OPERATOR = { canUseLoopback: true };

test.each([
  "169.254.169.254",
  "169.254.0.1",
  "0.0.0.0",
  "0.1.2.3",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "fe80::1",
  "fe80::1%eth0",
  "ff02::1",
  "fd00:ec2::254",
  "::ffff:169.254.169.254",
  "::ffff:a9fe:a9fe",
  "64:ff9b::169.254.169.254",
  "2002:a9fe:a9fe::1",
])("nobody's webhook goes to %s", (address) => {
  expect([isAddressAllowed(address, TENANT), isAddressAllowed(address, OPERATOR)]).toEqual([false, false]);
});

test.each(["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])("only the operator's goes to %s", (address) => {
  expect([isAddressAllowed(address, TENANT), isAddressAllowed(address, OPERATOR)]).toEqual([false, true]);
});

test.each(["10.1.2.3", "172.16.0.9", "192.168.20.31", "100.64.0.1", "fd12::1", "203.0.113.7", "2001:db8::1"])(
  "everybody's may go to %s",
  (address) => expect(isAddressAllowed(address, TENANT)).toBe(true),
);

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
