import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type People, startPeople } from "../users/people.fixture.ts";
import { type ClientParts, createClient, rotateClient } from "./service.ts";

let people: People;
let parts: ClientParts;

beforeAll(async () => {
  people = await startPeople();
  parts = { clock: () => Date.UTC(2026, 0, 1) };
});
afterAll(() => people.close());

test("what cannot be recorded is not done: no client, and no secret that nobody was shown", async () => {
  const boss = await people.actorOf("boss");
  const make = (name: string) =>
    createClient(people.all(1), parts, boss, { name, kind: "subscription", modules: ["ETM"] });
  const { row } = await make("feed");
  const readAll = async () => (await sql`SELECT * FROM api_client`.execute(people.db.write)).rows;
  const before = await readAll();
  await sql`
    ALTER TABLE audit_event ADD CONSTRAINT full_disk CHECK (action !~ 'client.(create|rotate)$') NOT VALID`.execute(
    people.db.write,
  );
  await expect(make("second")).rejects.toThrow(/full_disk/);
  await expect(rotateClient(people.all(1), parts, boss, row.id, 60)).rejects.toThrow(/full_disk/);
  expect(await readAll()).toEqual(before);
});
