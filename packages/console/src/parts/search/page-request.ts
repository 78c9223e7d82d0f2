/** Records of a page; every list of the API gives as many. */
export const PAGE_SIZE = 50;

/** What one page of a list is asked for with. */
export type PageRequest = {
  filter: string;
  assetFilter: string;
  /** The API's `sort` parameter. */
  sort: string;
  /** From 0. */
  pageNumber: number;
  cursor: string | undefined;
  signal: AbortSignal;
};
