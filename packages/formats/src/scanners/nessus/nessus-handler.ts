import type { CheckRecord, Issue, ScanEvent, Severity } from "../../records.ts";
import { NOTHING, type XmlHandler, type XmlInterest, type XmlTag } from "../../xml/index.ts";
import { toCompliance } from "./compliance.ts";
import { isUnfinished, isWantedTag, toAsset } from "./host-properties.ts";
import { readItemHead } from "./item-head.ts";
import {
  complianceFields,
  type ItemHead,
  isCompliance,
  knownCheckFields,
  newCheckFields,
  severityOf,
  toCheck,
} from "./report-item.ts";
import { TextField } from "./text-field.ts";

export type NessusLimits = {
  /** Characters kept of one element's text; the rest is left out with a warning. */
  maxTextChars: number;
  /** Characters kept of one item or of one host's properties together. */
  maxItemChars: number;
  /** Checks remembered as told. Beyond it a check may be told again, which changes nothing. */
  maxRememberedChecks: number;
};

export const defaultNessusLimits: NessusLimits = {
  maxTextChars: 1_048_576,
  maxItemChars: 4_194_304,
  maxRememberedChecks: 500_000,
};

/** The file is XML but no report; nothing of it can be read. */
export class NotNessus extends Error {}

/** Where in the report the reader stands. */
const PLACE = { start: 0, root: 1, report: 2, host: 3, properties: 4, property: 5, item: 6, field: 7 } as const;
type Place = (typeof PLACE)[keyof typeof PLACE];

const BATCH_EVENTS = 500;
const BATCH_CHARS = 2_097_152;

/** Turns the elements of a NessusClientData_v2 document into scan events. */
export class NessusHandler implements XmlHandler {
  /** True while nothing was left out that a complete run would have told. */
  isComplete = true;
  /** True once a Report element was met. */
  hasReport = false;
  readonly #limits: NessusLimits;
  /** Checks told, and how severe. */
  readonly #told = new Map<string, number>();
  #batch: ScanEvent[] = [];
  #batchChars = 0;
  #place: Place = PLACE.start;
  readonly #field: TextField;
  #hosts = 0;
  #hostRef = "";
  #hostName = "";
  #hostLine = 0;
  #isHostTold = false;
  /** Nothing names it: its items are about nobody. */
  #isHostRefused = false;
  // New ones for each host and item: one that is cleared keeps what it held before in a chain, and once a link of that is old
  // the collector takes all that follows for alive.
  #tags = new Map<string, string>();
  #head: ItemHead | null = null;
  #fields = new Map<string, string[]>();

  constructor(limits: NessusLimits) {
    this.#limits = limits;
    this.#field = new TextField(limits.maxTextChars, limits.maxItemChars);
  }

  get isBatchFull(): boolean {
    return this.#batch.length >= BATCH_EVENTS || this.#batchChars >= BATCH_CHARS;
  }

  takeBatch(): ScanEvent[] {
    const batch = this.#batch;
    this.#batch = [];
    this.#batchChars = 0;
    return batch;
  }

  report(issue: Issue): void {
    if (issue.level === "refused") this.isComplete = false;
    this.#emit({ type: "issue", issue }, issue.message.length);
  }

  open(name: string, tag: XmlTag): XmlInterest {
    switch (this.#place) {
      case PLACE.item:
        return this.#openField(name);
      case PLACE.host:
        return this.#openInHost(name, tag);
      case PLACE.properties:
        return this.#openProperty(name, tag);
      case PLACE.report:
        return name === "ReportHost" ? this.#openHost(tag) : NOTHING;
      case PLACE.root:
        return name === "Report" ? this.#openReport(tag) : NOTHING;
      case PLACE.start:
        return this.#openRoot(name);
      default:
        return NOTHING;
    }
  }

  text(piece: string): void {
    this.#field.append(piece);
  }

  close(_name: string): void {
    switch (this.#place) {
      case PLACE.field:
        this.#closeField();
        break;
      case PLACE.item:
        this.#closeItem();
        break;
      case PLACE.property:
        this.#closeProperty();
        break;
      case PLACE.properties:
        this.#tellHost();
        this.#place = PLACE.host;
        break;
      case PLACE.host:
        this.#tellHost();
        this.#place = PLACE.report;
        break;
      case PLACE.report:
        this.#place = PLACE.root;
        break;
    }
  }

