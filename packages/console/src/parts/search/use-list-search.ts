import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ListSearch } from "./list-search.ts";

/** The list's part of the address, and how it is changed: each change is a step that "back" takes back. */
export function useListSearch(): [ListSearch, (next: ListSearch) => void] {
  const search = useSearch({ strict: false }) as ListSearch;
  const navigate = useNavigate();
  return [search, (next) => void navigate({ to: ".", search: next as never })];
}
