import { Type } from "typebox";

/** How often something happens; which members belong to which `every` is checked by the server. */
export const RhythmBody = Type.Object({
  every: Type.Enum(["MINUTES", "DAY", "WEEK", "MONTH"]),
  minutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 1440, description: "With MINUTES" })),
  weekdays: Type.Optional(
    Type.Array(Type.Enum(["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]), {
      minItems: 1,
      maxItems: 7,
      description: "With WEEK",
    }),
  ),
  dayOfMonth: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 31, description: "With MONTH; a day that a month has not is its last" }),
  ),
  at: Type.Optional(Type.String({ maxLength: 5, description: "Time of day such as 06:30; with DAY, WEEK and MONTH" })),
  timeZone: Type.Optional(
    Type.String({ maxLength: 64, description: "Such as Europe/Berlin; with DAY, WEEK and MONTH" }),
  ),
});
