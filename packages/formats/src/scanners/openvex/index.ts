import type { Json, JsonObject } from "../../json/index.ts";
import {
  asArray,
  asObject,
  type CheckInput,
  componentOfPackageUrl,
  jsonScan,
  Pending,
  type PlaceInput,
  type ScanWriter,
  toAliases,
  toComponent,
  toCves,
  toText,
  toTime,
} from "../kit/index.ts";

type Statement = { asset: string; check: CheckInput; place: PlaceInput; at: number; where: string };
type State = { timestamp: number | null; statements: Pending<Statement> };

/** What a status means; OpenVEX knows no severity: affected counts as medium until a feed knows better. */
const STATUSES: ReadonlyMap<string, PlaceInput> = new Map<string, PlaceInput>([
  ["affected", { severity: 3 }],
  ["under_investigation", { severity: 1 }],
  ["not_affected", { severity: 1, state: "mitigated" }],
  ["fixed", { severity: 1, state: "fixed" }],
]);

/**
 * OpenVEX: what somebody says about vulnerabilities in products. Every product is an asset, every subcomponent an instance;
 * of several statements on the same the latest counts. What is not spoken of stays as it was.
 */
export const parseOpenVex = jsonScan<State>({
  product: "OpenVEX",
  start: () => ({ timestamp: null, statements: new Pending() }),
  records: {
    timestamp: (value, { state }) => {
      state.timestamp = Math.max(state.timestamp ?? 0, toTime(value) ?? 0) || null;
    },
    last_updated: (value, { state }) => {
      state.timestamp = Math.max(state.timestamp ?? 0, toTime(value) ?? 0) || null;
    },
    "statements.*": (value, { out, where, state }) => holdStatement(asObject(value), state, out, where),
  },
  end: ({ out, state }) => {
    // Somebody's word on some weaknesses: what it does not speak of is not gone.
    out.isComplete = false;
    tellStatements(state, out);
  },
});

function holdStatement(statement: JsonObject, state: State, out: ScanWriter, where: string): void {
  const status = toText(statement.status);
  const meaning = STATUSES.get(status);
  const check = toCheck(statement);
  if (check.id === "" || !meaning) {
    const message = check.id === "" ? "names no vulnerability" : `has an unknown status, ${status.slice(0, 40)}`;
    out.refuse("openvex-statement-unreadable", where, `the statement ${message}; it was left out`);
    return;
  }
  const words = [
    statement.justification,
    statement.impact_statement,
    statement.action_statement,
    statement.status_notes,
  ];
  const evidence = [status, ...words.map(toText)].filter((text) => text !== "").join("\n");
  const at = toTime(statement.timestamp) ?? 0;
  const products = asArray(statement.products);
  if (products.length === 0) out.refuse("asset-missing", where, "the statement names no product; it was left out");
  for (const product of products) {
    const parts = asArray(asObject(product).subcomponents).map(toName);
    for (const part of parts.length > 0 ? parts : [""]) {
      const place = { ...meaning, evidence, instance: part === "" ? null : toInstance(part) };
      state.statements.add({ asset: toName(product), check, place, at, where }, out, where);
    }
  }
}

function tellStatements({ timestamp, statements }: State, out: ScanWriter): void {
  const latest = new Map<string, Statement>();
  for (const statement of statements.take()) {
    const key = JSON.stringify([statement.asset, statement.check.id, statement.place.instance]);
    const known = latest.get(key);
    if (!known || statement.at >= known.at) latest.set(key, statement);
  }
  for (const { asset, check, place, where } of latest.values()) {
    out.finding({ name: asset, isHost: false, scannedAt: timestamp }, check, place, where);
  }
}

function toCheck(statement: JsonObject): CheckInput {
  // A text before version 0.2.
  const vulnerability = asObject(statement.vulnerability);
  const id = toText(statement.vulnerability) || toText(vulnerability.name) || toText(vulnerability["@id"]);
  const aliases = asArray(vulnerability.aliases).map(toText);
  return {
    id,
    title: id,
    description: toText(vulnerability.description),
    severity: 3,
    cveIds: toCves(id, aliases),
    aliases: toAliases(id, aliases),
    category: "VULNERABILITY",
  };
}

/** A product or component: a text before version 0.2, an object with `@id` or identifiers since. */
function toName(value: Json): string {
  const { "@id": id, identifiers } = asObject(value);
  const { purl, cpe23, cpe22 } = asObject(identifiers);
  return toText(value) || toText(id) || toText(purl) || toText(cpe23) || toText(cpe22);
}

function toInstance(name: string): string {
  const component = componentOfPackageUrl(name);
  return component ? toComponent(component.name, component.version) : name;
}
