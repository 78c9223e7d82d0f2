import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Caller } from "../../caller.ts";
import type { Database } from "../../db/index.ts";
import { SigningKeys, toDeletionTime } from "./signing-keys.ts";
import { Tokens } from "./tokens.ts";

const START = Date.UTC(2026, 0, 1);
let database: TestDatabase;
let db: Database;
let now = START;
const clock = () => now;
const unrecorded = async () => undefined;

beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open();
});
beforeEach(async () => {
  now = START;
  await sql`DELETE FROM signing_key`.execute(db.write);
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const caller: Caller = {
  subscriptionId: 1,
  isOperator: true,
  account: { kind: "user", id: 2 },
  username: "u",
  role: "Reader",
  permissions: new Set(),
  scope: { kind: "all" },
};
async function openNode() {
  const keys = new SigningKeys(db, clock);
  await keys.open();
  const tokens = new Tokens(keys, clock);
  return {
    keys,
    tokens,
    mint: (algorithm: "HS512" | "RS512") => tokens.mint(caller, { withPermissions: false, algorithm }),
  };
}
const kidOf = (token: string) => JSON.parse(Buffer.from(token.split(".")[0] as string, "base64url").toString()).kid;
const outcome = (verified: Promise<unknown>) =>
  verified.then(
    () => "good",
    (error) => error.message as string,
  );

test("nodes that start at once, and ask for RS512 at once, have one key of each algorithm", async () => {
  const nodes = await Promise.all(Array.from({ length: 2 }, openNode));
  const minted = await Promise.all(nodes.flatMap(({ mint }) => [mint("HS512"), mint("RS512"), mint("RS512")]));
  const { rows } = await sql<{ id: string }>`SELECT id FROM signing_key`.execute(db.read);
  expect(new Set(minted.map(kidOf))).toEqual(new Set(rows.map(({ id }) => id)));
  expect(rows).toHaveLength(2);
});

test("a token of a key that another node has just made is good at once, and within a second every node signs with it", async () => {
  const [first, second] = [await openNode(), await openNode()];
  const { id } = await first.keys.rotate("HS512", unrecorded);
  const token = await first.mint("HS512");
  expect(kidOf(token)).toBe(id);
  expect(await outcome(second.tokens.verify(token))).toBe("good");
  now += 1000;
  expect(kidOf(await second.mint("HS512"))).toBe(id);
});

test("rotations at once leave one key that signs", async () => {
  const nodes = await Promise.all(Array.from({ length: 3 }, openNode));
  await Promise.all(nodes.map(({ keys }) => keys.rotate("HS512", unrecorded)));
  const { rows } = await sql`SELECT FROM signing_key WHERE algorithm = 'HS512' AND retired_at IS NULL`.execute(db.read);
  expect(rows).toHaveLength(1);
});

test("a key is deleted once its last token has expired, and not before", async () => {
  const { keys } = await openNode();
  const { id } = await keys.current("HS512");
  await keys.rotate("HS512", unrecorded);
  const retiredAt = (await keys.list()).find((key) => key.id === id)?.retiredAt as Date;
  expect(retiredAt.getTime()).toBe(now);
  now = toDeletionTime(retiredAt).getTime() - 1;
  expect((await keys.list()).map((key) => key.id)).toContain(id);
  now += 1;
  expect((await keys.list()).map((key) => key.id)).not.toContain(id);
  const { rows } = await sql`SELECT FROM signing_key WHERE id = ${id}`.execute(db.read);
  expect(rows).toHaveLength(0);
});

test("made-up key ids by the hundred cost one reading at a time", async () => {
  const { keys } = await openNode();
  let running = 0;
  let most = 0;
  const read = db.read.withPlugin({
    transformQuery: ({ node }) => {
      running += 1;
      most = Math.max(most, running);
      return node;
    },
    transformResult: async ({ result }) => {
      running -= 1;
      return result;
    },
  });
  const counted = new SigningKeys({ ...db, read }, clock);
  await counted.open();
  const { id } = await keys.current("HS512");
  const found = await Promise.all(
    Array.from({ length: 300 }, (_, index) => counted.find(index === 150 ? id : crypto.randomUUID())),
  );
  expect(found.filter(Boolean)).toHaveLength(1);
  expect(most).toBe(1);
});

test("whatever is rotated and however time passes, every node takes exactly the tokens that have not expired", async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("mint" as const), node: fc.nat(1) }),
    fc.record({ do: fc.constant("rotate" as const), node: fc.nat(1) }),
    fc.record({ do: fc.constant("wait" as const), node: fc.integer({ min: 1, max: 9000 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      now = START;
      await sql`DELETE FROM signing_key`.execute(db.write);
      const nodes = [await openNode(), await openNode()];
      const minted: { token: string; expiresAt: number }[] = [];
      for (const { do: what, node } of steps) {
        const at = nodes[node % 2] as (typeof nodes)[number];
        if (what === "wait") now += node * 1000;
        else if (what === "rotate")
          await at.keys.rotate("HS512", unrecorded).catch((error) => expect(error.code).toBe("conflict"));
        else minted.push({ token: await at.mint("HS512"), expiresAt: now + 4 * 3_600_000 });
        for (const { token, expiresAt } of minted) {
          for (const { tokens } of nodes) {
            const ended = await outcome(tokens.verify(token));
            if (now < expiresAt) expect(ended).toBe("good");
            else expect(["JWT expired", "Not authenticated"]).toContain(ended);
          }
        }
      }
    }),
    { numRuns: 25 },
  );
});
