import { expect } from "vitest";
import { fromBufferPromise } from "yauzl";
import {
  ASSET_FILTERS,
  coveredBy,
  FINDING_FILTERS,
  HOST_FILTERS,
  isReportVisible,
  isVisible,
  type Meaning,
  type Model,
  type ModelAsset,
  type Viewer,
} from "./scope-model.fixture.ts";
import { ask, type Reply } from "./scope-world.fixture.ts";

/** One reader of the world, asked for everything that operation can tell. */
export type Look = {
  model: Model;
  viewer: Viewer;
  /** With the viewer's token. */
  ask: (method: string, path: string, json?: object) => Promise<Reply>;
};

/** Compares what the operation returns with what the model says; or why it shows nothing that a scope bounds. */
export type Read = ((look: Look) => Promise<void>) | string;

export function lookAs(url: string, model: Model, viewer: Viewer): Look {
  return { model, viewer, ask: (method, path, json) => ask(url, viewer.token, method, path, json) };
}

const REPORTS = "/etm/api/rest/v1/reports";
export const query = (parameters: Record<string, string | number>) =>
  `?${new URLSearchParams(Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]))}`;
export const sorted = (ids: Iterable<string | number>) => [...ids].map(String).sort();

export const assetsOf = ({ model, viewer }: Look) => model.assets.filter((asset) => isVisible(model, viewer, asset));
export const findingsOf = ({ model, viewer }: Look) =>
  model.findings.filter(({ asset }) => isVisible(model, viewer, asset));

/** Every page by number; each page's header tells the same total. */
export async function walk(
  look: Look,
  path: string,
  parameters: Record<string, string>,
  rowsOf: (reply: Reply) => unknown[],
) {
  const rows: unknown[] = [];
  for (let pageNumber = 0; ; pageNumber++) {
    const reply = await look.ask("GET", path + query({ ...parameters, pageNumber, pageSize: 7 }));
    expect([reply.status, reply.text]).toEqual([200, reply.text]);
    const page = rowsOf(reply);
    rows.push(...page);
    if (page.length === 0) return { rows, count: reply.count };
  }
}

export function hosts(look: Look, path: string): Promise<void> {
  return ofHosts(look, path, "assets", {
    told: (row) => (row as { assetId: number }).assetId,
    expected: ({ id }) => id,
  });
}

export function detections(look: Look, path: string): Promise<void> {
  return ofHosts(look, path, "vulnerabilities", {
    told: (row) => (row as { uuid: string }).uuid,
    expected: ({ detectionId }) => detectionId!,
  });
}

type SeenAsset = ReturnType<typeof assetsOf>[number];

/** A list of which each host in scope makes one row, under each filter. */
async function ofHosts<Id extends number | string>(
  look: Look,
  path: string,
  member: string,
  ids: { told: (row: unknown) => Id; expected: (asset: SeenAsset) => Id },
): Promise<void> {
  for (const { text, holds } of HOST_FILTERS) {
    const expected = assetsOf(look).filter((asset) => asset.isOt && holds(asset));
    const rowsOf = ({ body }: { body: unknown }) => (body as Record<string, unknown[]>)[member]!;
    const { rows, count } = await walk(look, path, { filter: text }, rowsOf);
    expect(sorted(rows.map(ids.told))).toEqual(sorted(expected.map(ids.expected)));
    expect(count).toBe(expected.length);
  }
}

export async function counts<T>(
  look: Look,
  path: string,
  filters: readonly Meaning<T>[],
  visible: readonly T[],
): Promise<void> {
  for (const { text, holds } of filters) {
    const { body } = await look.ask("GET", path + query({ filter: text }));
    expect(body).toEqual({ count: visible.filter(holds).length });
  }
}

/** What a rule would match, by scope: assets, and findings that are not FIXED. */
export async function previews(look: Look): Promise<void> {
  const preview = async (json: object) => (await look.ask("POST", "/etm/1.0/risk-rule/preview", json)).body;
  const asked = ASSET_FILTERS.filter(({ text }) => text !== "" && !text.includes("riskScore"));
  for (const { text, holds } of asked) {
    const expected = { assets: assetsOf(look).filter(holds).length };
    expect(await preview({ assetQql: text, effect: { kind: "INTERNET_FACING" } })).toMatchObject(expected);
  }
}

/** Each thing by its id: there for who sees it, and not there for others. */
export async function byId(
  look: Look,
  toPath: (id: string) => string,
  all: Iterable<string>,
  visible: Iterable<string>,
) {
  const seen = new Set(visible);
  for (const id of all) {
    const { status } = await look.ask("GET", toPath(id));
    expect([id, status]).toEqual([id, seen.has(id) ? 200 : 404]);
  }
}

