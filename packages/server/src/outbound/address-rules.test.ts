import { expect, test } from "vitest";
import { isAddressAllowed } from "./address-rules.ts";

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
  "168.63.129.16",
  "100.100.100.200",
  "::ffff:100.100.100.200",
  "64:ff9b::168.63.129.16",
  "64:ff9b::100.100.100.200",
  "2002:a83f:8110::1",
  "2002:6464:64c8::1",
])("nothing goes to %s", (address) => {
  expect([isAddressAllowed(address, TENANT), isAddressAllowed(address, OPERATOR)]).toEqual([false, false]);
});

test.each(["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])(
  "only what is the operator's goes to %s",
  (address) => {
    expect([isAddressAllowed(address, TENANT), isAddressAllowed(address, OPERATOR)]).toEqual([false, true]);
  },
);

test.each(["10.1.2.3", "172.16.0.9", "192.168.20.31", "100.64.0.1", "fd12::1", "203.0.113.7", "2001:db8::1"])(
  "anybody's may go to %s",
  (address) => expect(isAddressAllowed(address, TENANT)).toBe(true),
);
