import { AppError, type BodyOf, type etmRiskRuleCreate, type etmRiskRuleUpdate } from "@breakwater/contract";
import type { RiskRule } from "@breakwater/contract/schemas/risk-rule";
import type { Transaction } from "kysely";
import type { Static } from "typebox";
import type { Clock } from "../../context.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import type { Jobs } from "../../jobs/index.ts";
import { type Actor, recordChange } from "../audit/index.ts";
import { lockScores, requestScoreWalk } from "../findings/index.ts";
import { isRescoring, toWalkKey, WALK_TASK } from "../scores/index.ts";
import { assertVisibleName } from "../users/index.ts";
import { checkRuleQueries, countValues, MAX_RULE_VALUES } from "./rule-queries.ts";
import { insertRule, type RuleRow, type RuleState, removeRule, selectRules, updateRule } from "./store.ts";
import { toRiskRule } from "./views.ts";

export type RuleParts = { clock: Clock; jobs: () => Pick<Jobs, "enqueue"> };
type Rule = Static<typeof RiskRule>;
type Change = BodyOf<typeof etmRiskRuleUpdate>;
export type Effect = BodyOf<typeof etmRiskRuleCreate>["effect"];

/** Rules that a subscription may have: every finding is held against each of them. */
const MAX_RULES = 200;
/** Of all factors below 1 together: smaller numbers than 1e-308 are an error of the database, and every import's then. */
const MIN_FACTOR = 1e-100;
export const DEFAULT_PRIORITY = 100;

/** In the order in which they act. */
export async function listRules(db: ScopedDb, { clock }: RuleParts): Promise<Rule[]> {
  const [rows, isUnderWay] = [await selectRules(db), await isRescoring(db)];
  return rows.map((row) => toRiskRule(row, clock(), isUnderWay));
}

/** @throws AppError `not-found` */
export async function readRule(db: ScopedDb, { clock }: RuleParts, id: number): Promise<Rule> {
  return toRiskRule(await findRule(db, id), clock(), await isRescoring(db));
}

/** @throws AppError `permission-required` (scope), `invalid-query`, `invalid-parameter`, `conflict` (name taken, too many) */
export async function createRule(
  db: ScopedDb,
  parts: RuleParts,
  actor: Actor,
  body: BodyOf<typeof etmRiskRuleCreate>,
): Promise<Rule> {
  const now = new Date(parts.clock());
  const { effect, value } = toEffect(body.effect);
  const given = {
    name: body.name,
    reason: body.reason,
    findingsQql: body.findingsQql ?? "",
    assetQql: body.assetQql ?? "",
    effect,
    value,
    priority: body.priority ?? DEFAULT_PRIORITY,
    isEnabled: body.isEnabled ?? true,
    endAt: toEnd(body.endDate, now),
  };
  const rule = toState(given, now);
  return changeRules(db, parts, actor, "etm.risk-rule.create", async (tx) => {
    const others = await selectRules(tx);
    if (others.length >= MAX_RULES) {
      throw new AppError("conflict", `the subscription has ${MAX_RULES} risk rules already; delete one first`);
    }
    assertFits(tx, [...others, rule]);
    const by = { createdBy: actor.caller.username, at: now };
    return (await insertRule(tx, rule, by)) ?? throwNameTaken(rule.name);
  });
}

/** @throws AppError `not-found`, and what {@link createRule} throws */
export async function changeRule(
  db: ScopedDb,
  parts: RuleParts,
  actor: Actor,
  id: number,
  change: Change,
): Promise<Rule> {
  const now = new Date(parts.clock());
  const changed = Object.keys(change).sort().join(" ");
  return changeRules(
    db,
    parts,
    actor,
    "etm.risk-rule.update",
    async (tx) => {
      const before = await findRule(tx, id);
      const { effect, endDate, ...members } = change;
      const rule = toState(
        {
          ...before,
          ...members,
          ...(effect === undefined ? {} : toEffect(effect)),
          ...(endDate === undefined ? {} : { endAt: toEnd(endDate, now) }),
        },
        now,
      );
      const others = (await selectRules(tx)).filter((other) => other.id !== id);
      assertFits(tx, [...others, rule]);
      return (await updateRule(tx, id, rule, now)) ?? throwNameTaken(rule.name);
    },
    { changed },
  );
}

/** @throws AppError `permission-required` (scope), `not-found` */
export async function deleteRule(db: ScopedDb, parts: RuleParts, actor: Actor, id: number): Promise<void> {
  await changeRules(db, parts, actor, "etm.risk-rule.delete", async (tx) => {
    const before = await findRule(tx, id);
    await removeRule(tx, id);
    return before;
  });
}

/**
 * One change of rules: no finding is being scored meanwhile, and scores are gone through after it.
 *
 * @param work gives the rule that the change is about
 */
