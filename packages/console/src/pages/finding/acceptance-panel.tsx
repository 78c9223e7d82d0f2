import { etmFindingAccept, etmFindingRevokeAcceptance } from "@breakwater/client";
import { ACCEPTANCE_REASONS } from "@breakwater/contract/schemas/risk-acceptance";
import { Button, Group, NativeSelect, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ErrorNotice } from "../../parts/error-notice.tsx";
import { Facts, Panel } from "../../parts/page.tsx";
import { Time } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";
import { useHolds } from "../../session/use-session.ts";
import type { FindingDetail } from "./finding-page.tsx";

type Reason = (typeof ACCEPTANCE_REASONS)[number];

/** The risk of a finding as somebody has decided to live with it, until a day or until it is revoked. */
export function AcceptancePanel({ finding }: { finding: FindingDetail }) {
  const mayAccept = useHolds("ETM Risk Acceptance Access");
  const { riskAcceptance: accepted } = finding;
  if (accepted === null && !mayAccept) return null;
  return (
    <Panel title="Accepting its risk">
      {accepted !== null && (
        <Facts
          rows={{
            Reason: accepted.reason,
            Kind: accepted.reasonType,
            By: accepted.createdBy,
            Since: <Time at={accepted.startDate} />,
            Until: accepted.endDate === null ? "it is revoked" : <Time at={accepted.endDate} />,
          }}
        />
      )}
      {mayAccept && (accepted === null ? <AcceptForm finding={finding} /> : <Revoke finding={finding} />)}
    </Panel>
  );
}

/** What another decision changes: the finding, its lists, and the score of its asset. */
function useForget() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).startsWith("etm.") });
}

function Revoke({ finding: { id } }: { finding: FindingDetail }) {
  const forget = useForget();
  const revoke = useMutation({
    mutationFn: () => call(etmFindingRevokeAcceptance, { params: { findingId: id } }),
    onSuccess: forget,
  });
  return (
    <Stack gap="xs" mt="sm">
      {revoke.error !== null && <ErrorNotice error={revoke.error} />}
      <Group>
        <Button variant="default" loading={revoke.isPending} onClick={() => revoke.mutate()}>
          Revoke
        </Button>
      </Group>
    </Stack>
  );
}

function AcceptForm({ finding: { id } }: { finding: FindingDetail }) {
  const forget = useForget();
  const [reason, setReason] = useState("");
  const [reasonType, setReasonType] = useState<Reason>("Accepted risk");
  const [end, setEnd] = useState("");
  const accept = useMutation({
    mutationFn: () =>
      call(etmFindingAccept, {
        params: { findingId: id },
        // The day that is named is the last one.
        body: { reason, reasonType, endDate: end === "" ? null : new Date(`${end}T23:59:59`).getTime() },
      }),
    onSuccess: forget,
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        accept.mutate();
      }}
    >
      <Stack gap="xs">
        <Text size="xs" c="dimmed">
          The finding keeps its status and does not count in scores until then.
        </Text>
        {accept.error !== null && <ErrorNotice error={accept.error} />}
        <Textarea
          label="Reason"
          required
          autosize
          minRows={2}
          maxLength={2000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Group grow align="flex-end">
          <NativeSelect
            label="Kind"
            data={[...ACCEPTANCE_REASONS]}
            value={reasonType}
            onChange={(event) => setReasonType(event.currentTarget.value as Reason)}
          />
          <TextInput
            type="date"
            label="Until"
            description="Empty: until revoked"
            value={end}
            onChange={(event) => setEnd(event.currentTarget.value)}
          />
        </Group>
        <Group>
          <Button type="submit" loading={accept.isPending}>
            Accept the risk
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
