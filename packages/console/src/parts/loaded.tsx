import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ErrorNotice } from "./error-notice.tsx";
import { Page, Waiting } from "./page.tsx";

/** A page about one record: what stands there while it is waited for, where it is refused, and when it is there. */
export function Loaded<Detail>({
  title,
  query,
  children,
}: {
  /** Where the record, and so its name, is not known. */
  title: string;
  query: UseQueryResult<Detail>;
  children: (detail: Detail) => ReactNode;
}) {
  if (query.error !== null) {
    return (
      <Page title={title}>
        <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
      </Page>
    );
  }
  return query.data === undefined ? <Waiting /> : children(query.data);
}
