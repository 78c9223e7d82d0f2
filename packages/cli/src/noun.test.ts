import { expect, test } from "vitest";
import { type Kind, pickNamed } from "./noun.ts";

const KIND: Kind<{ id: number; name: string }> = {
  one: "tag",
  many: "tags",
  namesOf: ({ id, name }) => [name, String(id)],
};
const pick = (rows: { id: number; name: string }[], name: string) => pickNamed(KIND, rows, name).id;

test("a name wins over an id that looks like it, and the very name over one in other letters", () => {
  const rows = [
    { id: 1, name: "2" },
    { id: 2, name: "Plant" },
    { id: 3, name: "PLANT" },
  ];
  expect([pick(rows, "2"), pick(rows, "3"), pick(rows, "Plant"), pick(rows, "PLANT")]).toEqual([1, 3, 2, 3]);
});

test("what is called alike is told apart by id, and nothing is told by what is near", () => {
  const rows = [
    { id: 1, name: "Plant" },
    { id: 2, name: "PLANT" },
  ];
  expect(() => pick(rows, "plant")).toThrow('2 tags are called "plant": say which\n  Plant, 1\n  PLANT, 2');
  expect(() => pick(rows, "plent")).toThrow('there is no tag "plent": did you mean "Plant" or "PLANT"?');
  expect(() => pick([], "plant")).toThrow('there is no tag "plant": `list` shows the tags');
});

test("a name that would steer the terminal is shown without that", () => {
  expect(() => pick([{ id: 1, name: "a\u001b[2Jb" }], "a[2Jb")).toThrow('did you mean "a [2Jb"?');
});