export async function stats(look: Look): Promise<void> {
  const { body: groups } = await look.ask("GET", `/etm/1.0/finding/stats${query({ groupBy: "tag", limit: 1000 })}`);
  const expected = [...look.model.tags.values()].flatMap(({ id, name }) => {
    const carrying = findingsOf(look).filter(({ asset }) => asset.tags.has(id));
    if (carrying.length === 0) return [];
    return [{ value: name, findings: carrying.length, assets: new Set(carrying.map(({ asset }) => asset.id)).size }];
  });
  expect(new Set(groups as object[])).toEqual(new Set(expected));
  for (const { text, holds } of FINDING_FILTERS) {
    const path = `/etm/1.0/finding/stats${query({ groupBy: "severity", filter: text })}`;
    const total = ((await look.ask("GET", path)).body as { findings: number }[]).reduce(
      (sum, one) => sum + one.findings,
      0,
    );
    expect(total).toBe(findingsOf(look).filter(holds).length);
  }
}

type Report = { id: string; status: string; recordCount: number; resources: string[] };

/** Makes one, and reads it in every form; whoever looks later finds it in the model. */
export async function report(look: Look): Promise<void> {
  const { model, viewer } = look;
  const [filter, assetFilter] = [FINDING_FILTERS[1]!, ASSET_FILTERS[1]!];
  const name = `report ${model.reports.length}`;
  const json = { reportFormat: "JSON", name, findingsQql: filter.text, assetQql: assetFilter.text };
  const { id } = (await look.ask("POST", `${REPORTS}/findings`, json)).body as Report;
  model.reports.push({ id, scope: viewer.scope && coveredBy(model, viewer.scope) });
  let made: Report;
  do {
    made = (await look.ask("GET", `${REPORTS}/${id}`)).body as Report;
  } while (made.status === "REQUESTED" || made.status === "IN_PROGRESS");
  const expected = findingsOf(look).filter((one) => filter.holds(one) && assetFilter.holds(one.asset));
  expect(made).toMatchObject({ status: "COMPLETED", recordCount: expected.length });
  const parts = await Promise.all(made.resources.map((part) => look.ask("GET", `${REPORTS}/${id}/resources/${part}`)));
  const ids = parts.flatMap(({ body }) => (body as { id: string }[]).map((finding) => finding.id));
  expect(sorted(ids)).toEqual(sorted(expected.map((finding) => finding.id)));
  const zip = await look.ask("GET", `${REPORTS}/${id}/download`);
  expect(sorted(await unzip(zip.bytes))).toEqual(sorted(ids));
}

async function unzip(bytes: Buffer): Promise<string[]> {
  const zip = await fromBufferPromise(bytes);
  const ids: string[] = [];
  for await (const entry of zip.eachEntry()) {
    const chunks = await Array.fromAsync(await zip.openReadStreamPromise(entry));
    ids.push(...JSON.parse(Buffer.concat(chunks as Buffer[]).toString()).map(({ id }: { id: string }) => id));
  }
  return ids;
}

export async function reports(look: Look): Promise<void> {
  const { body, count } = await look.ask("POST", `${REPORTS}/list`, { limit: 1000 });
  const expected = sorted(visibleReports(look));
  expect(sorted((body as Report[]).map(({ id }) => id))).toEqual(expected);
  expect(count).toBe(expected.length);
}

/** Tags as business entities: those of the scope. */
export function visibleTags({ model, viewer }: Look): { id: number; name: string }[] {
  const covered = viewer.scope && coveredBy(model, viewer.scope);
  return [...model.tags.values()].filter(({ id }) => covered === null || covered.has(id));
}

const visibleReports = ({ model, viewer }: Look) =>
  model.reports.filter((one) => isReportVisible(model, viewer, one)).map(({ id }) => id);
export const eachReport = (look: Look, suffix: string) =>
  byId(
    look,
    (id) => `${REPORTS}/${id}${suffix}`,
    look.model.reports.map(({ id }) => id),
    visibleReports(look),
  );

export const assetCount = (look: Look, tagId: number) => assetsOf(look).filter(({ tags }) => tags.has(tagId)).length;

export const visibleImports = ({ model, viewer }: Look) =>
  model.imports.filter(({ createdBy }) => viewer.scope === null || createdBy === viewer.name).map(({ id }) => id);

export const assetIds = (assets: readonly ModelAsset[]) => assets.map(({ id }) => String(id));
