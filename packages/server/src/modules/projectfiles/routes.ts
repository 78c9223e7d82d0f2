import { otProjectfileCount, otProjectfileGet, otProjectfileList, toOtPage } from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import type { Clock } from "../../context.ts";
import { countProjectFiles, listProjectFiles, readProjectFile } from "./service.ts";
import { toProjectFile, toProjectFileDetail } from "./views.ts";

export function projectFileRoutes(clock: Clock): readonly Binding[] {
  return [
    bind(otProjectfileList, async ({ db, caller, query }) => {
      const { rows, count } = await listProjectFiles(db, caller, query, toOtPage(query), clock());
      return { value: rows.map(toProjectFile), count };
    }),
    bind(otProjectfileCount, async ({ db, caller, query }) => {
      const count = await countProjectFiles(db, caller, query, clock());
      return { value: { count }, count };
    }),
    bind(otProjectfileGet, async ({ db, caller, params }) => {
      const { row, tree } = await readProjectFile(db, caller, params.projectFileId);
      return { value: toProjectFileDetail(row, tree) };
    }),
  ];
}
