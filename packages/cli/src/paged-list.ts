import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { UsageError } from "./failure.ts";
import { onlyGiven } from "./given.ts";
import { addServerOptions, type ServerFlags } from "./noun-commands.ts";
import { toWholeNumber } from "./numbers.ts";
import { type Columns, printRows } from "./output.ts";
import { openSession, type Session } from "./session.ts";
import { note } from "./terminal.ts";

/** Which records and which of their pages, as the API's lists take it. */
type PageQuery = { filter?: string; sort?: string; pageNumber: number; pageSize: number; cursor?: string };

type ReadPage<Row> = { rows: Row[]; headers: Headers; count: number | undefined };

/** A list that is too long to be read whole: it is shown a page at a time. */
export type PagedList<Row> = {
  many: string;
  columns: Columns<Row>;
  maxPageSize: number;
  /** Queries of the token reference, as in `finding.severity>=4`; without them the list has no filter and no sort. */
  examples?: { filter: string; sort: string };
  /** Whether it can go on behind a page whatever was added or removed meanwhile. */
  hasCursor?: true;
  read(session: Session, query: PageQuery): Promise<ReadPage<Row>>;
};

type Flags = ServerFlags & { filter?: string; sort?: string[]; pageSize: number; page?: number; cursor?: string };

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE = 2 ** 31 - 1;

/** Adds `list` with `--filter`, `--sort`, `--page-size`, `--page` and, where the list has it, `--cursor`. */
export function addPagedListCommand<Row>(parent: Command, list: PagedList<Row>): void {
  const { many, maxPageSize, examples } = list;
  const command = parent
    .command("list")
    .summary(`list ${many}`)
    .description(`Lists ${many}, a page at a time; stderr says how to go on where there are more.`);
  if (examples) {
    command
      .option("--filter <qql>", `only those that match, e.g. ${examples.filter}`)
      .option("--sort <token:direction...>", `their order, e.g. ${examples.sort}`, toSortKeys);
  }
  command
    .option(
      "--page-size <count>",
      `how many, at most ${maxPageSize}`,
      toWholeNumber(1, maxPageSize),
      Math.min(DEFAULT_PAGE_SIZE, maxPageSize),
    )
    .option("--page <number>", "which page, from 0", toWholeNumber(0, MAX_PAGE));
  if (list.hasCursor)
    command.option("--cursor <cursor>", "go on behind the page that told it, with the same filter and sort");
  addServerOptions(command.action((flags: Flags) => showPage(list, flags)));
}

async function showPage<Row>(list: PagedList<Row>, flags: Flags): Promise<void> {
  const { filter, sort, pageSize, page = 0, cursor } = flags;
  if (flags.page !== undefined && cursor !== undefined) throw new UsageError("give either --page or --cursor");
  const given = onlyGiven({ filter, sort: sort && toSort(sort), cursor });
  const { rows, headers, count } = await list.read(await openSession(flags), { ...given, pageNumber: page, pageSize });
  printRows(rows, list.columns, flags);
  const next = headers.get("x-next-cursor");
  const total = count === undefined ? "" : ` of ${count} ${list.many}`;
  if (next !== null) note(`${rows.length}${total}; more: --cursor ${next}`);
  else if (cursor === undefined && count !== undefined && (page + 1) * pageSize < count) {
    note(`${rows.length}${total}; more: --page ${page + 1}`);
  }
}

function toSortKeys(text: string, former: string[] = []): string[] {
  if (!/^[^:\s]+(:(asc|desc))?$/i.test(text)) throw new InvalidArgumentError("write token:asc or token:desc.");
  return [...former, text];
}

function toSort(keys: readonly string[]): string {
  return JSON.stringify(
    keys.map((key) => {
      const [token = "", direction = "asc"] = key.split(":");
      return { [token]: direction.toLowerCase() };
    }),
  );
}
