import { beforeAll, expect } from "vitest";
import { bodyOf, get, query } from "../http.ts";
import { type HandClock, ownTest, type Target } from "../target.ts";
import { casesOf, refusedOf } from "./token-cases.ts";
import type { Table } from "./token-table.ts";

/** Asked at the same time. */
const MAX_CALLS = 8;

/** An installation with records, and who asks it. */
export type AskedWorld = {
  target: Target;
  /** Stands still while the tests run. */
  clock: HandClock;
  startedAt: Date;
  /** Of who sees everything. */
  readToken: () => string;
};

/** A table's records, and how its list is asked for them. */
type Asked<Rec> = {
  table: Table<Rec>;
  records: () => readonly Rec[];
  list: (parameters: Record<string, string>) => Promise<Response>;
  /** Ids of what the filter finds, sorted; the count header tells as many. */
  find: (filter: string) => Promise<string[]>;
  refusalOf: (filter: string) => Promise<string>;
  sortedIds: (found: readonly Rec[]) => string[];
};

/** Asks for every token of a table with every operator, and compares with a naive reading of the records. */
export function testTable<Rec>(table: Table<Rec>, world: AskedWorld): void {
  const asked = askFor(table, world);
  testAnswered(asked, world.clock);
  testUnanswered(asked);
  testWallClock(asked, world.startedAt);
  testOrders(asked);
  testElements(asked);
  testNames(asked);
}

function askFor<Rec>(table: Table<Rec>, { target, clock, readToken }: AskedWorld): Asked<Rec> {
  const { list: path, pageSize, recordsOf, idOf } = table;
  let records: Rec[] = [];
  beforeAll(async () => {
    if (process.env.CONFORMANCE_URL) return;
    const read = async <Body>(from: string) => bodyOf<Body>(await get(target, from, readToken()));
    records = await table.complete(recordsOf(await read(path + query({ pageSize }))), read, clock.nowMs);
    expect(records.length).toBeGreaterThan(2);
    expect(records.length).toBeLessThan(pageSize);
  });
  const list = (parameters: Record<string, string>) =>
    get(target, path + query({ ...parameters, pageSize }), readToken());
  const sortedIds = (found: readonly Rec[]) => found.map(idOf).sort();
  const find = async (filter: string): Promise<string[]> => {
    const response = await list({ filter });
    const found = sortedIds(recordsOf(await bodyOf<unknown>(response)));
    expect(response.headers.get("count"), filter).toBe(String(found.length));
    return found;
  };
  const refusalOf = async (filter: string) => (await bodyOf<{ message: string }>(await list({ filter }), 400)).message;
  return { table, records: () => records, list, find, refusalOf, sortedIds };
}

function testAnswered<Rec>({ table, records, find, refusalOf, sortedIds }: Asked<Rec>, clock: HandClock): void {
  const { name: what, answered } = table;
  for (const [name, { kind, valuesOf, isUniform = false }] of Object.entries(answered)) {
    ownTest(`qql 2 [D]: ${what}: ${name} over data, with every operator of its type`, async () => {
      const present = records().flatMap(valuesOf);
      expect(present.length).toBeGreaterThan(0);
      // Data that tells records apart, so that a column mixed up with another is seen.
      const shapes = new Set(records().map((record) => JSON.stringify(valuesOf(record))));
      if (!isUniform) expect(shapes.size).toBeGreaterThan(1);
      const cases = casesOf(name, kind, isUniform ? present.slice(0, 1) : present, clock.nowMs);
      for (let from = 0; from < cases.length; from += MAX_CALLS) {
        const some = cases.slice(from, from + MAX_CALLS);
        const expected = some.map(({ query: filter, matches }) => [
          filter,
          sortedIds(records().filter((record) => matches(valuesOf(record)))),
        ]);
        expect(await Promise.all(some.map(async ({ query: filter }) => [filter, await find(filter)]))).toEqual(
          expected,
        );
      }
    });

    ownTest(`qql 1 [B]: ${what}: ${name} with what its type does not know is refused at its place`, async () => {
      for (const filter of refusedOf(name, kind)) {
        expect(await refusalOf(filter), filter).toMatch(/line 1, column \d+/);
      }
    });
  }
}

function testUnanswered<Rec>({ table, records, find }: Asked<Rec>): void {
  for (const name of Object.keys(table.unanswered)) {
    ownTest(`qql 2 [O]: ${table.name}: ${name} is valid and finds nothing`, async () => {
      expect(await find(`${name} is null or ${name} is not null`)).toEqual([]);
      expect(await find(`not ${name} is not null`)).toHaveLength(records().length);
    });
  }
}

function testWallClock<Rec>({ table, records, find }: Asked<Rec>, startedAt: Date): void {
  for (const name of table.ofWallClock ?? []) {
    ownTest(`qql 2 [D]: ${table.name}: ${name} is a time since the tests began`, async () => {
      const [from, to] = [startedAt, new Date()].map((time) => time.toISOString());
      expect(await find(`${name}:[${from} .. ${to}]`)).toHaveLength(records().length);
      expect(await find(`${name}<${from} or ${name}>${to} or ${name} is null`)).toEqual([]);
    });
  }
}

function testOrders<Rec>({ table, records, list }: Asked<Rec>): void {
  const { name: what, answered, recordsOf, idOf } = table;
  for (const name of table.toldBySources ?? []) {
    ownTest(`qql 2 [B]: ${what}: ${name} is an order`, async () => {
      const firstOf = new Map(records().map((record) => [idOf(record), answered[name]?.valuesOf(record)[0]]));
      for (const direction of ["asc", "desc"]) {
        const sort = JSON.stringify([{ [name]: direction }]);
        const found = recordsOf(await bodyOf(await list({ filter: `${name} is not null`, sort })));
        const values = found.map((record) => firstOf.get(idOf(record)) as string | number);
        const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        expect(new Set(values).size).toBeGreaterThan(1);
        expect(values).toEqual(direction === "asc" ? sorted : sorted.reverse());
      }
    });
  }
}

function testElements<Rec>({ table, records, find, sortedIds }: Asked<Rec>): void {
  for (const { query: filter, matches } of table.elements) {
    ownTest(`qql 1 [D]: ${table.name}: ${filter}`, async () => {
      const expected = sortedIds(records().filter(matches));
      expect(expected.length).toBeGreaterThan(0);
      expect(expected.length).toBeLessThan(records().length);
      expect(await find(filter)).toEqual(expected);
    });
  }
}

function testNames<Rec>({ table, refusalOf }: Asked<Rec>): void {
  const { name: what, answered, unanswered, ofWallClock = [] } = table;
  ownTest(`qql 1 [O]: ${what}: a misspelt token is named with its place and the nearest`, async () => {
    for (const name of [...Object.keys(answered), ...Object.keys(unanswered)]) {
      const message = await refusalOf(` ${name}zx:1`);
      expect(message).toContain(`line 1, column 2: Invalid QQL token "${name}zx"`);
      expect(message.replaceAll(`${name}zx`, "")).toContain(`"${name}"`);
    }
  });

  ownTest(`qql 2 [D]: ${what}: every token of the page is answered, or stands with the reason why not`, async () => {
    const isKnown = (name: string) => name in answered || name in unanswered || ofWallClock.includes(name);
    expect(table.page.filter((name) => !isKnown(name))).toEqual([]);
    expect(Object.keys(unanswered).filter((name) => name in answered)).toEqual([]);
  });
}
