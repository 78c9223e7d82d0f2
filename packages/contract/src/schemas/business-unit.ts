import { Type } from "typebox";

export const BusinessUnitName = Type.String({
  minLength: 1,
  maxLength: 200,
  description: "Visible characters, as in a user name",
});

/** What a business unit is made of besides its name. */
export const BUSINESS_UNIT_MEMBERS = {
  description: Type.String({ maxLength: 1000 }),
  scopeTags: Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
    maxItems: 1000,
    description: "Names of tags: what its Unit Managers see, and all that its other users can be given to see",
  }),
};

/** Some users of the subscription, and the scope that theirs stays within. */
export const BusinessUnit = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  description: Type.String(),
  scopeTags: Type.Array(Type.String()),
  userCount: Type.Integer(),
  created: Type.String({ format: "date-time" }),
});

export const BusinessUnitParams = Type.Object({ unitId: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) });
