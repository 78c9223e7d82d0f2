/** All that a list shows, as its address holds it: reloading, going back and passing it on show the same. */
export type ListSearch = {
  /** Query over what is listed. */
  q?: string;
  /** Query over assets, where findings are listed. */
  assets?: string;
  /** `token:direction`, several with commas. */
  sort?: string;
  /** From 1. */
  page?: number;
  /** Cursor that the page before it gave. */
  after?: string;
};

const TEXTS = ["q", "assets", "sort", "after"] as const;

/** The address is typed by people too: what is no part of a list is dropped. */
export function readListSearch(raw: Record<string, unknown>): ListSearch {
  const search: ListSearch = {};
  for (const name of TEXTS) {
    const value = raw[name];
    if (value !== undefined && value !== null && String(value) !== "") search[name] = String(value);
  }
  const page = Number(raw.page);
  if (Number.isInteger(page) && page > 1) search.page = page;
  else delete search.after;
  return search;
}

/** `finding.qds:desc,finding.id:asc` as the API's `sort` parameter. */
export function toSortParameter(sort: string): string {
  const keys = sort.split(",").filter((key) => key !== "");
  return JSON.stringify(keys.map((key) => ({ [key.split(":")[0] as string]: key.split(":")[1] ?? "asc" })));
}

/** Plain words instead of the router's JSON, so that a query stands in the address as it is written. */
export function parseSearch(text: string): Record<string, unknown> {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: Record<string, unknown>): string {
  const given = Object.entries(search).flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}