  #openRoot(name: string): false {
    if (name !== "NessusClientData_v2") {
      const hint = name === "NessusClientData" ? "this is version 1; export the scan again as .nessus (v2)" : "";
      throw new NotNessus(`the root element is ${name}, not NessusClientData_v2${hint && `: ${hint}`}`);
    }
    this.#place = PLACE.root;
    return false;
  }

  #openReport(tag: XmlTag): false {
    if (!this.hasReport) {
      const name = tag.attribute("name");
      this.#emit({ type: "run", run: { product: "Nessus", name: name === "" ? null : name } }, 0);
    }
    this.hasReport = true;
    this.#place = PLACE.report;
    return false;
  }

  #openHost(tag: XmlTag): false {
    const name = tag.attribute("name")?.trim() ?? "";
    // An ordinal, not the name: one report may hold a name twice, and remembering all names costs memory.
    this.#hostRef = `host-${++this.#hosts}`;
    this.#hostName = name;
    this.#hostLine = tag.line;
    this.#isHostTold = false;
    this.#tags = new Map();
    this.#place = PLACE.host;
    return false;
  }

  #openInHost(name: string, tag: XmlTag): XmlInterest {
    if (name === "HostProperties" && !this.#isHostTold) {
      this.#field.startGroup();
      this.#place = PLACE.properties;
      return false;
    }
    if (name !== "ReportItem") return NOTHING;
    this.#tellHost();
    if (this.#isHostRefused) {
      this.report(refusal("asset-missing", tag.line, "nothing names the item's host; it was left out"));
      return NOTHING;
    }
    const head = readItemHead(tag);
    if ("issue" in head) {
      if (head.issue !== null) this.report(head.issue);
      return NOTHING;
    }
    if (head.severity === null)
      this.#warn("severity-unknown", head.line, "severity is not 0 to 4; its risk factor is used");
    this.#head = head;
    this.#fields = new Map();
    this.#field.startGroup();
    this.#place = PLACE.item;
    const isAudit = isCompliance(head);
    // Items of one plugin are most often the same to the byte before their output.
    if (!isAudit && !this.#isToTell(head)) return { children: knownCheckFields, likeness: head.pluginId };
    // Long, and told with the check only.
    head.title = tag.attribute("pluginName")?.trim() ?? "";
    return { children: isAudit ? complianceFields : newCheckFields };
  }

  /**
   * Whether the item is to describe its check. Items of one check are alike but for their severity, which the user may set
   * host by host: the highest is the check's, so that it does not depend on which item comes first.
   */
  #isToTell({ pluginId, severity }: ItemHead): boolean {
    const told = this.#told.get(pluginId);
    return told === undefined || severity === null || severityOf(severity) > told;
  }

  #openProperty(name: string, tag: XmlTag): XmlInterest {
    if (name !== "tag") return NOTHING;
    const key = tag.attribute("name");
    if (key === null || !isWantedTag(key)) return NOTHING;
    this.#field.start(key, tag.line);
    this.#place = PLACE.property;
    return true;
  }

  #closeProperty(): void {
    this.#place = PLACE.properties;
    if (!this.#tags.has(this.#field.name)) this.#tags.set(this.#field.name, this.#takeField());
  }

  #openField(name: string): true {
    this.#field.start(name, this.#head?.line ?? 0);
    this.#place = PLACE.field;
    return true;
  }

  #closeField(): void {
    this.#place = PLACE.item;
    const name = this.#field.name;
    const value = this.#takeField();
    const values = this.#fields.get(name);
    if (values === undefined) this.#fields.set(name, [value]);
    else values.push(value);
  }

  #takeField(): string {
    const { name, line, isCut } = this.#field;
    if (isCut) this.#warn("text-cut", line, `${name} is longer than what is kept of an element; its end was left out`);
    return this.#field.value;
  }

  #tellHost(): void {
    if (this.#isHostTold) return;
    this.#isHostTold = true;
    const asset = toAsset(this.#hostRef, this.#hostName, this.#tags);
    this.#isHostRefused = asset.name === "";
    if (this.#isHostRefused) {
      const message = "the host has neither a name nor a property that identifies it; it was left out";
      this.report(refusal("asset-missing", this.#hostLine, message));
      return;
    }
    if (this.#hostName === "") {
      this.#warn("host-name-missing", this.#hostLine, "the host has no name; only its properties identify it");
    }
    if (isUnfinished(this.#tags)) {
      this.isComplete = false;
      this.#warn("host-unfinished", this.#hostLine, `the scan of ${asset.name} did not end; it closes no findings`);
    }
    this.#emit({ type: "asset", asset }, asset.name.length);
  }

  #closeItem(): void {
    this.#place = PLACE.host;
    const head = this.#head;
    if (head === null) return;
    this.#head = null;
    if (isCompliance(head)) {
      this.#closeCompliance(head);
      return;
    }
    const severity = this.#isToTell(head)
      ? this.#tellCheck(toCheck(head.pluginId, head, this.#fields))
      : severityOf(head.severity);
    const outputs = this.#fields.get("plugin_output");
    const output = outputs === undefined ? "" : outputs.length === 1 ? outputs[0]! : outputs.join("\n");
    this.#tellFinding(head, head.pluginId, severity, output.trim());
  }

  #closeCompliance(head: ItemHead): void {
    const result = toCompliance(head, this.#fields);
    if (result === null) {
      this.report(refusal("compliance-rule-missing", head.line, "the item names no compliance rule; it was left out"));
      return;
    }
    // A rule that is kept is no finding: telling it would count good settings as bad ones.
    if (result.isPassed) return;
    const severity = this.#tellCheck(result.check);
    this.#tellFinding(head, result.checkId, severity, result.evidence);
  }

  /** @returns its severity */
  #tellCheck(check: CheckRecord): Severity {
    const told = this.#told.get(check.id);
    if (told === undefined && this.#told.size >= this.#limits.maxRememberedChecks) this.#told.clear();
    if (told === undefined || check.severity > told) {
      this.#told.set(check.id, check.severity);
      this.#emit({ type: "check", check }, check.description.length + check.solution.length);
    }
    return check.severity;
  }

  #tellFinding(head: ItemHead, checkId: string, severity: Severity, evidence: string): void {
    const finding = {
      assetRef: this.#hostRef,
      checkId,
      port: head.port,
      protocol: head.protocol,
      instance: null,
      evidence,
      where: `line ${head.line}`,
      ...(severity === this.#told.get(checkId) ? {} : { severity }),
    };
    this.#emit({ type: "finding", finding }, evidence.length);
  }

  #warn(code: string, line: number, message: string): void {
    this.report({ level: "warning", code, where: `line ${line}`, message });
  }

  #emit(event: ScanEvent, chars: number): void {
    this.#batch.push(event);
    this.#batchChars += chars;
  }
}

function refusal(code: string, line: number, message: string): Issue {
  return { level: "refused", code, where: `line ${line}`, message };
}
