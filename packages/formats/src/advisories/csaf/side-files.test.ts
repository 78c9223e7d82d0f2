import { expect, it } from "vitest";
import { toFileHead } from "../../intake/file-head.ts";
import { isCsafSideFile } from "./index.ts";

const isPassed = (text: string) => isCsafSideFile(toFileHead(Buffer.from(text)));

it.each([
  ["a ROLIE feed", '{"feed":{"id":"x","entry":[]}}'],
  ["a ROLIE service", '{"service":{"workspace":[]}}'],
  ["a ROLIE category document", '{"categories":{"category":[{"term":"vendor"}]}}'],
  ["provider-metadata.json", '{"canonical_url":"https://example.com/x.json","metadata_version":"2.0"}'],
  ["aggregator.json", '{"aggregator":{},"aggregator_version":"2.0","canonical_url":"https://example.com/x.json"}'],
  ["security.txt", "# Ours\nContact: https://example.com/\nCSAF: https://example.com/provider-metadata.json\n"],
  ["a signature", "-----BEGIN PGP SIGNATURE-----\n"],
  ["a checksum", `${"a1".repeat(32)}  icsa-18-310-02.json\n`],
  ["changes.csv", '"2018/icsa-18-310-02.json","2018-11-06T00:00:00Z"\n'],
])("passes over %s", (_, text) => expect(isPassed(text)).toBe(true));

it.each([
  ["a table", "Contact,Host\nme,10.0.0.1\n"],
  ["another JSON file", '{"canonical_url":"https://example.com"}'],
])("does not pass over %s", (_, text) => expect(isPassed(text)).toBe(false));
