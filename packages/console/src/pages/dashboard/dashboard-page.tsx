import { Grid, Stack, Text } from "@mantine/core";
import { Page } from "../../parts/page.tsx";
import { useHolds } from "../../session/use-session.ts";
import { FeedAges } from "./feed-ages.tsx";
import { NewestExploited } from "./newest-exploited.tsx";
import { OtDetections } from "./ot-detections.tsx";
import { OtHosts } from "./ot-hosts.tsx";
import { RiskiestAssets } from "./riskiest-assets.tsx";
import { Start } from "./start.tsx";
import { Totals, useTotals } from "./totals.tsx";
import { Trend } from "./trend.tsx";

/** Where one stands, on one page: each panel leads on to the list it is made from. */
export function DashboardPage() {
  const seesFindings = useHolds("ETM UI Access", "ETM API Access");
  const seesHosts = useHolds("OT UI Access", "VMDR OT.API.ACCESS");
  const seesDetections = useHolds("OT Vulnerabilities Access");
  const totals = useTotals(seesFindings);
  if (totals.data?.assets === 0) {
    return (
      <Page title="Overview">
        <Start />
        <FeedAges />
      </Page>
    );
  }
  if (!seesFindings && !seesHosts) {
    return (
      <Page title="Overview">
        <Text size="sm">Your role shows neither findings nor hosts. What it does show stands in the navigation.</Text>
      </Page>
    );
  }
  return (
    <Page title="Overview">
      {seesFindings && <Totals />}
      <Grid gap="sm">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Stack gap="sm">
            {seesFindings && <Trend />}
            {seesFindings && <NewestExploited />}
            {seesHosts && <OtHosts />}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Stack gap="sm">
            {seesFindings && <RiskiestAssets />}
            {seesHosts && seesDetections && <OtDetections />}
            {seesFindings && <FeedAges />}
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  );
}
