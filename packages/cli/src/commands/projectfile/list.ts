import { ApiError, otProjectfileList, type ResultOf } from "@breakwater/client";
import type { PagedList } from "../../paged-list.ts";

type ProjectFile = ResultOf<typeof otProjectfileList>[number];

export const PROJECT_FILES: PagedList<ProjectFile> = {
  many: "project files",
  maxPageSize: 100,
  examples: { filter: "status:PARTIAL", sort: "lastUpdated:desc" },
  columns: [
    ["Project file", (file) => file.id],
    ["Name", (file) => file.name],
    ["Status", (file) => file.status],
    ["Tool", (file) => file.engineeringToolName],
    ["Plant", (file) => file.plantLocation],
    ["Hosts", (file) => file.assetCount],
    ["By", (file) => file.uploadedBy],
    ["Updated", (file) => file.lastUpdated],
  ],
  read: async (session, query) => {
    try {
      const answer = await session.call(otProjectfileList, { query });
      return { rows: await answer.json(), headers: answer.headers, count: answer.count };
    } catch (error) {
      // That there is none at all is documented to be no empty list.
      if (error instanceof ApiError && error.status === 404) return { rows: [], headers: new Headers(), count: 0 };
      throw error;
    }
  },
};
