import { expect, test } from "vitest";
import { describeAllowListFault, toAllowList } from "./allow-list.ts";

test.each([
  "10.0.0.256",
  "10.0.0.0/33",
  "10.0.0.0/",
  "2001:db8::/129",
  "2001:db8::1%eth0/64x",
  "host.example",
  "",
  " 10.0.0.1",
])("%o is told by name", (entry) => {
  expect(describeAllowListFault(["10.0.0.1", entry])).toContain(JSON.stringify(entry));
});

test("an empty list is none; addresses and networks of both kinds allow what is in them and nothing else", () => {
  expect(toAllowList([])).toBeUndefined();
  const entries = ["192.0.2.7", "10.1.0.0/16", "2001:db8:1::/48", "2001:db8:2::5"];
  expect(describeAllowListFault(entries)).toBeUndefined();
  const list = toAllowList(entries);
  const allowed = ["192.0.2.7", "10.1.255.255", "2001:db8:1:ffff::1", "2001:db8:2::5"];
  const refused = ["192.0.2.8", "10.2.0.0", "2001:db8:3::", "2001:db8:2::6", "::1", ""];
  expect(allowed.map((address) => list?.has(address))).toEqual(allowed.map(() => true));
  expect(refused.map((address) => list?.has(address))).toEqual(refused.map(() => false));
});
