import {
  adminTagAssets,
  adminTagCreate,
  adminTagDelete,
  adminTagGet,
  adminTagList,
  adminTagUpdate,
} from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import { changeTagAssets, createTag, deleteTag, type Parts, readTag, updateTag } from "./service.ts";
import { listTags } from "./store.ts";
import { toTag } from "./views.ts";

export function tagRoutes(parts: Parts): readonly Binding[] {
  return [
    bind(adminTagAssets, async ({ db, caller, address, params, body }) => {
      return { value: toTag(await changeTagAssets(db, parts, { caller, address }, params.tagId, body)) };
    }),
    bind(adminTagCreate, async ({ db, caller, address, body }) => {
      return { value: toTag(await createTag(db, parts, { caller, address }, body)) };
    }),
    bind(adminTagDelete, async ({ db, caller, address, params }) => {
      await deleteTag(db, parts, { caller, address }, params.tagId);
      return { status: 204, empty: true };
    }),
    bind(adminTagGet, async ({ db, params }) => ({ value: toTag(await readTag(db, params.tagId)) })),
    bind(adminTagList, async ({ db }) => {
      const tags = await listTags(db);
      return { value: tags.map(toTag), count: tags.length };
    }),
    bind(adminTagUpdate, async ({ db, caller, address, params, body }) => {
      return { value: toTag(await updateTag(db, parts, { caller, address }, params.tagId, body)) };
    }),
  ];
}
