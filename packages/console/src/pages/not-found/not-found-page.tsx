import { Text } from "@mantine/core";
import { RecordLink } from "../../parts/links.tsx";
import { Page } from "../../parts/page.tsx";

export function NotFoundPage() {
  return (
    <Page title="There is nothing here">
      <Text size="sm">
        The address may be misspelled, or what it led to is gone. <RecordLink to="/">Go to the first page.</RecordLink>
      </Text>
    </Page>
  );
}
