import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect } from "react";
import { styleNonce } from "./nonce.ts";
import { router } from "./routes.tsx";
import { onSessionChange } from "./session/session.ts";
import { theme } from "./theme.ts";

/** Calls count against the subscription's limits: what was read a moment ago is not asked for again. */
const queries = new QueryClient({
  defaultOptions: { queries: { retry: false, staleTime: 30_000, refetchOnWindowFocus: false } },
});

export function Console() {
  useEffect(
    () =>
      onSessionChange(() => {
        // Nothing of one user is shown to the next, and who is not signed in is asked to.
        queries.clear();
        void router.invalidate();
      }),
    [],
  );
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => styleNonce}>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
