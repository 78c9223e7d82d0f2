import { List, Text } from "@mantine/core";
import { RecordLink } from "../../parts/links.tsx";
import { Panel } from "../../parts/page.tsx";
import { useHolds } from "../../session/use-session.ts";

/** What to do first, where there is nothing yet that could be shown. */
export function Start() {
  const mayImport = useHolds("Import Findings Access");
  if (!mayImport) {
    return (
      <Panel title="There is nothing yet that you may see">
        <Text size="sm">
          Either nothing was imported, or none of it is in your scope. Whoever manages this installation imports files
          and says what each user sees.
        </Text>
      </Panel>
    );
  }
  return (
    <Panel title="Nothing is known yet">
      <Text size="sm" mb="xs">
        What to do first:
      </Text>
      <List type="ordered" size="sm" spacing={6}>
        <List.Item>
          <RecordLink to="/imports">Import a file</RecordLink>: what a scanner found, a packet capture, a Zeek log or a
          project file. Its kind is recognised by its content.
        </List.Item>
        <List.Item>
          Load the knowledge feeds, by which findings are scored and OT hosts are matched with advisories:{" "}
          <RecordLink to="/feeds">see which there are and how old they are</RecordLink>. They are files too.
        </List.Item>
      </List>
    </Panel>
  );
}
