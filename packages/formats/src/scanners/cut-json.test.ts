import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { formats } from "../intake/index.ts";
import { assertCutIsImported, type CutCase } from "./cut-json.fixture.ts";
import { readScan } from "./read-scan.fixture.ts";

const FIXTURES = fileURLToPath(new URL("../../fixtures/", import.meta.url));

/** Every format in JSON; those in JSON Lines are cut between records. */
const CASES: readonly CutCase[] = [
  ["asff/array/input.json", ""],
  ["asff/findings/input.json", "Findings"],
  ["cyclonedx/bad-records/input.json", "vulnerabilities"],
  ["defender/api/input.json", "value"],
  ["nuclei/array/input.json", ""],
  ["ocsf/array/input.json", ""],
  ["openvex/statements/input.json", "statements"],
  ["osv/lockfiles/input.json", "results.*.packages"],
  ["sarif/two-tools/input.sarif", "runs.*.results"],
  ["trivy/image/input.json", "Results.*.Vulnerabilities"],
  ["trivy/kubernetes/input.json", "Vulnerabilities", "Misconfigurations"],
  ["wazuh/api/input.json", "data.affected_items"],
  ["wazuh/indexer/input.json", "hits.hits"],
  ["zap/json/input.json", "site.*.alerts"],
];
/** Only the end of these says what they are about. */
const NAMED_BEHIND: readonly CutCase[] = [
  ["cyclonedx/vex/input.json", "vulnerabilities"],
  ["grype/image/input.json", "matches"],
  ["sarif/rules-behind/input.sarif", "runs.*.results"],
  ["snyk/project/input.json", "vulnerabilities", "filtered.ignore", "filtered.patch"],
];

describe("a report in JSON with a record that is nested too deep", () => {
  it("is imported without that record", async () => {
    const match = (name: string, more: string) =>
      `{"vulnerability":{"id":"CVE-2099-1","severity":"High"},"artifact":{"name":"${name}","version":"1"}${more}}`;
    const deep = `,"z":${"[".repeat(300)}${"]".repeat(300)}`;
    const matches = [match("a", ""), match("b", deep), match("c", "")].join(",");
    async function* source() {
      yield Buffer.from(`{"matches":[${matches}],"source":{"target":{"userInput":"image"}}}`);
    }
    const { events } = await readScan(source());
    const told = events.flatMap((event) => (event.type === "finding" ? [event.finding.instance] : []));
    expect(told).toEqual(["a@1", "c@1"]);
    expect(events.flatMap((event) => (event.type === "issue" ? [event.issue] : []))).toMatchObject([
      { level: "refused", code: "json-too-deep", where: "matches[1]" },
    ]);
  });
});

describe("a report in JSON that breaks off", () => {
  it.each(CASES)("%s: the records before are imported", async (file, ...lists) => {
    await assertCutIsImported(readFileSync(FIXTURES + file, "utf8"), lists, false);
  });

  it.each(NAMED_BEHIND)("%s: says that only its end tells what the records are about", async (file, ...lists) => {
    await assertCutIsImported(readFileSync(FIXTURES + file, "utf8"), lists, true);
  });

  it("is tried in every format", () => {
    const tried = new Set([...CASES, ...NAMED_BEHIND].map(([file]) => file.split("/")[0]));
    const inJson = formats.filter(({ kind, title }) => kind === "scan" && title.includes("JSON"));
    for (const { id } of inJson)
      expect(
        [...tried].some((name) => id.startsWith(name as string)),
        id,
      ).toBe(true);
  });
});
