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

const MAX_QUERY_CHARS = 65_536;

/** Paging, filter and sort of the ETM lists (etm.md 2): absent or 0 means 50, more than 1000 means 1000. */
export const etmListQuery = {
  filter: Type.Optional(
    Type.String({ maxLength: MAX_QUERY_CHARS, description: "QQL query; see the token reference." }),
  ),
  pageNumber: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647, description: "From 0." })),
  pageSize: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 2_147_483_647, description: "Default 50; more than 1000 is read as 1000." }),
  ),
  sort: Type.Optional(
    Type.String({ maxLength: 4_096, description: 'JSON array of one-key objects: [{"finding.qds":"desc"}]' }),
  ),
  cursor: Type.Optional(
    Type.String({
      maxLength: 8_192,
      description:
        "The `X-Next-Cursor` header of the page before: goes on behind its last record, whatever was added or removed meanwhile. Takes the place of `pageNumber`; filter and sort stay the same.",
    }),
  ),
};

/** Reads the paging of etm.md 2. */
export function toEtmPage(query: { pageNumber?: number; pageSize?: number }): Page {
  return { pageNumber: query.pageNumber ?? 0, pageSize: Math.min(query.pageSize || 50, 1000) };
}
