import { expect } from "vitest";
import type { OperationId } from "./isolation-case.fixture.ts";
import {
  assetCount,
  assetIds,
  assetsOf,
  byId,
  counts,
  detections,
  eachReport,
  findingsOf,
  hosts,
  previews,
  query,
  type Read,
  report,
  reports,
  sorted,
  stats,
  visibleImports,
  visibleTags,
  walk,
} from "./scope-looks.fixture.ts";
import { ASSET_FILTERS, coveredBy, FINDING_FILTERS, HOST_FILTERS } from "./scope-model.fixture.ts";

/** Operations that show something of a subscription: by the contract, those that are read, and the submission of reports. */
type ReadingId = Exclude<
  OperationId,
  `${string}.${"create" | "update" | "delete" | "rotate" | "revoke" | "set" | "reset" | "ping" | "assets" | "change" | "accept" | "revoke-acceptance" | "retest" | "split" | "merge"}`
>;

const ACCOUNTS = "accounts and settings, which no scope bounds (docs/decisions/0009)";
const OF_THE_INSTALLATION = "of the installation, not of assets";
const SCHEDULES = "seen by who made them; modules/schedules/schedules.test.ts tries them with scopes";
const SETTINGS_OF_SOURCES = "settings of sources, which tell of no asset";
const PROJECT_FILES = "no project files in this world; modules/projectfiles/project-files.test.ts tries it with scopes";
const OT_UPLOADS = "imports by the OT module's own operations are those of ingest.import.get, seen by the same rule";

