/** A JSON document with one long list in it, which is written while its elements come. */
export type JsonDocument<T> = {
  /** From the opening brace to the opening bracket of the list. */
  head: string;
  /** An element of the list. */
  toElement(record: T): object;
  /** From the closing bracket to the closing brace, in pieces; called once all elements have been made. */
  tail(): Iterable<string>;
};

/** A list as JSON, element by element. */
export function* toJsonList(elements: Iterable<object>): Generator<string> {
  let separator = "[";
  for (const element of elements) {
    yield `${separator}${JSON.stringify(element)}\n`;
    separator = ",";
  }
  yield separator === "[" ? "[]" : "]";
}
