import { adminTagCreate, adminTagList } from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import type { Clock } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import { createTag } from "./service.ts";
import { listTags } from "./store.ts";
import { toTag } from "./views.ts";

export function tagRoutes(parts: { audit: Database; clock: Clock }): readonly Binding[] {
  return [
    bind(adminTagCreate, async ({ db, caller, address, body }) => {
      return { value: toTag(await createTag(db, parts, { caller, address }, body)) };
    }),
    bind(adminTagList, async ({ db }) => {
      const tags = await listTags(db);
      return { value: tags.map(toTag), count: tags.length };
    }),
  ];
}
