import { decodeJson, type Json, JsonError, type JsonObject, JsonRecordReader } from "../json/index.ts";
import type { ByteSource } from "../records.ts";
import type { FeedEvent, FeedParser } from "./events.ts";

/** A feed in JSON as data: its places of interest, and what a value there tells. */
export type JsonFeedMapping<State> = {
  start: () => State;
  /** See JsonRecordReader for patterns. An event, or the reason why the value is left out. */
  records: Readonly<Record<string, (value: Json, state: State) => FeedEvent | string | null>>;
  /** After the last record. */
  end: (state: State) => FeedEvent[];
};

const BATCH_EVENTS = 500;
const STEP_BYTES = 65_536;

export function jsonFeed<State>(mapping: JsonFeedMapping<State>): FeedParser {
  return async function* parse(source: ByteSource): AsyncGenerator<FeedEvent[]> {
    const state = mapping.start();
    let events: FeedEvent[] = [];
    const refuse = (code: string, where: string, message: string, fatal?: true) =>
      events.push({ type: "issue", issue: { level: "refused", code, where, message, ...(fatal ? { fatal } : {}) } });
    const reader = new JsonRecordReader(Object.keys(mapping.records), {
      record: (pattern, value, where) => {
        const told = mapping.records[pattern]?.(value, state) ?? null;
        if (typeof told === "string") refuse("feed-entry-unreadable", where, `${told}; it was left out`);
        else if (told) events.push(told);
      },
      refused: (code, where, message) => refuse(code, where, message),
    });
    let isComplete = true;
    try {
      for await (const chunk of decodeJson(source)) {
        for (let at = 0; at < chunk.length; at += STEP_BYTES) {
          reader.write(chunk.subarray(at, at + STEP_BYTES));
          if (events.length < BATCH_EVENTS) continue;
          yield events;
          events = [];
        }
      }
      reader.end();
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      isComplete = false;
      refuse(error.code, error.where, `${error.message}; what stands before was loaded`, true);
    }
    yield [...events, ...mapping.end(state), { type: "end", isComplete }];
  };
}

/** The members of a value; of anything but an object, none. */
export function membersOf(value: Json | undefined): Readonly<Partial<JsonObject>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

/** The elements of a value; of anything but an array, none. */
export function elementsOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
