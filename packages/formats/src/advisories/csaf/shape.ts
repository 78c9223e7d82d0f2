/** Says what is wrong with a value: `path: what`. Stops adding after {@link maxProblems}. */
export type Check = (value: unknown, path: string, problems: string[]) => void;

const maxProblems = 20;

function tell(problems: string[], path: string, what: string): void {
  if (problems.length < maxProblems) problems.push(`${path || "the document"}: ${what}`);
}

/** A text of at least one character. */
export const text: Check = (value, path, problems) => {
  if (typeof value !== "string") tell(problems, path, "must be text");
  else if (value === "") tell(problems, path, "must not be empty");
};

export function matching(pattern: RegExp, what: string): Check {
  return (value, path, problems) => {
    if (typeof value !== "string" || !pattern.test(value)) tell(problems, path, `must be ${what}`);
  };
}

export function oneOf(...values: readonly string[]): Check {
  return (value, path, problems) => {
    if (typeof value !== "string" || !values.includes(value))
      tell(problems, path, `must be one of ${values.join(", ")}`);
  };
}

/** An array of at least `min` items, without repeats where `isSet`. */
export function list(item: Check, { min = 1, isSet = false }: { min?: number; isSet?: boolean } = {}): Check {
  return (value, path, problems) => {
    if (!Array.isArray(value)) return tell(problems, path, "must be an array");
    if (value.length < min) tell(problems, path, `must have at least ${min} item${min === 1 ? "" : "s"}`);
    if (isSet && new Set(value.map((entry) => JSON.stringify(entry))).size < value.length)
      tell(problems, path, "must not repeat items");
    for (const [index, entry] of value.entries()) {
      if (problems.length >= maxProblems) return;
      item(entry, `${path}[${index}]`, problems);
    }
  };
}

type Members = Readonly<Record<string, Check>>;

/** An object with the members; others are ignored, as the standard's schema does nearly everywhere. */
export function object(required: Members, optional: Members = {}, also: Check = () => undefined): Check {
  return (value, path, problems) => {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return tell(problems, path, "must be an object");
    const given = value as Record<string, unknown>;
    const at = (name: string) => (path === "" ? name : `${path}.${name}`);
    for (const [name, check] of Object.entries(required)) {
      if (given[name] === undefined) tell(problems, at(name), "is missing");
      else check(given[name], at(name), problems);
    }
    for (const [name, check] of Object.entries(optional))
      if (given[name] !== undefined) check(given[name], at(name), problems);
    also(value, path, problems);
  };
}

/** At least one of the members. */
export function anyMember(...names: readonly string[]): Check {
  return (value, path, problems) => {
    if (!names.some((name) => (value as Record<string, unknown>)[name] !== undefined)) {
      tell(problems, path, `must have ${names.join(" or ")}`);
    }
  };
}
