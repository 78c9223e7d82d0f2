import type { Json, JsonObject } from "../../json/index.ts";
import type { CvssScore } from "../../records.ts";
import { type CveEntry, type FeedEvent, type FeedParser, toCveId, toMs } from "../events.ts";
import { elementsOf, jsonFeed, membersOf } from "../json-feed.ts";

type State = { newest: number | null };

/**
 * CVE records in the JSON format 5.x: one document, an array of them, or one a line; zip archives of them are unpacked
 * before. Of a record the CNA's container counts and those of authorised data publishers, CISA's with SSVC among them.
 * https://github.com/CVEProject/cve-schema, https://github.com/cisagov/vulnrichment
 */
export const parseCve: FeedParser = jsonFeed<State>({
  start: () => ({ newest: null }),
  records: { "": toEntry, "*": toEntry },
  end: ({ newest }) => [
    { type: "head", head: { kind: "cve", source: "CVE records", version: null, publishedAt: newest } },
  ],
});

function toEntry(value: Json, state: State): FeedEvent | string {
  const { cveMetadata, containers } = membersOf(value);
  const metadata = membersOf(cveMetadata);
  const cveId = toCveId(metadata.cveId);
  if (cveId === null) return "cveMetadata.cveId is no CVE id";
  const { cna, adp } = membersOf(containers);
  const publishers = elementsOf(adp).map(membersOf);
  // A publisher's container changes without the record's own date, so the newest of all is the copy's age.
  const dates = [metadata, ...publishers.map(({ providerMetadata }) => membersOf(providerMetadata))].map((one) =>
    toMs(one.dateUpdated),
  );
  const updatedAt = newestOf(dates);
  state.newest = newestOf([state.newest, updatedAt]);
  const metrics = [membersOf(cna), ...publishers].flatMap((container) => elementsOf(container.metrics)).map(membersOf);
  const entry: CveEntry = {
    cveId,
    cvss: toCvss(metrics),
    ssvc: toSsvc(metrics),
    publishedAt: toMs(metadata.datePublished),
    updatedAt,
  };
  return { type: "cve", entry };
}

function newestOf(dates: readonly (number | null)[]): number | null {
  return dates.reduce((newest, date) => (date !== null && (newest === null || date > newest) ? date : newest), null);
}

const VERSIONS = { cvssV2_0: "2.0", cvssV3_0: "3.0", cvssV3_1: "3.1", cvssV4_0: "4.0" } as const;
const VECTOR = /^[A-Za-z0-9:./()-]{1,300}$/;

/** One score of each version, the CNA's own before that of a publisher. */
function toCvss(metrics: readonly Partial<JsonObject>[]): CvssScore[] {
  const found: CvssScore[] = [];
  for (const [member, version] of Object.entries(VERSIONS)) {
    const scores = metrics.flatMap((metric) => (metric[member] === undefined ? [] : [membersOf(metric[member])]));
    const scored = scores.find(({ baseScore }) => typeof baseScore === "number" && baseScore >= 0 && baseScore <= 10);
    if (!scored) continue;
    const { baseScore, vectorString } = scored;
    const vector = typeof vectorString === "string" && VECTOR.test(vectorString) ? vectorString : null;
    found.push({ version, score: baseScore as number, vector });
  }
  return found;
}

/** The decision points of SSVC as CISA tells them: `{other: {type: "ssvc", content: {options: [{Exploitation: "poc"}, …]}}}`. */
function toSsvc(metrics: readonly Partial<JsonObject>[]): CveEntry["ssvc"] {
  for (const { other } of metrics) {
    const { type, content } = membersOf(other);
    if (type !== "ssvc") continue;
    const options: Partial<JsonObject> = Object.assign({}, ...elementsOf(membersOf(content).options).map(membersOf));
    const exploitation = oneOf(options.Exploitation, ["none", "poc", "active"] as const);
    if (exploitation === null) continue;
    const automatable = oneOf(options.Automatable, ["yes", "no"] as const);
    return {
      exploitation,
      isAutomatable: automatable === null ? null : automatable === "yes",
      technicalImpact: oneOf(options["Technical Impact"], ["partial", "total"] as const),
    };
  }
  return null;
}

function oneOf<const T extends string>(value: Json | undefined, words: readonly T[]): T | null {
  const text = typeof value === "string" ? value.trim().toLowerCase() : "";
  // "public poc" is what the decision tree calls it.
  return words.find((word) => word === text || (word === "poc" && text === "public poc")) ?? null;
}
