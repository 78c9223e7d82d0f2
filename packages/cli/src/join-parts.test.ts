import fc from "fast-check";
import { expect, test } from "vitest";
import { joinParts, type RecordFormat } from "./join-parts.ts";

/** The texts as parts, cut into chunks of a few bytes as a network may. */
async function* toParts(texts: readonly string[], chunkBytes: number) {
  for (const text of texts) yield toChunks(Buffer.from(text), chunkBytes);
}

async function* toChunks(bytes: Buffer, chunkBytes: number) {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

async function join(texts: readonly string[], format: RecordFormat, chunkBytes = 7): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of joinParts(toParts(texts, chunkBytes), format)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test("arrays of any objects become one array of all of them, wherever the chunks are cut", async () => {
  const records = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(records, { maxLength: 4 }),
      fc.integer({ min: 1, max: 40 }),
      async (parts, chunkBytes) => {
        const texts = parts.map((part) => `${JSON.stringify(part)}\n`);
        expect(JSON.parse(await join(texts, "json", chunkBytes))).toEqual(JSON.parse(JSON.stringify(parts.flat())));
      },
    ),
    { numRuns: 200 },
  );
});

test("a part of an array that was cut is refused", async () => {
  await expect(join(['[{"id":"a"}]', '[{"id":"b"},'], "json")).rejects.toThrow("a part of the report is cut");
});

test("tables keep the header of the first part only", async () => {
  const part = (row: string) => `id,title\n${row}\n`;
  expect(await join([part("1,a"), part('2,"b\nc"'), "id,title\n", part("3,d")], "csv", 3)).toBe(
    'id,title\n1,a\n2,"b\nc"\n3,d\n',
  );
});

test("lines follow each other as they are", async () => {
  expect(await join(['{"id":1}\n', "", '{"id":2}\n'], "jsonl")).toBe('{"id":1}\n{"id":2}\n');
});
