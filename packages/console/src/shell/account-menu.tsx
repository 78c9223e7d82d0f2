import { Button, Menu, Text } from "@mantine/core";
import { Time } from "../parts/time.tsx";
import { endSession } from "../session/session.ts";
import { useSession } from "../session/use-session.ts";

/** Who is signed in, until when, and what they may do. */
export function AccountMenu() {
  const session = useSession();
  if (session === undefined) return null;
  return (
    <Menu position="bottom-end" width={280} withinPortal>
      <Menu.Target>
        <Button variant="default" size="compact-sm">
          {session.username}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Signed in as {session.username}</Menu.Label>
        <Text size="xs" px="sm" pb="xs" component="div">
          Until <Time at={session.expiresAtMs} isExact />
        </Text>
        <Menu.Label>Permissions</Menu.Label>
        <Text size="xs" c="dimmed" px="sm" pb="xs">
          {session.permissions.join(", ") || "none"}
        </Text>
        <Menu.Divider />
        <Menu.Item component="a" href="/docs" target="_blank" rel="noreferrer">
          Description of the API
        </Menu.Item>
        <Menu.Item onClick={() => endSession("asked")}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
