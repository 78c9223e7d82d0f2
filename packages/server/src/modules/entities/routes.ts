import { etmEntityCount, etmEntityGet, etmEntityList } from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import type { Clock } from "../../context.ts";
import { countEntities, getEntity, listEntities } from "./service.ts";

export function entityRoutes(clock: Clock): readonly Binding[] {
  return [
    bind(etmEntityList, async ({ db, query }) => {
      const { records, count, nextCursor } = await listEntities(db, query, clock());
      return { value: records, count, ...(nextCursor === null ? {} : { headers: { "X-Next-Cursor": nextCursor } }) };
    }),
    bind(etmEntityCount, async ({ db, query }) => {
      const count = await countEntities(db, query.filter, clock());
      return { value: { count }, count };
    }),
    bind(etmEntityGet, async ({ db, params }) => ({ value: await getEntity(db, params.entityId) })),
  ];
}
