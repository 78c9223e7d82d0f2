import { otHostCount, otHostList, type ResultOf } from "@breakwater/client";
import { Grid, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ErrorNotice } from "../../parts/error-notice.tsx";
import { RecordLink } from "../../parts/links.tsx";
import { Panel } from "../../parts/page.tsx";
import { toNumber } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";
import { type Group, Groups } from "./groups.tsx";
import { RowsToCome } from "./rows-to-come.tsx";

type Host = ResultOf<typeof otHostList>["assets"][number];

const SORT = JSON.stringify([{ "asset.risk": "desc" }]);
/** As many as one call gives. */
const LOOKED_AT = 100;
/** Groups with a name of their own; the rest are counted together. */
const NAMED = 7;

/** OT hosts by vendor and by level. */
export function OtHosts() {
  const hosts = useQuery({
    queryKey: [otHostList.id, "overview"],
    staleTime: 120_000,
    queryFn: ({ signal }) => readGroups(signal),
  });
  const title = hosts.data === undefined ? "OT hosts" : `OT hosts: ${toNumber(hosts.data.count)}`;
  return (
    <Panel title={title} actions={<RecordLink to="/ot/hosts">All</RecordLink>}>
      {hosts.error !== null && <ErrorNotice error={hosts.error} onRetry={() => void hosts.refetch()} />}
      {hosts.isLoading && <RowsToCome rows={NAMED + 2} />}
      {hosts.data?.count === 0 && (
        <Text size="sm" c="dimmed">
          None is known yet: captures, Zeek logs and project files tell of them.
        </Text>
      )}
      {hosts.data !== undefined && hosts.data.count > 0 && (
        <Grid gap="lg">
          <Grid.Col span={{ base: 12, md: 6 }}>
            <Groups label="Vendor" of="Hosts" to="/ot/hosts" groups={hosts.data.vendors} />
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 6 }}>
            <Groups label="Purdue level" of="Hosts" to="/ot/hosts" groups={hosts.data.levels} />
          </Grid.Col>
        </Grid>
      )}
    </Panel>
  );
}

/**
 * By one call where it gives all hosts. Of more, those at the highest risk say which groups there are, and the API counts
 * each: calls count against the subscription's limits.
 */
async function readGroups(signal: AbortSignal) {
  const answer = await call(otHostList, { query: { sort: SORT, pageSize: LOOKED_AT }, signal });
  const { assets } = await answer.json();
  const count = answer.count ?? 0;
  const ofAll = async (groups: readonly Group[]) =>
    withRest(count > assets.length ? await countAnew(groups, signal) : groups, count);
  return { count, vendors: await ofAll(toGroups(assets, vendorOf)), levels: await ofAll(toGroups(assets, levelOf)) };
}

function countAnew(groups: readonly Group[], signal: AbortSignal): Promise<Group[]> {
  return Promise.all(
    groups.map(async (group) => {
      const answer = await call(otHostCount, { query: { filter: group.query }, signal });
      return { ...group, count: (await answer.json()).count };
    }),
  );
}

function vendorOf({ hardware: { manufacturer } }: Host): Omit<Group, "count"> {
  if (manufacturer === null) return { name: "not known", query: "hardware.manufacturer is null" };
  return { name: manufacturer, query: `hardware.manufacturer:\`${manufacturer.replaceAll(/[\\`]/g, "\\$&")}\`` };
}

function levelOf({ purdueLevel }: Host): Omit<Group, "count"> {
  if (purdueLevel === null) return { name: "not known", query: "asset.purdueLevel is null" };
  return { name: `Level ${purdueLevel}`, query: `asset.purdueLevel:${purdueLevel}` };
}

/** The largest groups. */
function toGroups(hosts: readonly Host[], groupOf: (host: Host) => Omit<Group, "count">): Group[] {
  const groups = new Map<string, Group>();
  for (const host of hosts) {
    const group = groupOf(host);
    groups.set(group.query, { ...group, count: (groups.get(group.query)?.count ?? 0) + 1 });
  }
  return [...groups.values()].sort((one, other) => other.count - one.count).slice(0, NAMED);
}

/** The largest first, and last what is in none of them. */
function withRest(groups: readonly Group[], total: number): Group[] {
  const sorted = groups.toSorted((one, other) => other.count - one.count || one.name.localeCompare(other.name));
  const rest = total - groups.reduce((sum, { count }) => sum + count, 0);
  if (rest <= 0) return sorted;
  const query = `NOT (${groups.map((group) => group.query).join(" OR ")})`;
  return [...sorted, { name: "others", query, count: rest }];
}
