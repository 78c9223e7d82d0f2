import { expect, test } from "vitest";
import { PUBLIC_PLATFORMS, platformNames, toBaseUrl } from "./platforms.ts";

test("the fourteen public platforms have names and addresses of their own", () => {
  expect(platformNames()).toEqual([
    "US1",
    "US2",
    "US3",
    "US4",
    "GOV1",
    "EU1",
    "EU2",
    "EU3",
    "IN1",
    "CA1",
    "AE1",
    "UK1",
    "AU1",
    "KSA1",
  ]);
  expect(new Set(PUBLIC_PLATFORMS.map(({ url }) => url)).size).toBe(14);
});

test.each([
  ["US1", "https://gateway.qg1.apps.qualys.com"],
  ["gov1", "https://gateway.gov1.qualys.us"],
  ["Eu3", "https://gateway.qg3.apps.qualys.it"],
  [" UK1 ", "https://gateway.qg1.apps.qualys.co.uk"],
  ["https://breakwater.example/", "https://breakwater.example"],
  ["http://127.0.0.1:8080/under/a/path//", "http://127.0.0.1:8080/under/a/path"],
])("%j is %s", (text, url) => expect(toBaseUrl(text)).toBe(url));

test.each(["US9", "", "ftp://breakwater.example", "breakwater.example"])(
  "%j is refused, and the names are told",
  (text) => {
    expect(() => toBaseUrl(text)).toThrow(/neither a URL nor a platform; the platforms are US1, /);
  },
);
