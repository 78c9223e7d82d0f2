import { ingestImportGet, ingestImportList, type ResultOf } from "@breakwater/client";
import type { Command } from "commander";
import { describeCounts } from "../../imports.ts";
import { addShowByIdCommand } from "../../noun-commands.ts";
import { addPagedListCommand, type PagedList } from "../../paged-list.ts";

type Import = ResultOf<typeof ingestImportList>[number];

const IMPORTS: PagedList<Import> = {
  many: "imports",
  maxPageSize: 1000,
  columns: [
    ["Import", (job) => job.id],
    ["File", (job) => job.fileName],
    ["Status", (job) => job.status],
    ["Percent", (job) => job.progress],
    ["Format", (job) => job.format],
    ["Connection", (job) => job.connection],
    ["By", (job) => job.createdBy],
    ["Created", (job) => new Date(job.createdDate).toISOString()],
    ["Result", (job) => job.message ?? describeCounts(job.counts)],
  ],
  read: async (session, { pageNumber, pageSize }) => {
    const answer = await session.call(ingestImportList, { query: { pageNumber, pageSize } });
    return { rows: await answer.json(), headers: answer.headers, count: answer.count };
  },
};

/** `breakwater imports …`; `import` itself takes files. */
export function addImportsCommands(program: Command): void {
  const imports = program.command("imports").summary("look at imports and what became of them");
  addPagedListCommand(imports, IMPORTS);
  addShowByIdCommand(imports, {
    summary: "show an import with what was refused or doubted",
    one: "import",
    read: async (session, id) => (await session.call(ingestImportGet, { params: { id } })).json(),
  });
}
