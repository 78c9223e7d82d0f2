import fc from "fast-check";
import { expect, test } from "vitest";
import { NetworkSet, toPlainAddress } from "./networks.ts";

const toNumber = (address: string) => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
const near = fc.integer({ min: 0, max: 3 });
const address = fc.tuple(fc.constantFrom(10, 192), near, near, fc.nat(255)).map((parts) => parts.join("."));

test("an IPv4 address is in a set exactly when its first bits are those of a network of it", () => {
  const networks = fc.array(fc.tuple(address, fc.integer({ min: 0, max: 32 })), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(networks, fc.array(address, { minLength: 1 }), (entries, asked) => {
      const set = new NetworkSet(entries.map(([base, bits]) => `${base}/${bits}`));
      for (const one of [...asked, ...asked]) {
        const isIn = entries.some(([base, bits]) => {
          const size = 2 ** (32 - bits);
          return Math.floor(toNumber(base) / size) === Math.floor(toNumber(one) / size);
        });
        expect([entries, one, set.has(one)]).toEqual([entries, one, isIn]);
      }
    }),
  );
});

test("IPv6 networks hold IPv6 addresses, and an IPv4 address written as IPv6 is that address", () => {
  const set = new NetworkSet(["2001:db8::/32", "::ffff:10.0.0.1"]);
  expect(["2001:db8:7::1", "2001:db9::1", "10.0.0.1", "10.0.0.2"].map((one) => set.has(one))).toEqual([
    true,
    false,
    true,
    false,
  ]);
  expect(toPlainAddress("::FFFF:10.0.0.1")).toBe("10.0.0.1");
  expect(toPlainAddress("fe80::1%eth0")).toBe("fe80::1");
});

test("what is no address is none", () => {
  for (const text of ["", "localhost", "10.0.0", "10.0.0.256", "1.2.3.4.5", "::g", "010.0.0.1"]) {
    expect([text, toPlainAddress(text)]).toEqual([text, undefined]);
  }
});
