import { beforeAll, describe, expect } from "vitest";
import { bodyOf, call, get, logIn, query } from "../http.ts";
import { HandClock, ownTest, useOwnTarget } from "../target.ts";
import { assets, findings } from "./finding-tables.ts";
import { detections, hosts, projectFiles } from "./ot-tables.ts";
import { casesOf, refusedOf } from "./token-cases.ts";
import type { Table } from "./token-table.ts";
import { makeTokenWorld } from "./token-world.ts";

const startedAt = new Date();
const clock = new HandClock("2026-01-05T08:00:00Z");
const target = useOwnTarget({ clock: clock.read });
let token: string;
beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  token = await logIn(target);
  const json = { rate: { calls: 1_000_000, windowSec: 3600 }, concurrency: 50 };
  await bodyOf(await call(target, "PUT", "/admin/1.0/limit/set", { token, json }));
  await makeTokenWorld(target, clock);
  token = await logIn(target);
});

/** Asked at the same time. */
const MAX_CALLS = 8;

function testTable<Rec>(table: Table<Rec>): void {
  const { name: what, list, pageSize, recordsOf, idOf, answered, unanswered, ofWallClock = [] } = table;
  let records: Rec[] = [];
  beforeAll(async () => {
    if (process.env.CONFORMANCE_URL) return;
    const read = async <Body>(path: string) => bodyOf<Body>(await get(target, path, token));
    records = await table.complete(recordsOf(await read(list + query({ pageSize }))), read, clock.nowMs);
    expect(records.length).toBeGreaterThan(2);
    expect(records.length).toBeLessThan(pageSize);
  });

  const ask = (filter: string) => get(target, list + query({ filter, pageSize }), token);
  const refusalOf = async (filter: string) => (await bodyOf<{ message: string }>(await ask(filter), 400)).message;
  const sortedIds = (found: readonly Rec[]) => found.map(idOf).sort();
  const find = async (filter: string): Promise<string[]> => {
    const response = await ask(filter);
    const found = sortedIds(recordsOf(await bodyOf<unknown>(response)));
    expect(response.headers.get("count"), filter).toBe(String(found.length));
    return found;
  };

  for (const [name, { kind, valuesOf, isUniform = false }] of Object.entries(answered)) {
    ownTest(`qql 2 [D]: ${what}: ${name} over data, with every operator of its type`, async () => {
      const present = records.flatMap(valuesOf);
      expect(present.length).toBeGreaterThan(0);
      // Data that tells records apart, so that a column mixed up with another is seen.
      const shapes = new Set(records.map((record) => JSON.stringify(valuesOf(record))));
      if (!isUniform) expect(shapes.size).toBeGreaterThan(1);
      const cases = casesOf(name, kind, isUniform ? present.slice(0, 1) : present, clock.nowMs);
      for (let from = 0; from < cases.length; from += MAX_CALLS) {
        const some = cases.slice(from, from + MAX_CALLS);
        const expected = some.map(({ query: filter, matches }) => [
          filter,
          sortedIds(records.filter((record) => matches(valuesOf(record)))),
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

  for (const name of Object.keys(unanswered)) {
    ownTest(`qql 2 [O]: ${what}: ${name} is valid and finds nothing`, async () => {
      expect(await find(`${name} is null or ${name} is not null`)).toEqual([]);
      expect(await find(`not ${name} is not null`)).toHaveLength(records.length);
    });
  }

  for (const name of ofWallClock) {
    ownTest(`qql 2 [D]: ${what}: ${name} is a time since the tests began`, async () => {
      const [from, to] = [startedAt, new Date()].map((time) => time.toISOString());
      expect(await find(`${name}:[${from} .. ${to}]`)).toHaveLength(records.length);
      expect(await find(`${name}<${from} or ${name}>${to} or ${name} is null`)).toEqual([]);
    });
  }

  for (const name of table.toldBySources ?? []) {
    ownTest(`qql 2 [B]: ${what}: ${name} is an order`, async () => {
      const firstOf = new Map(records.map((record) => [idOf(record), answered[name]?.valuesOf(record)[0]]));
      for (const direction of ["asc", "desc"]) {
        const sort = JSON.stringify([{ [name]: direction }]);
        const filter = `${name} is not null`;
        const found = recordsOf(await bodyOf(await get(target, list + query({ filter, sort, pageSize }), token)));
        const values = found.map((record) => firstOf.get(idOf(record)) as string | number);
        const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        expect(new Set(values).size).toBeGreaterThan(1);
        expect(values).toEqual(direction === "asc" ? sorted : sorted.reverse());
      }
    });
  }

  for (const { query: filter, matches } of table.elements) {
    ownTest(`qql 1 [D]: ${what}: ${filter}`, async () => {
      const expected = sortedIds(records.filter(matches));
      expect(expected.length).toBeGreaterThan(0);
      expect(expected.length).toBeLessThan(records.length);
      expect(await find(filter)).toEqual(expected);
    });
  }

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

describe("findings", () => testTable(findings));
describe("assets", () => testTable(assets));
describe("OT hosts", () => testTable(hosts));
describe("OT detections", () => testTable(detections));
describe("project files", () => testTable(projectFiles));
