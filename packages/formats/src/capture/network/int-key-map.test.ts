import fc from "fast-check";
import { expect, it } from "vitest";
import { formatIpv4, formatIpv6, formatMac } from "./address-text.ts";
import { IntKeyMap } from "./int-key-map.ts";

it("numbers keys like a map of strings would, up to its limit", () => {
  const word = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer());
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word, word, word), { maxLength: 400 }), (keys) => {
      const limit = 200;
      const map = new IntKeyMap(limit);
      const model = new Map<string, number>();
      for (const key of keys) {
        const text = key.join();
        if (!model.has(text) && model.size < limit) model.set(text, model.size);
        expect(map.intern(...key)).toBe(model.get(text) ?? -1);
      }
      for (const key of keys) expect(map.find(...key)).toBe(model.get(key.join()) ?? -1);
      expect(map.size).toBe(model.size);
    }),
    { numRuns: 300 },
  );
});

it("writes addresses as RFC 5952 asks", () => {
  expect(formatIpv4(0xc0a80a01 | 0)).toBe("192.168.10.1");
  expect(formatIpv6([0x20010db8 | 0, 0, 0, 1])).toBe("2001:db8::1");
  expect(formatIpv6([0x20010db8 | 0, 0x00000001, 0x00010001, 0x00010001])).toBe("2001:db8:0:1:1:1:1:1");
  expect(formatIpv6([0, 0, 0, 0])).toBe("::");
  expect(formatIpv6([0x20010db8 | 0, 0, 0x00010000, 0x00000001])).toBe("2001:db8::1:0:0:1");
  expect(formatMac(0x001b, 0x1b5c2001)).toBe("00:1b:1b:5c:20:01");
});