/** One for each operation that shows something. A new one does not compile without its own. */
export const READS: Readonly<Record<ReadingId, Read>> = {
  "admin.audit.export": ACCOUNTS,
  "admin.audit.list": ACCOUNTS,
  "admin.audit.verify": ACCOUNTS,
  "admin.client.get": ACCOUNTS,
  "admin.client.list": ACCOUNTS,
  "admin.idp.get": ACCOUNTS,
  "admin.idp.list": ACCOUNTS,
  "admin.key.list": OF_THE_INSTALLATION,
  "admin.limit.list": ACCOUNTS,
  "admin.release-note.list": OF_THE_INSTALLATION,
  "admin.role.get": ACCOUNTS,
  "admin.role.list": ACCOUNTS,
  "admin.subscription.get": ACCOUNTS,
  "admin.subscription.list": ACCOUNTS,
  "admin.tag.get": async (look) => {
    for (const { id, name } of look.model.tags.values()) {
      const { body } = await look.ask("GET", `/admin/1.0/tag/${id}`);
      expect(body).toMatchObject({ name, assetCount: assetCount(look, id) });
    }
  },
  "admin.tag.list": async (look) => {
    const { body, count } = await look.ask("GET", "/admin/1.0/tag/list");
    const shown = (body as { id: number; assetCount: number }[]).map((tag) => [tag.id, tag.assetCount]);
    expect(new Map(shown as [number, number][])).toEqual(
      new Map([...look.model.tags.keys()].map((id) => [id, assetCount(look, id)])),
    );
    expect(count).toBe(look.model.tags.size);
  },
  "admin.unit.get": ACCOUNTS,
  "admin.unit.list": ACCOUNTS,
  "admin.user.get": ACCOUNTS,
  "admin.user.list": ACCOUNTS,
  "admin.version.get": OF_THE_INSTALLATION,
  "admin.version.list": OF_THE_INSTALLATION,
  "admin.webhook.deliveries": ACCOUNTS,
  "admin.webhook.get": ACCOUNTS,
  "admin.webhook.list": ACCOUNTS,
  "auth.jwks.get": OF_THE_INSTALLATION,
  "etm.asset.count": (look) => counts(look, "/etm/1.0/asset/count", ASSET_FILTERS, assetsOf(look)),
  "etm.asset.get": (look) =>
    byId(look, (id) => `/etm/1.0/asset/${id}`, assetIds(look.model.assets), assetIds(assetsOf(look))),
  "etm.asset.list": async (look) => {
    for (const { text, holds } of ASSET_FILTERS) {
      const { rows, count } = await walk(
        look,
        "/etm/1.0/asset/list",
        { filter: text },
        ({ body }) => body as unknown[],
      );
      const expected = assetsOf(look).filter(holds);
      expect(sorted((rows as { id: string }[]).map(({ id }) => id))).toEqual(sorted(assetIds(expected)));
      expect(count).toBe(expected.length);
    }
  },
  "etm.entity.count": async (look) => {
    const { body } = await look.ask("GET", "/etm/1.0/entity/count");
    expect(body).toEqual({ count: visibleTags(look).length });
  },
  "etm.entity.get": (look) =>
    byId(
      look,
      (id) => `/etm/1.0/entity/${id}`,
      [...look.model.tags.keys()].map(String),
      visibleTags(look).map(({ id }) => String(id)),
    ),
  "etm.entity.list": async (look) => {
    const { rows, count } = await walk(look, "/etm/1.0/entity/list", {}, ({ body }) => body as unknown[]);
    const shown = (rows as { id: number; assetCount: number }[]).map((one) => [one.id, one.assetCount]);
    const { model } = look;
    const expected = visibleTags(look).map(({ id }) => {
      const covered = coveredBy(model, [id]);
      return [id, model.assets.filter(({ tags }) => [...tags].some((tag) => covered.has(tag))).length];
    });
    expect(new Map(shown as [number, number][])).toEqual(new Map(expected as [number, number][]));
    expect(count).toBe(expected.length);
  },
  "etm.feed.list": OF_THE_INSTALLATION,
  "etm.finding.count": async (look) => {
    await counts(look, "/etm/1.0/finding/count", FINDING_FILTERS, findingsOf(look));
    for (const { text, holds } of ASSET_FILTERS) {
      const { body } = await look.ask("GET", `/etm/1.0/finding/count${query({ assetFilter: text })}`);
      expect(body).toEqual({ count: findingsOf(look).filter(({ asset }) => holds(asset)).length });
    }
  },
  "etm.finding.get": (look) => {
    const some = look.model.findings.slice(0, 8).map(({ id }) => id);
    return byId(
      look,
      (id) => `/etm/1.0/finding/${id}`,
      some,
      findingsOf(look).map(({ id }) => id),
    );
  },
  "etm.finding.list": async (look) => {
    for (const { text, holds } of FINDING_FILTERS) {
      const { rows, count } = await walk(
        look,
        "/etm/1.0/finding/list",
        { filter: text },
        ({ body }) => body as unknown[],
      );
      const expected = findingsOf(look).filter(holds);
      expect(sorted((rows as { id: string }[]).map(({ id }) => id))).toEqual(sorted(expected.map(({ id }) => id)));
      expect(count).toBe(expected.length);
    }
  },
  "etm.finding.stats": stats,
  "etm.risk-rule.get": ACCOUNTS,
  "etm.risk-rule.list": ACCOUNTS,
  "etm.risk-rule.preview": previews,
  "etm.report-schedule.get": SCHEDULES,
  "etm.report-schedule.list": SCHEDULES,
  "etm.report-schedule.run": SCHEDULES,
  "etm.score-settings.get": ACCOUNTS,
  "etm.report.download": (look) => eachReport(look, "/download"),
  "etm.report.get": (look) => eachReport(look, ""),
  "etm.report.list": reports,
  "etm.report.part": (look) => eachReport(look, "/resources/part_1.json"),
  "etm.report.submit": report,
  "etm.trend.get": async (look) => {
    const visible = visibleTags(look);
    for (const { id, name } of look.model.tags.values()) {
      const { status } = await look.ask("GET", `/etm/1.0/trend${query({ tag: name })}`);
      expect([id, status]).toEqual([id, visible.some((tag) => tag.id === id) ? 200 : 404]);
    }
    const covering = visible.some(({ id }) => visible.every((tag) => coveredBy(look.model, [id]).has(tag.id)));
    const { status } = await look.ask("GET", "/etm/1.0/trend");
    expect(status).toBe(look.viewer.scope === null || covering ? 200 : 400);
  },
  "ingest.connection-folder.get": SETTINGS_OF_SOURCES,
  "ingest.connection-folder.poll": SETTINGS_OF_SOURCES,
  "ingest.connection.get": SETTINGS_OF_SOURCES,
  "ingest.connection.list": SETTINGS_OF_SOURCES,
  "ingest.import.get": (look) =>
    byId(
      look,
      (id) => `/ingest/1.0/import/${id}`,
      look.model.imports.map(({ id }) => id),
      visibleImports(look),
    ),
  "ingest.import.list": async (look) => {
    const { body, count } = await look.ask("GET", "/ingest/1.0/import/list");
    expect(sorted((body as { id: string }[]).map(({ id }) => id))).toEqual(sorted(visibleImports(look)));
    expect(count).toBe(visibleImports(look).length);
  },
  "notifications.feed.file": OF_THE_INSTALLATION,
  "notifications.feed.get": OF_THE_INSTALLATION,
  "ot.advisory.list": async (look) => {
    const { body } = await look.ask("GET", "/ot/1.0/advisory/list");
    expect(body).toMatchObject([{ id: "EX-1", detectionCount: assetsOf(look).filter(({ isOt }) => isOt).length }]);
  },
  "ot.detection.count": (look) =>
    counts(
      look,
      "/ot/1.0/detection/count",
      HOST_FILTERS,
      assetsOf(look).filter(({ isOt }) => isOt),
    ),
  "ot.detection.get": (look) =>
    byId(
      look,
      (id) => `/ot/1.0/detection/${id}`,
      look.model.assets.flatMap(({ detectionId }) => detectionId ?? []),
      assetsOf(look).flatMap(({ detectionId }) => detectionId ?? []),
    ),
  "ot.detection.list": async (look) => {
    await detections(look, "/ot/v1/detection/list");
    await detections(look, "/ot/1.0/detection/list");
  },
  "ot.event.list": "no captures and no events in this world; modules/ot/events.test.ts tries it with scopes",
  "ot.host.count": (look) =>
    counts(
      look,
      "/ot/1.0/host/count",
      HOST_FILTERS,
      assetsOf(look).filter(({ isOt }) => isOt),
    ),
  "ot.host.get": (look) =>
    byId(
      look,
      (id) => `/ot/1.0/host/${id}`,
      assetIds(look.model.assets),
      assetIds(assetsOf(look).filter(({ isOt }) => isOt)),
    ),
  "ot.host.list": async (look) => {
    await hosts(look, "/ot/v1/host/list");
    await hosts(look, "/ot/1.0/host/list");
  },
  "ot.capture.import": OT_UPLOADS,
  "ot.import.get": OT_UPLOADS,
  "ot.network.list": "no captures and no conversations in this world; modules/ot/network.test.ts tries it with scopes",
  "ot.projectfile.count": PROJECT_FILES,
  "ot.projectfile.get": PROJECT_FILES,
  "ot.projectfile.import": OT_UPLOADS,
  "ot.projectfile.list": PROJECT_FILES,
  "platforms.list": OF_THE_INSTALLATION,
};