async function changeRules(
  db: ScopedDb,
  { clock, jobs }: RuleParts,
  actor: Actor,
  action: string,
  work: (tx: ScopedDb) => Promise<RuleRow>,
  more: Record<string, string> = {},
): Promise<Rule> {
  if (actor.caller.scope.kind !== "all") {
    throw new AppError("permission-required", "a scope over all assets is required to change risk rules");
  }
  const row = await db.transaction(async (tx) => {
    await lockScores(tx.write as Transaction<unknown>, "alone");
    const made = await work(tx);
    await requestScoreWalk(tx.write as Transaction<unknown>, db.subscriptionId);
    const { id, effect, value, isInForce } = made;
    const detail = { ruleId: id, effect, value, isInForce, ...more };
    await recordChange(tx.write, actor, { action, target: made.name, detail });
    return made;
  });
  // Should this wake-up get lost, the sweep finds the walk.
  await jobs()
    .enqueue(WALK_TASK, toWalkKey(db.subscriptionId))
    .catch(() => undefined);
  return toRiskRule(row, clock(), await isRescoring(db));
}

type Given = Omit<RuleState, "isInForce" | "asOf" | "isDated">;

/** @throws AppError `invalid-parameter`, `invalid-query` */
function toState(given: Given, now: Date): RuleState {
  const { name, reason, findingsQql, assetQql, effect, value, priority, isEnabled, endAt } = given;
  assertVisibleName(name, "name");
  if (reason.trim() === "" || reason.includes("\0")) {
    throw new AppError("invalid-parameter", "reason must say something, and hold no NUL");
  }
  assertAsksSomething(effect, findingsQql, assetQql);
  const { isDated } = checkRuleQueries(findingsQql, assetQql, now);
  const isInForce = isEnabled && (endAt === null || endAt > now);
  const text = { name, reason: reason.trim().toWellFormed(), findingsQql, assetQql };
  return { ...text, effect, value, priority, isEnabled, endAt, isInForce, asOf: now, isDated };
}

/** @throws AppError `invalid-parameter` */
export function assertAsksSomething(effect: RuleState["effect"], findingsQql: string, assetQql: string): void {
  if (findingsQql.trim() === "" && assetQql.trim() === "") {
    throw new AppError("invalid-parameter", "findingsQql or assetQql must say what the rule is for");
  }
  if (effect === "INTERNET_FACING" && findingsQql.trim() !== "") {
    throw new AppError("invalid-parameter", "whether an asset is internet-facing is told by assetQql alone");
  }
}

/** @throws AppError `invalid-parameter` */
export function toEffect({ kind, value }: Effect): Pick<RuleState, "effect" | "value"> {
  if (kind === "INTERNET_FACING") {
    if (value !== undefined) throw new AppError("invalid-parameter", "effect: INTERNET_FACING has no value");
    return { effect: kind, value: null };
  }
  if (kind === "FACTOR") {
    if (value === undefined || value < 0.01 || value > 10 || value === 1) {
      throw new AppError("invalid-parameter", "effect: the value of a FACTOR is from 0.01 to 10, and not 1");
    }
  } else if (value === undefined || !Number.isInteger(value) || value === 0) {
    throw new AppError("invalid-parameter", "effect: the value of POINTS is whole, from -99 to 99, and not 0");
  }
  return { effect: kind, value };
}

function toEnd(endDate: number | null | undefined, now: Date): Date | null {
  if (endDate === undefined || endDate === null) return null;
  if (endDate <= now.getTime()) throw new AppError("invalid-parameter", "endDate must be in the future");
  return new Date(endDate);
}

type Acting = Pick<RuleState, "findingsQql" | "assetQql" | "asOf" | "effect" | "value">;

/** All rules act in one statement, one after another. @throws AppError `invalid-query`, `invalid-parameter` */
export function assertFits(db: ScopedDb, rules: readonly Acting[]): void {
  const values = rules.reduce((sum, rule) => sum + countValues(db.write, rule), 0);
  if (values > MAX_RULE_VALUES) {
    const message = `the risk rules together have ${values} values to look for, but at most ${MAX_RULE_VALUES} are allowed`;
    throw new AppError("invalid-query", message);
  }
  const shrinking = rules.map(({ effect, value }) => (effect === "FACTOR" ? Math.min(1, value ?? 1) : 1));
  if (shrinking.reduce((product, factor) => product * factor, 1) >= MIN_FACTOR) return;
  const message = `effect: the factors below 1 of all risk rules together must not come to less than ${MIN_FACTOR}`;
  throw new AppError("invalid-parameter", message);
}

async function findRule(db: ScopedDb, id: number): Promise<RuleRow> {
  const [row] = await selectRules(db, id);
  if (!row) throw new AppError("not-found", `there is no risk rule ${id}`);
  return row;
}

function throwNameTaken(name: string): never {
  throw new AppError("conflict", `there is a risk rule ${JSON.stringify(name)} already`);
}
