import { describe, expect, it } from "vitest";
import type { QueryRecord, TokenTable } from "./index.ts";
import { assetTable, evaluateQuery, findingTable, parseQuery } from "./index.ts";

const now = new Date("2026-03-31T12:00:00Z");

function matches(text: string, record: QueryRecord, table: TokenTable = findingTable, known?: string[]): boolean {
  const result = parseQuery(text, table, now);
  if (!result.ok) throw new Error(result.error.message);
  return evaluateQuery(result.query, record, known === undefined ? undefined : (field) => known.includes(field));
}

describe("text", () => {
  const record = { "finding.title": "Remote Code Execution in log4j-core 2.14.1 (host.corp.com)" };
  it.each([
    ["finding.title:rem", true],
    ["finding.title:zzz-cod", true],
    ["finding.title:emote", false],
    ["finding.title:corp", false],
    ["finding.title:host.corp", true],
    ['finding.title:"code execution"', true],
    ['finding.title:"execution code"', false],
    ['finding.title:"code exec"', false],
    ["finding.title:`Remote`", false],
    ["finding.title:remote*com", false],
    ["finding.title:*LOG4J*", true],
    ["finding.title:remote*", true],
    ['finding.title:"remote*corp.com?"', false],
    ["finding.title=remote", false],
    ["finding.title='remote code execution in LOG4J-core 2.14.1 (host.corp.com)'", true],
  ])("%s is %s", (query, expected) => {
    expect(matches(query, record)).toBe(expected);
  });
});

describe("missing values", () => {
  it.each([
    ["finding.port:80", false],
    ["not finding.port:80", true],
    ["finding.port!=80", true],
    ["finding.port>1", false],
    ["not finding.port>1", true],
    ["finding.port is null", true],
    ["finding.port is not null", false],
    ["finding.tags.name is null", true],
    ["finding.tags.name:*", false],
  ])("%s is %s", (query, expected) => {
    expect(matches(query, { "finding.port": null, "finding.tags.name": [] })).toBe(expected);
  });

  it.each(["finding.port:80", "finding.port!=80", "finding.port is null", "finding.port is not null"])(
    "%s is false when the deployment has no such data, and NOT of it true",
    (query) => {
      expect(matches(query, {}, findingTable, [])).toBe(false);
      expect(matches(`not ${query}`, {}, findingTable, [])).toBe(true);
    },
  );
});

describe("groups", () => {
  const record = {
    software: [
      { "software.name": "OpenSSL", "software.version": "3.0.7" },
      { "software.name": "Apache", "software.version": "2.4.49" },
    ],
  };
  it.each([
    ["software:(name:openssl and version:`3.0.7`)", true],
    ["software:(name:openssl and version:`2.4.49`)", false],
    ["software.name:openssl and software.version:`2.4.49`", true],
    ["software:(not name:openssl)", true],
    ["not software:(name:openssl)", false],
    ["software.name!=openssl", false],
    ["software:(version is null)", false],
    ["software.publisher is null", true],
    ["software:(publisher is null)", true],
  ])("%s is %s", (query, expected) => {
    expect(matches(query, record, assetTable)).toBe(expected);
  });

  it("has no element to match without elements", () => {
    expect(matches("software:(not name:x)", {}, assetTable)).toBe(false);
  });
});
