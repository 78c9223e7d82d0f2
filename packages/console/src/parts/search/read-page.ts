import type { CallResult, Operation } from "@breakwater/client";
import { PAGE_SIZE, type PageRequest } from "./page-request.ts";
import type { RecordPage } from "./paging.tsx";

/** Query of an ETM list: by its cursor once there is one. */
export function toEtmQuery({ filter, sort, pageNumber, cursor }: PageRequest) {
  return { filter, sort, pageSize: PAGE_SIZE, ...(cursor === undefined ? { pageNumber } : { cursor }) };
}

/** Query of an OT list, which has no cursors. */
export function toOtQuery({ filter, sort, pageNumber }: PageRequest) {
  return { filter, sort, pageSize: PAGE_SIZE, pageNumber };
}

/** A page with what the answer's headers say of the rest. */
export function toPage<T>({ count = 0, headers }: CallResult<Operation>, records: readonly T[]): RecordPage<T> {
  return { records, count, next: headers.get("x-next-cursor") ?? undefined };
}
