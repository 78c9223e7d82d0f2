import { Type } from "typebox";

/** Paging, filter and sort of the OT lists (ot.md 1.1): absent or 0 means 50, more than 100 means 100. */
export const OtListQuery = Type.Object({
  filter: Type.Optional(Type.String({ description: "QQL query; see the token reference." })),
  pageNumber: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647, description: "From 0." })),
  pageSize: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 2_147_483_647, description: "Default 50; more than 100 is read as 100." }),
  ),
  sort: Type.Optional(
    Type.String({ description: 'JSON array of one-key objects: [{"asset.name":"asc"}, {"asset.risk":"desc"}]' }),
  ),
});

/** The page a list call asks for, after defaults and caps. */
export type Page = { pageNumber: number; pageSize: number };

/** Reads the paging of ot.md 1.1. */
export function toOtPage(query: { pageNumber?: number; pageSize?: number }): Page {
  return { pageNumber: query.pageNumber ?? 0, pageSize: Math.min(query.pageSize || 50, 100) };
}
