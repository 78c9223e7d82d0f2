import { childNames, findPrefix, findToken, type Token, type TokenTable } from "@breakwater/domain/query/index";

/** One thing that could stand at a place of a query. */
export type Choice = {
  label: string;
  /** What is put there; default: the label. */
  text?: string;
  kind: "token" | "group" | "value" | "word";
  /** Type of a token's values. */
  detail?: string;
  documentation?: string;
  example?: string;
};

/** What may replace the text from `from` to the place asked for. */
export type Choices = { from: number; choices: Choice[] };

const OPERATOR =
  /(?<name>[A-Za-z_][\w.-]*)\s*(?:>=|<=|!=|[:<>=])\s*(?<list>\[(?:[^\]]*[,\s])?)?(?<typed>[^\s()[\],]*)$/;
const NAME = /[A-Za-z_][\w.-]*$/;

/**
 * What could be written at `place` of a query; nothing within quotes. Made from the same tables that the query is checked
 * with.
 */
export function completeQuery(text: string, place: number, table: TokenTable): Choices | undefined {
  const before = text.slice(0, place);
  const open = readOpen(before);
  if (open.isInQuotes) return undefined;
  const value = OPERATOR.exec(before);
  if (value?.groups !== undefined && !isReserved(value.groups.name)) {
    const token = findInside(value.groups.name ?? "", open.parent, table);
    const typed = value.groups.typed ?? "";
    return token === undefined ? undefined : { from: place - typed.length, choices: toValues(token) };
  }
  const typed = NAME.exec(before)?.[0] ?? "";
  const from = place - typed.length;
  const isAfterCondition =
    /[^\s(]\s+$/.test(before.slice(0, from)) && !/(?:^|[\s(])(?:and|or|not)\s+$/i.test(before.slice(0, from));
  return { from, choices: isAfterCondition ? JOINERS : toNames(table, open.parent) };
}

const JOINERS: Choice[] = [
  { label: "AND", text: "AND ", kind: "word", documentation: "Both conditions hold." },
  { label: "OR", text: "OR ", kind: "word", documentation: "At least one of the conditions holds. AND binds closer." },
];

const NEGATION: Choice = {
  label: "NOT",
  text: "NOT ",
  kind: "word",
  documentation: "The condition behind it does not hold.",
};

function isReserved(name: string | undefined): boolean {
  return /^(?:and|or|not)$/i.test(name ?? "");
}

/** Whether the text ends within quotes, and the name before the innermost parenthesis that it leaves open. */
function readOpen(text: string): { isInQuotes: boolean; parent: string | undefined } {
  const parents: (string | undefined)[] = [];
  let quote: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] as string;
    if (quote !== undefined) {
      if (sign === "\\") at += 1;
      else if (sign === quote) quote = undefined;
    } else if ("\"'`".includes(sign)) quote = sign;
    else if (sign === "(") parents.push(/([A-Za-z_][\w.-]*)\s*:\s*$/.exec(text.slice(0, at))?.[1]);
    else if (sign === ")") parents.pop();
  }
  return { isInQuotes: quote !== undefined, parent: parents.findLast((parent) => parent !== undefined) };
}

function findInside(name: string, parent: string | undefined, table: TokenTable): Token | undefined {
  return (parent === undefined ? undefined : findToken(table, `${parent}.${name}`)) ?? findToken(table, name);
}

function toNames(table: TokenTable, parent: string | undefined): Choice[] {
  const prefix = parent === undefined ? undefined : findPrefix(table, parent);
  if (prefix !== undefined) {
    const children = childNames(table, prefix).flatMap((name) => {
      const token = findToken(table, `${prefix}.${name}`);
      return token === undefined ? [] : [{ ...toName(token), label: name, text: `${name}:` }];
    });
    return [...children, NEGATION];
  }
  const groups = table.groups.map(
    (group): Choice => ({
      label: `${group.name}:( … )`,
      text: `${group.name}:(`,
      kind: "group",
      documentation: group.documentation,
      example: group.example,
    }),
  );
  return [...table.tokens.map(toName), ...groups, NEGATION];
}

function toName({ name, type, documentation, example }: Token): Choice {
  return { label: name, text: `${name}:`, kind: "token", detail: type, documentation, example };
}

function toValues(token: Token): Choice[] {
  const { values = [], numberWords = {}, example, documentation } = token;
  const known = values.map((label): Choice => ({ label, text: quote(label), kind: "value", documentation }));
  const words = Object.entries(numberWords).map(
    ([label, number]): Choice => ({ label, kind: "value", detail: `= ${number}`, documentation }),
  );
  const ofType = (VALUES_OF_TYPE[token.type] ?? []).map((choice): Choice => ({ ...choice, kind: "value" }));
  const found = [...known, ...words, ...ofType];
  if (found.length > 0) return found;
  // Nothing is known of the values but what one looks like.
  const sample = /^(?:>=|<=|!=|[:<>=])(.+)$/.exec(example.slice(token.name.length))?.[1];
  return sample === undefined ? [] : [{ label: sample, kind: "value", detail: "example", documentation, example }];
}

const VALUES_OF_TYPE: Readonly<Partial<Record<Token["type"], readonly Omit<Choice, "kind">[]>>> = {
  boolean: [{ label: "true" }, { label: "false" }],
  date: [
    { label: "now-1d", documentation: "A day ago" },
    { label: "now-7d", documentation: "A week ago" },
    { label: "now-1M", documentation: "A month ago" },
    { label: "now-3M", documentation: "Three months ago" },
    { label: "[now-7d .. now]", documentation: "Within the last week" },
    { label: "now", documentation: "This moment" },
  ],
};

function quote(value: string): string {
  return /^[\w.+-]+$/.test(value) ? value : `\`${value}\``;
}
