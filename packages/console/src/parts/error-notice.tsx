import { ApiError } from "@breakwater/client";
import { Alert, Anchor, Button, Code, Group, Text } from "@mantine/core";

/** What is known of a failure, in the words that a reader can act on or pass on. */
export function ErrorNotice({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { title, message, code, requestId } = describe(error);
  return (
    <Alert color="red" variant="light" title={title} role="alert">
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {message}
      </Text>
      <Group gap="md" mt={6}>
        {code !== undefined && (
          <Text size="xs">
            Code{" "}
            <Anchor size="xs" href={`/docs/errors#${code}`} target="_blank" rel="noreferrer">
              <Code>{code}</Code>
            </Anchor>
          </Text>
        )}
        {requestId !== undefined && (
          <Text size="xs">
            Request <Code>{requestId}</Code>
          </Text>
        )}
        {onRetry !== undefined && (
          <Button variant="default" size="compact-xs" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}

type Description = { title: string; message: string; code?: string; requestId?: string };

function describe(error: unknown): Description {
  if (!(error instanceof ApiError)) {
    // fetch says no more than this of a server that is not there.
    if (error instanceof TypeError && /fetch|network/i.test(error.message)) {
      return {
        title: "The server cannot be reached",
        message: "It may be stopped, or the connection to it is broken.",
      };
    }
    return {
      title: "Something went wrong in this page",
      message: error instanceof Error ? error.message : String(error),
    };
  }
  const requestId = error.headers.get("x-request-id");
  return {
    title: toTitle(error),
    message: toMessage(error),
    ...(error.code === undefined ? {} : { code: error.code }),
    ...(requestId === null ? {} : { requestId }),
  };
}

function toTitle({ status }: ApiError): string {
  if (status === 403) return "Your role does not allow this";
  if (status === 404) return "Not found";
  if (status === 429) return "A limit of your subscription is reached";
  return status >= 500 ? `The server failed (${status})` : `The server refused this (${status})`;
}

function toMessage(error: ApiError): string {
  if (error.status !== 429) return error.message;
  const waitSec = error.retryAfterSec;
  const wait =
    waitSec === undefined ? "later" : waitSec > 90 ? `in ${Math.ceil(waitSec / 60)} minutes` : `in ${waitSec} s`;
  return `What the console asks for counts as calls of the API. This one is taken again ${wait}.`;
}
