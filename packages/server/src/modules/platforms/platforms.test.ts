import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigError } from "../../config/config.ts";
import { toPlatformsPage } from "./page.ts";
import { readPlatformsFile } from "./platforms-file.ts";

const dir = mkdtempSync(join(tmpdir(), "breakwater-platforms-"));
const write = (text: string) => {
  const path = join(dir, "platforms.json");
  writeFileSync(path, text);
  return path;
};

test("a sister has what the file says; its API and console are its gateway unless told", () => {
  const path = write(
    '{"self": {"name": "North"}, "sisters": [{"name": "South", "gatewayUrl": "https://south.example/"}]}',
  );
  expect(readPlatformsFile(path)).toEqual({
    self: { name: "North" },
    sisters: [
      {
        name: "South",
        gatewayUrl: "https://south.example",
        apiUrl: "https://south.example",
        consoleUrl: "https://south.example",
        usernameMarker: null,
      },
    ],
  });
});

test.each([
  ["{", "cannot be read as JSON"],
  ["[]", "the file must be an object"],
  ['{"sister": []}', "the file.sister is not known"],
  ['{"sisters": {}}', "sisters must be an array"],
  ['{"sisters": [{"name": "S"}]}', "sisters[0].gatewayUrl is missing"],
  ['{"sisters": [{"gatewayUrl": "https://s.example"}]}', "sisters[0].name is missing"],
  ['{"sisters": [{"name": "S", "gatewayUrl": "javascript:alert(1)"}]}', "sisters[0].gatewayUrl is"],
  ['{"sisters": [{"name": "S", "gatewayURL": "https://s.example"}]}', "sisters[0].gatewayURL is not known"],
  ['{"self": {"name": 7}}', "self.name must be a text"],
  ['{"self": {"name": "S"}, "sisters": [{"name": "S", "gatewayUrl": "https://s.example"}]}', '"S" is used twice'],
])("%s is refused: %s", (text, fault) => {
  const path = write(text);
  expect(() => readPlatformsFile(path)).toThrow(ConfigError);
  expect(() => readPlatformsFile(path)).toThrow(fault);
  expect(() => readPlatformsFile(path)).toThrow(path);
});

test("a file that is not there is refused", () => {
  expect(() => readPlatformsFile(join(dir, "none.json"))).toThrow(/BREAKWATER_PLATFORMS_FILE .*none\.json.*ENOENT/);
});

test("the page shows names as text", () => {
  const entry = { gatewayUrl: "https://a.example/?a&b", apiUrl: "https://a.example", consoleUrl: "https://a.example" };
  const page = toPlatformsPage([{ name: "<b>", ...entry, usernameMarker: '"x"' }]);
  expect(page).toContain('<td>&lt;b&gt;</td><td><a href="https://a.example/?a&amp;b">');
  expect(page).toContain("<td>&quot;x&quot;</td>");
});
