import { Alert, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { changePassword } from "../../session/api.ts";
import { Refusal } from "./refusal.tsx";

const EMPTY = { username: "", password: "", newPassword: "", again: "" };

/** Of one's own password, also one that has expired, which signing in refuses. */
export function PasswordForm({ onDone }: { onDone: () => void }) {
  const [values, setValues] = useState(EMPTY);
  const { username, password, newPassword, again } = values;
  const change = useMutation({ mutationFn: () => changePassword(username, password, newPassword) });
  if (change.isSuccess) {
    return (
      <Stack gap="sm">
        <Alert color="green" variant="light" role="status" p="xs">
          Your password is changed. Sign in with the new one.
        </Alert>
        <Button size="sm" onClick={onDone}>
          Sign in
        </Button>
      </Stack>
    );
  }
  const differs = again !== "" && again !== newPassword;
  const field = (name: keyof typeof EMPTY) => ({
    required: true,
    value: values[name],
    onChange: (event: { currentTarget: { value: string } }) =>
      setValues({ ...values, [name]: event.currentTarget.value }),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!differs) change.mutate();
      }}
    >
      <Stack gap="sm">
        {change.error !== null && <Refusal error={change.error} />}
        <TextInput label="User name" autoComplete="username" {...field("username")} />
        <PasswordInput label="Present password" autoComplete="current-password" {...field("password")} />
        <PasswordInput
          label="New password"
          description="At least 12 characters"
          minLength={12}
          autoComplete="new-password"
          {...field("newPassword")}
        />
        <PasswordInput
          label="New password again"
          autoComplete="new-password"
          error={differs ? "This is not the same" : undefined}
          {...field("again")}
        />
        <Button type="submit" size="sm" loading={change.isPending}>
          Change the password
        </Button>
      </Stack>
    </form>
  );
}
