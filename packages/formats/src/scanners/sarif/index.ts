import { asObject, BoundedMap, type JsonRecordMapping, jsonScan, Pending, toText, toTime } from "../kit/index.ts";
import { type Result, type Rule, Rules, toResult, toRule } from "./records.ts";
import { toCheck, toPlace } from "./to-finding.ts";

/**
 * SARIF 2.1.0 of any tool. An asset is the repository that a run names; an instance the file with the tool's own
 * fingerprint, as lines move. Rules and repository may stand behind the results, so results are told at the end. The
 * product is the tool of the first run; rules of another tool in the same file carry that tool's name.
 */
export const parseSarif = jsonScan<State>({
  product: "SARIF",
  tellsProduct: true,
  start: () => ({ version: "", tool: null, runs: new BoundedMap(MAX_RUNS), results: new Pending() }),
  records: {
    version: (value, { state }) => {
      state.version = toText(value);
    },
    "runs.*.tool.driver.name": (value, { out, where, state }) => {
      runAt(where, state).tool = toText(value);
      state.tool ??= toText(value) || null;
      if (state.tool !== null) out.run({ product: state.tool, name: null });
    },
    "runs.*.tool.driver.rules.*": tellRule,
    "runs.*.tool.extensions.*.rules.*": tellRule,
    "runs.*.versionControlProvenance.*.repositoryUri": (value, { where, state }) => {
      runAt(where, state).repository ??= toText(value) || null;
    },
    "runs.*.artifacts.*.location.uri": (value, { where, state }) => {
      runAt(where, state).artifacts.add(String(positionsOf(where)[1]), toText(value));
    },
    "runs.*.invocations.*": (value, { out, where, state }) => {
      const { endTimeUtc, startTimeUtc, executionSuccessful } = asObject(value);
      const run = runAt(where, state);
      run.endedAt = Math.max(run.endedAt ?? 0, toTime(endTimeUtc) ?? toTime(startTimeUtc) ?? 0) || null;
      if (executionSuccessful !== false) return;
      out.isComplete = false;
      out.warn("sarif-run-failed", where, "the tool says that it failed; what it found is imported and closes nothing");
    },
    "runs.*.results.*": (value, { out, where, state }) => {
      const run = runAt(where, state);
      run.isToolFirst ||= run.tool !== "" && !run.hasResults;
      run.hasResults = true;
      state.results.add({ run: runKey(where), where, result: toResult(asObject(value)) }, out, where);
    },
  },
  end: ({ out, state }) => {
    if (state.version === "" || VERSION.test(state.version)) return tellResults(out, state);
    const message = `the file is SARIF ${state.version.slice(0, 40)}; supported is 2.1.0: convert it first`;
    out.fail("sarif-version-unsupported", "version", message);
  },
});

const MAX_RUNS = 10_000;
/** 2.1.0 and what was published on the way to it. */
const VERSION = /^2\.1\.0(-(beta|rtm)\.\d{1,3})?$/;

type Run = {
  tool: string;
  /** Told before its results: then the repository and the files would be, too, as all writers of the format put them. */
  isToolFirst: boolean;
  hasResults: boolean;
  repository: string | null;
  endedAt: number | null;
  rules: Rules;
  artifacts: BoundedMap<string>;
};
type State = {
  version: string;
  tool: string | null;
  runs: BoundedMap<Run>;
  results: Pending<{ run: string; where: string; result: Result }>;
};
type Context = Parameters<JsonRecordMapping<State>>[1];

function tellRule(value: Parameters<JsonRecordMapping<State>>[0], { out, where, state }: Context): void {
  const { rules } = runAt(where, state);
  const [, first = 0, second] = positionsOf(where);
  const rule: Rule = toRule(asObject(value));
  const isKept = second === undefined ? rules.add("driver", first, rule) : rules.add(first, second, rule);
  if (!isKept)
    out.warn("sarif-too-many-rules", where, "the file holds more rules than are held at once; this one is not");
}

function tellResults(out: Context["out"], state: State): void {
  for (const run of state.runs.values()) {
    const isNamed = run.repository !== null;
    if (!isNamed && !isOpen(run, out)) {
      const message = "the run does not name its repository: give each repository a connection of its own";
      out.warn("sarif-repository-missing", "runs", message);
    }
    if (isNamed || !isOpen(run, out)) out.asset(toAsset(run));
  }
  for (const { run: key, where, result } of state.results.take()) {
    const run = state.runs.get(key);
    if (!run) {
      out.refuse(
        "sarif-too-many-runs",
        where,
        `only the results of the first ${MAX_RUNS} runs are read; split the file`,
      );
      continue;
    }
    const rule = run.rules.find(result);
    const path = result.path || run.artifacts.get(String(result.artifactIndex)) || "";
    if (isOpen(run, out) && (run.repository === null || run.tool === "" || !rule || path === "")) {
      out.refuseCutOff(where);
      continue;
    }
    const id = rule?.id || result.ruleId;
    if (id === "") {
      out.refuse("sarif-rule-missing", where, "the result names no rule; it was left out");
      continue;
    }
    // `pass` and `notApplicable` say that nothing is wrong.
    if (result.kind === "pass" || result.kind === "notApplicable") continue;
    const prefix = run.tool === state.tool || run.tool === "" ? "" : `${run.tool}/`;
    out.finding(toAsset(run), toCheck(prefix + id, rule), toPlace(result, rule, path), where);
  }
}

/** The tool, its rules, files and repository may all have stood behind the place where the file broke off. */
function isOpen(run: Run, out: Context["out"]): boolean {
  return out.isCutOff && !run.isToolFirst;
}

function toAsset({ repository, endedAt }: Run) {
  return { name: repository ?? "unnamed repository", isHost: false, scannedAt: endedAt } as const;
}

function runKey(where: string): string {
  return where.slice(0, where.indexOf("]") + 1);
}

function runAt(where: string, state: State): Run {
  const key = runKey(where);
  const known = state.runs.get(key);
  if (known) return known;
  const run: Run = {
    tool: "",
    isToolFirst: false,
    hasResults: false,
    repository: null,
    endedAt: null,
    rules: new Rules(),
    artifacts: new BoundedMap(),
  };
  state.runs.add(key, run);
  return run;
}

/** The positions in a place: `runs[0].tool.extensions[2].rules[5]` has 0, 2, 5. */
function positionsOf(where: string): number[] {
  return Array.from(where.matchAll(/\[(\d+)\]/g), (match) => Number(match[1]));
}
