import { ApiError } from "@breakwater/client";
import { Alert, Text } from "@mantine/core";
import { ErrorNotice } from "../../parts/error-notice.tsx";

/** The server answers the same to every refused log-in, so that nobody learns of accounts by trying: all that it may be is said. */
export function Refusal({ error }: { error: Error }) {
  if (!(error instanceof ApiError) || error.status !== 401) return <ErrorNotice error={error} />;
  return (
    <Alert color="red" variant="light" title="Wrong user name or password" role="alert" p="xs">
      <Text size="sm">
        The same is said of an account that is locked after too many failures, switched off, without access to the API,
        or used through an identity provider only: a Manager can tell you, and unlock it. If the password has expired,
        change it below.
      </Text>
    </Alert>
  );
}
