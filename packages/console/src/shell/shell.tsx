import {
  ActionIcon,
  AppShell,
  Burger,
  Group,
  NavLink,
  ScrollArea,
  Text,
  Tooltip,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useEffect } from "react";
import mark from "../mark.svg";
import { useSession } from "../session/use-session.ts";
import { AccountMenu } from "./account-menu.tsx";
import { placesFor } from "./places.ts";

/** What stands around every page of who is signed in. */
export function Shell() {
  const [isOpen, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes the navigation of a small screen
  useEffect(close, [pathname]);
  return (
    <AppShell
      header={{ height: 44 }}
      navbar={{ width: 190, breakpoint: "sm", collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <AppShell.Header px="sm" style={{ background: "var(--surface)" }}>
        <a className="skip" href="#page">
          Skip to the page
        </a>
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" />
            <img src={mark} width={22} height={22} alt="" />
            <Text fw={650}>Breakwater</Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <ColorSwitch />
            <AccountMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" style={{ background: "var(--surface)" }}>
        <Navigation pathname={pathname} />
      </AppShell.Navbar>
      <AppShell.Main id="page" tabIndex={-1}>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

function Navigation({ pathname }: { pathname: string }) {
  const session = useSession();
  return (
    <ScrollArea type="auto">
      {placesFor(session?.permissions ?? []).map(({ label, places }) => (
        <nav key={label} aria-label={label}>
          <Text size="xs" c="dimmed" fw={600} px="xs" pt="sm" pb={4}>
            {label}
          </Text>
          {places.map(({ to, label: name }) => {
            const isHere = to === "/" ? pathname === "/" : pathname === to || pathname.startsWith(`${to}/`);
            return (
              <NavLink
                key={to}
                label={name}
                active={isHere}
                py={5}
                px="xs"
                renderRoot={(props) => <Link to={to} {...props} {...(isHere ? { "aria-current": "page" } : {})} />}
              />
            );
          })}
        </nav>
      ))}
    </ScrollArea>
  );
}

function ColorSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const next = { auto: "light", light: "dark", dark: "auto" } as const;
  const signs = { auto: "◐", light: "☀", dark: "☾" } as const;
  return (
    <Tooltip label={`Colours: ${colorScheme === "auto" ? "as the system has them" : colorScheme}`}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label="Light, dark or as the system"
        onClick={() => setColorScheme(next[colorScheme])}
      >
        {signs[colorScheme]}
      </ActionIcon>
    </Tooltip>
  );
}
