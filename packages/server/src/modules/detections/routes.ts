import { otAdvisoryList, otDetectionCount, otDetectionGet, otDetectionList, toOtPage } from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import type { Clock } from "../../context.ts";
import { countDetections, getDetection, listAdvisories, listDetections } from "./service.ts";

export function detectionRoutes(clock: Clock): readonly Binding[] {
  return [
    bind(otDetectionList, async ({ db, query }) => {
      return await listDetections(db, query, toOtPage(query), clock());
    }),
    bind(otDetectionCount, async ({ db, query }) => {
      const count = await countDetections(db, query, clock());
      return { value: { count }, count };
    }),
    bind(otDetectionGet, async ({ db, params }) => ({ json: await getDetection(db, params.detectionId) })),
    bind(otAdvisoryList, async ({ db, query }) => {
      const { advisories, count } = await listAdvisories(db, query, toOtPage(query), clock());
      return { value: advisories, count };
    }),
  ];
}
