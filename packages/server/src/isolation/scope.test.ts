import { OPERATIONS, type Operation } from "@breakwater/contract";
import { startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WORLD_NOW_MS } from "../modules/findings-read/world.fixture.ts";
import { lookAs } from "./scope-looks.fixture.ts";
import { anyStory, type Model, type Viewer } from "./scope-model.fixture.ts";
import { READS } from "./scope-reads.fixture.ts";
import { startScopeWorld } from "./scope-world.fixture.ts";

let nowMs = WORLD_NOW_MS;
let installation: TestInstallation;
beforeAll(async () => {
  installation = await startInstallation({ clock: () => nowMs });
});
afterAll(() => installation.close());

const reads = OPERATIONS.filter(({ id, method }) => method === "GET" || id in READS);

test("each operation that shows something is compared with the scope, or excused", () => {
  expect(Object.keys(READS).sort()).toEqual(reads.map(({ id }) => id).sort());
  // What reads without GET is named here, so that a new one is thought of.
  const others = OPERATIONS.filter(({ method, responses }) => method === "POST" && 200 in responses);
  expect(others.map(({ id }) => id)).toEqual([
    "admin.client.revoke",
    "admin.client.rotate",
    "admin.tag.assets",
    "admin.version.reset",
    "admin.webhook.rotate",
    "auth.oauth.create",
    "auth.oidc.create",
    "etm.finding.accept",
    "etm.report.list",
    "etm.risk-rule.preview",
  ]);
});

test("whoever reads, whatever was changed a second ago: each operation shows exactly what the scope has", async () => {
  await fc.assert(
    fc.asyncProperty(anyStory, async (story) => {
      const { model, viewers, perform } = await startScopeWorld(installation, story, () => {
        nowMs += 1_000;
      });
      await compareAll(model, viewers);
      for (const act of story.acts) {
        await perform(act);
        await compareAll(model, viewers);
      }
    }),
    // Shrinking takes minutes; the seed is told.
    { numRuns: 8, endOnFailure: true },
  );
}, 300_000);

async function compareAll(model: Model, viewers: readonly Viewer[]): Promise<void> {
  for (const viewer of viewers) {
    const look = lookAs(installation.url, model, viewer);
    for (const operation of reads) {
      const read = READS[operation.id as keyof typeof READS];
      if (typeof read === "function" && mayCall(viewer, operation)) await read(look);
    }
  }
}

function mayCall({ permissions }: Viewer, { access }: Operation): boolean {
  return access === "public" || permissions.has(access.permission);
}
