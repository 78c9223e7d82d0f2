import { describe, expect, it } from "vitest";
import { findGroup, findToken, renderTokenReference, tokenTables } from "./index.ts";

describe.each(tokenTables.map((table) => [table.id, table] as const))("the tokens of %s", (_, table) => {
  it("have one meaning each, in any case", () => {
    const names = [...table.tokens, ...table.groups].map(({ name }) => name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
  });

  it("stand in groups that exist and whose prefix they have", () => {
    for (const token of table.tokens) {
      if (token.group === undefined) continue;
      expect(findGroup(table, token.group), token.name).toBeDefined();
      expect(token.name.startsWith(`${token.group}.`)).toBe(true);
    }
  });

  it("are all in the reference", () => {
    const page = renderTokenReference();
    for (const { name } of table.tokens) expect(page).toContain(`| \`${name}\` |`);
  });
});

it("asset.tags.name is a token of OT hosts only", () => {
  const holders = tokenTables.filter((table) => findToken(table, "asset.tags.name") !== undefined);
  expect(holders.map(({ id }) => id)).toEqual(["ot-hosts", "ot-detections"]);
});
