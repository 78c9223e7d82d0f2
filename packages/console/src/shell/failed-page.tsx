import { type ErrorComponentProps, useRouter } from "@tanstack/react-router";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { Page } from "../parts/page.tsx";

/** Shown in the place of a page that failed; the rest of the console goes on. */
export function FailedPage({ error }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <Page title="This page failed">
      <ErrorNotice error={error} onRetry={() => void router.invalidate()} />
    </Page>
  );
}
