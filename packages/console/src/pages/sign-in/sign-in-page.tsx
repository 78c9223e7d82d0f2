import { Alert, Anchor, Button, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { signIn } from "../../session/api.ts";
import { lastSignOut, type SignOutReason } from "../../session/session.ts";
import { PasswordForm } from "./password-form.tsx";
import { Refusal } from "./refusal.tsx";

const REASONS: Readonly<Record<SignOutReason, string>> = {
  asked: "You are signed out.",
  expired: "Your session is over after its four hours. Sign in again to go on where you were.",
  withdrawn: "Your session was ended: your account, password or role may have been changed. Sign in again.",
};

export function SignInPage() {
  const [isChanging, setChanging] = useState(false);
  const reason = lastSignOut();
  useEffect(() => {
    document.title = "Sign in · Breakwater";
  }, []);
  return (
    <main className="sign-in">
      <Paper withBorder p="xl" w={380} style={{ background: "var(--surface)" }}>
        <Stack gap="md">
          <div>
            <Title order={1}>Breakwater</Title>
            <Text size="sm" c="dimmed">
              {isChanging ? "Change your password" : "Sign in to the console"}
            </Text>
          </div>
          {reason !== undefined && !isChanging && (
            <Alert variant="light" color={reason === "asked" ? "gray" : "yellow"} role="status" p="xs">
              {REASONS[reason]}
            </Alert>
          )}
          {isChanging ? <PasswordForm onDone={() => setChanging(false)} /> : <SignInForm />}
          <Anchor component="button" type="button" size="sm" onClick={() => setChanging(!isChanging)}>
            {isChanging ? "Back to signing in" : "Change a password, also one that has expired"}
          </Anchor>
        </Stack>
      </Paper>
    </main>
  );
}

function SignInForm() {
  const { to } = useSearch({ strict: false }) as { to?: string };
  const navigate = useNavigate();
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const attempt = useMutation({
    mutationFn: () => signIn(username, password),
    // Only ever to a page of this console.
    onSuccess: () => navigate({ href: to?.startsWith("/") && !to.startsWith("//") ? to : "/", replace: true }),
    onError: () => setPassword(""),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        attempt.mutate();
      }}
    >
      <Stack gap="sm">
        {attempt.error !== null && <Refusal error={attempt.error} />}
        <TextInput
          label="User name"
          autoComplete="username"
          autoFocus
          required
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Button type="submit" size="sm" loading={attempt.isPending}>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}
