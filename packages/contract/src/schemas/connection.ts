import { Type } from "typebox";
import { orNull } from "./nullable.ts";

const Name = Type.String({ minLength: 1, maxLength: 200, description: "Visible characters, as in a user name" });

const ColumnName = Type.String({ minLength: 1, maxLength: 200 });
const Mark = Type.String({ maxLength: 100 });

/** How a table of findings is read; the names of its fields and what fits together are checked by the server. */
export const CsvMappingBody = Type.Object({
  product: Name,
  always: Type.Optional(
    Type.Boolean({ description: "Read by it even what is recognised as the export of a known product" }),
  ),
  delimiter: Type.Optional(Type.Enum([",", ";", "\t", "|"])),
  qualifier: Type.Optional(Type.Enum(['"', "'"])),
  columns: Type.Record(Type.String(), Type.Array(ColumnName, { minItems: 1, maxItems: 20 }), {
    description: "Names of columns by field, e.g. title, host, severity; the first that the file has counts",
  }),
  transforms: Type.Optional(
    Type.Record(
      Type.String(),
      Type.Array(
        Type.Object({
          kind: Type.Enum(["lower", "upper", "replace", "before", "after"]),
          from: Type.Optional(Mark),
          to: Type.Optional(Mark),
          mark: Type.Optional(Mark),
        }),
        { maxItems: 10 },
      ),
      { description: "Steps that the cells of a field go through, in their order" },
    ),
  ),
  severities: Type.Optional(
    Type.Record(Type.String(), Type.Integer({ minimum: 1, maximum: 5 }), {
      description: "Severities by the source's words",
    }),
  ),
  scores: Type.Optional(
    Type.Array(Type.Object({ least: Type.Number(), severity: Type.Integer({ minimum: 1, maximum: 5 }) }), {
      maxItems: 20,
      description: "Severities by the least score that has them",
    }),
  ),
  states: Type.Optional(
    Type.Record(Type.String(), Type.Enum(["open", "fixed", "mitigated"]), {
      description: "States by the source's words",
    }),
  ),
  dateOrder: Type.Optional(Type.Enum(["day-first", "month-first"])),
});

/** What can be chosen of a connection. */
export const CONNECTION_SETTINGS = {
  network: Type.String({
    minLength: 1,
    maxLength: 100,
    description: "Addresses and names are unique within it; fixed once something was imported",
  }),
  isComplete: Type.Boolean({ description: "Whether a run's silence on an asset it shows closes findings" }),
  retainMissing: Type.Boolean({ description: "Whether what a complete run no longer shows stays open" }),
  csvMapping: orNull(CsvMappingBody),
  trustRank: Type.Integer({
    minimum: 1,
    maximum: 100,
    description: "Whose word stands where several sources tell of one thing: the lowest first; 50 by default",
  }),
  defaultCriticality: orNull(
    Type.Integer({
      minimum: 1,
      maximum: 5,
      description: "Of assets that it was the first to see, while no tag gives them one; null: 2",
    }),
  ),
};

export const ConnectionName = Name;

/** A named source of imports. */
export const Connection = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  product: Type.Union([Type.String(), Type.Null()], { description: "That its first file named; null before" }),
  network: Type.String(),
  isComplete: Type.Boolean(),
  retainMissing: Type.Boolean(),
  csvMapping: Type.Union([CsvMappingBody, Type.Null()]),
  trustRank: Type.Integer(),
  defaultCriticality: Type.Union([Type.Integer(), Type.Null()]),
  created: Type.String({ format: "date-time" }),
});

export const ConnectionParams = Type.Object({
  connectionId: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }),
});
