import type { PartEncoder } from "./part-encoder.ts";

/** A JSON document with one long list in it, which is written while its elements come. */
export type JsonDocument<T> = {
  /** From the opening brace to the opening bracket of the list. */
  head: string;
  /** An element of the list. */
  toElement(record: T): object;
  /** From the closing bracket to the closing brace, in pieces; called once all elements have been made. */
  tail(): Iterable<string>;
};

/** Writes such a document, of records that come as lines of JSON. */
export function toJsonDocument<T>({ head, toElement, tail }: JsonDocument<T>): PartEncoder {
  let separator = "";
  return {
    head: () => Buffer.from(head),
    encode: (lines) => {
      let text = "";
      for (const line of lines.toString("utf8").split("\n")) {
        if (line === "") continue;
        text += `${separator}${JSON.stringify(toElement(JSON.parse(line) as T))}\n`;
        separator = ",";
      }
      return Buffer.from(text);
    },
    tail: function* () {
      for (const piece of tail()) yield Buffer.from(piece);
    },
  };
}

/** A list as JSON, element by element. */
export function* toJsonList(elements: Iterable<object>): Generator<string> {
  let separator = "[";
  for (const element of elements) {
    yield `${separator}${JSON.stringify(element)}\n`;
    separator = ",";
  }
  yield separator === "[" ? "[]" : "]";
}
