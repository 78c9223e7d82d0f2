import type { Severity } from "../../records.ts";
import {
  type AssetInput,
  type CheckInput,
  type PlaceInput,
  RowFindings,
  type ScanWriter,
  toCwes,
  toPlainText,
  toPort,
} from "../kit/index.ts";
import { toSite } from "../kit/web-site.ts";

export const PRODUCT = "OWASP ZAP";

/** An alert of one site, as both reports tell it; all texts as written. */
export type Alert = {
  pluginId: string;
  alertRef: string;
  name: string;
  riskCode: string;
  confidence: string;
  description: string;
  solution: string;
  reference: string;
  cweId: string;
  instances: { uri: string; method: string; param: string; attack: string; evidence: string }[];
};

export type ZapState = {
  scannedAt: number | null;
  site: Site;
  /** Those so far: one without alerts was looked at too. */
  sites: Site[];
  findings: RowFindings;
};

type Site = { name: string; host: string; port: string };

export function startZap(): ZapState {
  return { scannedAt: null, site: { name: "", host: "", port: "" }, sites: [], findings: new RowFindings() };
}

const MAX_SITES = 10_000;

export function openSite(state: ZapState, site: Site): void {
  state.site = site;
  if (state.sites.length < MAX_SITES) state.sites.push(site);
}

function toHost({ host, name }: Site): string {
  return host || (toSite(name)?.host ?? "");
}

/** At the end of the file, when the time of the scan is known. */
export function* tellSites({ scannedAt, sites, findings }: ZapState, out: ScanWriter): Generator<undefined> {
  for (const name of new Set(sites.map(toHost))) if (name !== "") out.asset({ name, scannedAt });
  yield* findings.tell(out);
}

/** Addresses listed of one finding; there may be thousands. */
const MAX_LISTED = 20;
const SEVERITIES: ReadonlyMap<string, Severity> = new Map([
  ["0", 1],
  ["1", 2],
  ["2", 3],
  ["3", 4],
]);

/** One finding for each path and parameter: values of a query change from run to run. */
export function holdAlert(alert: Alert, { site, scannedAt, findings }: ZapState, out: ScanWriter, where: string): void {
  const url = toSite(site.name);
  const host = toHost(site);
  if (host === "") {
    out.refuse("asset-missing", where, "the alert's site has neither host nor name; it was left out");
    return;
  }
  const asset: AssetInput = { name: host, scannedAt };
  const check = toCheck(alert);
  const severity = SEVERITIES.get(alert.riskCode) ?? 1;
  for (const [instance, evidence] of toInstances(alert)) {
    const place: PlaceInput = {
      port: toPort(site.port) ?? url?.port ?? null,
      protocol: "tcp",
      instance,
      severity,
      evidence: evidence.join("\n"),
      ...(alert.confidence === "0" ? { state: "mitigated" } : {}),
    };
    findings.add(asset, check, place, out, where);
  }
}

/** An alert without instances is about the site as a whole. */
function toInstances(alert: Alert): Map<string | null, string[]> {
  const found = new Map<string | null, string[]>(alert.instances.length === 0 ? [[null, []]] : []);
  for (const { uri, method, param, attack, evidence } of alert.instances) {
    const path = toSite(uri)?.path ?? "/";
    const instance = param === "" ? path : `${path} [${param}]`;
    const lines = found.get(instance) ?? [];
    found.set(instance, lines);
    if (lines.length === MAX_LISTED) lines.push("and others");
    if (lines.length > MAX_LISTED) continue;
    const said = [attack === "" ? "" : `attack: ${attack}`, evidence === "" ? "" : `evidence: ${evidence}`];
    lines.push([`${method} ${uri}`.trim(), ...said].filter((text) => text !== "").join("\n  "));
  }
  return found;
}

function toCheck(alert: Alert): CheckInput {
  return {
    id: alert.alertRef || alert.pluginId,
    title: alert.name,
    description: toPlainText(alert.description),
    solution: toPlainText(alert.solution),
    severity: SEVERITIES.get(alert.riskCode) ?? 1,
    sourceSeverity: alert.riskCode,
    cweIds: toCwes(alert.cweId),
    references: toPlainText(alert.reference)
      .split("\n")
      .filter((line) => line.trim() !== ""),
  };
}
