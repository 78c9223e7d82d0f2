import type { Json, JsonObject } from "../../json/index.ts";
import type { CvssScore, Severity } from "../../records.ts";
import {
  type AssetInput,
  asArray,
  asObject,
  type CheckInput,
  jsonScan,
  type PlaceInput,
  type ScanWriter,
  severityOfScore,
  severityOfWord,
  toAliases,
  toComponent,
  toCves,
  toCvss,
  toCwes,
  toNumber,
  toText,
  toTime,
} from "../kit/index.ts";

/**
 * Wazuh's vulnerabilities: the indexer's answer since 4.8 (`hits.hits`), and the older API's (`data.affected_items`). An
 * asset is the agent by its name, which a manager keeps unique; agent ids begin anew with every manager. An instance is a
 * package in its version.
 */
export const parseWazuh = jsonScan<{ total: number | null; seen: number }>({
  product: "Wazuh",
  start: () => ({ total: null, seen: 0 }),
  records: {
    "hits.total.value": (value, { state }) => {
      state.total = toNumber(value);
    },
    "hits.hits.*": (value, { out, where, state }) => {
      state.seen++;
      tell(fromIndexer(asObject(asObject(value)._source)), out, where);
    },
    "data.total_affected_items": (value, { state }) => {
      state.total = toNumber(value);
    },
    "data.affected_items.*": (value, { out, where, state }) => {
      state.seen++;
      tell(fromApi(asObject(value)), out, where);
    },
  },
  end: ({ out, state }) => {
    if (state.total === null || state.total <= state.seen) return;
    out.isComplete = false;
    const message = `the file holds ${state.seen} of ${state.total} records; nothing is closed that it does not name`;
    out.warn("wazuh-page", "end of file", message);
  },
});

type Detail = { asset: AssetInput; check: CheckInput; place: PlaceInput };

function tell({ asset, check, place }: Detail, out: ScanWriter, where: string): void {
  if (check.id === "")
    out.refuse("wazuh-record-unreadable", where, "the record names no vulnerability; it was left out");
  else out.finding(asset, check, place, where);
}

function fromIndexer(source: JsonObject): Detail {
  const { vulnerability, agent, host, package: software } = source;
  const weakness = asObject(vulnerability);
  const machine = asObject(agent);
  const score = asObject(weakness.score);
  const cvss = toCvss({ score: score.base, version: toVersion(score.version) });
  const os = asObject(asObject(host).os);
  const addresses = [machine.ip, asObject(host).ip].flatMap((value) => (Array.isArray(value) ? value : [value]));
  return {
    asset: {
      name: toText(machine.name),
      addresses: addresses.map(toText),
      operatingSystem: toText(os.full) || `${toText(os.name)} ${toText(os.version)}`,
    },
    check: toCheck(weakness, toText(weakness.id), cvss, {
      isPatchAvailable: toFix(asObject(weakness.scanner).condition),
      description: toText(weakness.description),
      // The comma is part of no address here: Wazuh puts a blank behind it.
      references: toText(weakness.reference)
        .split(/,\s+/)
        .filter((url) => url !== ""),
      publishedAt: toTime(weakness.published_at),
    }),
    place: toPlace(asObject(software), toSeverity(weakness.severity, cvss), weakness.detected_at),
  };
}

/** Of one agent's list, to which whoever exports it adds the agent. */
function fromApi(item: JsonObject): Detail {
  const cvss3 = toCvss({ score: item.cvss3_score, version: "3.1" });
  const cvss = cvss3 ?? toCvss({ score: item.cvss2_score, version: "2.0" });
  const address = toText(item.agent_ip);
  const place = toPlace(item, toSeverity(item.severity, cvss), item.detection_time);
  return {
    asset: { name: toText(item.agent_name) || address, addresses: [address] },
    check: toCheck(item, toText(item.cve), cvss, {
      isPatchAvailable: toFix(item.condition),
      title: toText(item.title),
      references: asArray(item.external_references).map(toText),
      publishedAt: toTime(item.published),
    }),
    place: item.status === "SOLVED" ? { ...place, state: "fixed" } : place,
  };
}

function toCheck(record: JsonObject, id: string, cvss: CvssScore | null, more: Partial<CheckInput>): CheckInput {
  return {
    id,
    severity: toSeverity(record.severity, cvss),
    sourceSeverity: toText(record.severity),
    cveIds: toCves(id),
    aliases: toAliases(id),
    cweIds: toCwes(toText(record.cwe_reference)),
    cvss: cvss && (cvss.score ?? 0) > 0 ? [cvss] : [],
    category: "VULNERABILITY",
    ...more,
    // The older API's titles name the package: `CVE-… affects package`.
    title: more.title && !more.title.includes(" affects ") ? more.title : id,
  };
}

/** `Package less than 2.4.39` names the first version without the weakness, `Package unfixed` says that there is none. */
function toFix(condition: Json | undefined): boolean | null {
  const text = toText(condition);
  return /\bless than\b(?! or equal)/i.test(text) ? true : /\bunfixed\b/i.test(text) ? false : null;
}

function toPlace(software: JsonObject, severity: Severity, detectedAt: Json | undefined): PlaceInput {
  const name = toText(software.name);
  const version = toText(software.version);
  const firstSeenAt = toTime(detectedAt);
  return {
    instance: name === "" ? null : toComponent(name, version),
    evidence: [`${name} ${version}`.trim(), toText(software.condition)].filter((text) => text !== "").join("\n"),
    severity,
    ...(version === "" ? {} : { productVersion: version }),
    ...(firstSeenAt === null ? {} : { firstSeenAt }),
  };
}

function toSeverity(word: Json | undefined, cvss: CvssScore | null): Severity {
  return severityOfWord(word) ?? severityOfScore(cvss?.score ?? null) ?? 1;
}

function toVersion(value: Json | undefined): CvssScore["version"] | undefined {
  const known = ["2.0", "3.0", "3.1", "4.0"] as const;
  return known.find((version) => version === toText(value));
}
