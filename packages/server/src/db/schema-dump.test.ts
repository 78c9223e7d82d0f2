import { readFileSync } from "node:fs";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dumpSchema } from "./schema-dump.ts";

let databases: TestDatabase[];
beforeAll(async () => {
  databases = await Promise.all([createTestDatabase({ schema: "empty" }), createTestDatabase()]);
});
afterAll(() => Promise.all(databases.map((database) => database.drop())));

const schema = `
CREATE TYPE colour AS ENUM ('red', 'green');
CREATE DOMAIN percent AS smallint CHECK (VALUE BETWEEN 0 AND 100);
CREATE SEQUENCE ticket AS integer INCREMENT 5;
CREATE TABLE parent (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, colour colour NOT NULL DEFAULT 'red') WITH (fillfactor = 80);
CREATE TABLE child (
  parent_id integer REFERENCES parent ON DELETE CASCADE, share percent, name text COLLATE "C",
  doubled integer GENERATED ALWAYS AS (parent_id * 2) STORED, CHECK (name <> ''), UNIQUE (parent_id, name));
CREATE INDEX child_by_name ON child (lower(name)) WHERE share > 50;
CREATE VIEW red_parents AS SELECT id FROM parent WHERE colour = 'red';
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
CREATE TRIGGER child_refuse BEFORE DELETE ON child FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE SCHEMA graphile_worker; CREATE TABLE graphile_worker.jobs (id integer);`;

test("tells every kind of object, in a stable order, and leaves the queue's schema out", async () => {
  const client = await (databases[0] as TestDatabase).open().connect();
  await client.query(schema);
  const text = await dumpSchema(client);
  expect(text.split("\n").filter((line) => line !== "")).toMatchInlineSnapshot(`
    [
      "-- The schema that the migrations amount to. Generated; do not edit.",
      "CREATE TYPE colour AS ENUM ('red', 'green');",
      "CREATE DOMAIN percent AS smallint CHECK (((VALUE >= 0) AND (VALUE <= 100)));",
      "CREATE SEQUENCE ticket AS integer INCREMENT 5 START 1;",
      "CREATE TABLE child (",
      "  parent_id integer,",
      "  share percent,",
      "  name text COLLATE "C",",
      "  doubled integer GENERATED ALWAYS AS ((parent_id * 2)) STORED,",
      "  CONSTRAINT child_parent_id_name_key UNIQUE (parent_id, name),",
      "  CONSTRAINT child_name_check CHECK (name <> ''::text),",
      "  CONSTRAINT child_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES parent(id) ON DELETE CASCADE",
      ");",
      "CREATE INDEX child_by_name ON public.child USING btree (lower(name)) WHERE ((share)::smallint > 50);",
      "CREATE TABLE parent (",
      "  id integer NOT NULL GENERATED ALWAYS AS IDENTITY,",
      "  colour colour NOT NULL DEFAULT 'red'::colour,",
      "  CONSTRAINT parent_pkey PRIMARY KEY (id)",
      ") WITH (fillfactor=80);",
      "CREATE VIEW red_parents AS",
      " SELECT id",
      "   FROM parent",
      "  WHERE colour = 'red'::colour;",
      "CREATE OR REPLACE FUNCTION public.refuse()",
      " RETURNS trigger",
      " LANGUAGE plpgsql",
      "AS $function$ BEGIN RAISE EXCEPTION 'no'; END $function$",
      ";",
      "CREATE TRIGGER child_refuse BEFORE DELETE ON child FOR EACH ROW EXECUTE FUNCTION refuse();",
    ]
  `);
  expect(await dumpSchema(client)).toBe(text);
});

test("the dump in the tree is what the migrations make", async () => {
  const client = await (databases[1] as TestDatabase).open().connect();
  expect(await dumpSchema(client)).toBe(readFileSync(new URL("schema.sql", import.meta.url), "utf8"));
});
