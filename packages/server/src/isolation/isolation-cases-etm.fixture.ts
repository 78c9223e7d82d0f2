import type { Tenant } from "@breakwater/testkit/tenant";
import {
  type Attempt,
  type Case,
  INSTALLATION,
  list,
  type OperationId,
  own,
  refused,
} from "./isolation-case.fixture.ts";

const FINDINGS = (theirs: Tenant) => `finding.title:${theirs.marker}*`;
const ASSETS = (theirs: Tenant) => `asset.name:${theirs.marker}* or asset.tag.name:\`${theirs.names.tag}\``;

/** Of the operations on findings and assets. */
export const ETM_CASES = {
  "etm.asset.count": list((theirs) => [{ filter: ASSETS(theirs) }]),
  "etm.asset.get": {
    try: ({ ids }) => [{ params: { assetId: ids.asset } }, { params: { assetId: ids.host } }],
  },
  "etm.asset.merge": refused(({ ids }) => ({ params: { assetId: ids.asset }, json: { assetId: ids.host } })),
  "etm.asset.list": list((theirs) => [{ filter: ASSETS(theirs) }, { sort: '[{"asset.name":"asc"}]', pageSize: "1" }]),
  "etm.entity.count": list(({ names }) => [{ filter: `entity.name:\`${names.tag}\`` }]),
  "etm.entity.get": {
    try: ({ ids }) => [{ params: { entityId: ids.tag } }, { params: { entityId: ids.child } }],
  },
  "etm.entity.list": list(({ names }) => [
    { filter: `entity.name:\`${names.tag}\`` },
    { sort: '[{"entity.riskScore":"desc"}]', pageSize: "1" },
  ]),
  "etm.asset.split": refused(({ ids }) => ({ params: { assetId: ids.asset }, json: { connections: ["Nessus"] } })),
  "etm.feed.list": { nothingToCross: INSTALLATION },
  "etm.finding.accept": refused(({ ids }) => ({ params: { findingId: ids.finding }, json: { reason: "taken over" } })),
  "etm.finding.count": list((theirs) => [{ filter: FINDINGS(theirs) }, { assetFilter: ASSETS(theirs) }]),
  "etm.finding.get": refused(({ ids }) => ({ params: { findingId: ids.finding } })),
  "etm.finding.list": list((theirs) => [{ filter: FINDINGS(theirs) }, { assetFilter: ASSETS(theirs) }]),
  "etm.finding.retest": refused(({ ids }) => ({ params: { findingId: ids.finding } })),
  "etm.finding.revoke-acceptance": refused(({ ids }) => ({ params: { findingId: ids.finding } })),
  "etm.finding.stats": {
    try: (theirs) =>
      ["product", "check", "asset", "tag", "connection"].flatMap((groupBy): Attempt[] => [
        { query: { groupBy }, brings: "own" },
        { query: { groupBy, assetFilter: ASSETS(theirs) }, brings: "own" },
      ]),
  },
  "etm.report.delete": refused(({ ids }) => ({ params: { id: ids.report } })),
  "etm.report.download": {
    try: ({ ids }) => [
      { params: { id: ids.report } },
      { params: { id: ids.report }, headers: { Range: "bytes=0-9" } },
      { params: { id: ids.report }, headers: { "If-None-Match": "*" } },
    ],
  },
  "etm.report.get": refused(({ ids }) => ({ params: { id: ids.report } })),
  "etm.report.list": own({ json: { limit: 1000 } }),
  "etm.report.part": refused(({ ids, names }) => ({ params: { id: ids.report, name: names.part } })),
  "etm.report.submit": {
    try: (theirs) => [
      { json: { reportFormat: "JSON", assetQql: ASSETS(theirs), findingsQql: FINDINGS(theirs) }, brings: "own" },
    ],
  },
  "etm.risk-rule.create": own({
    json: { name: "UNIQUE", reason: "r", assetQql: "asset.name:none", effect: { kind: "POINTS", value: 1 } },
  }),
  "etm.risk-rule.delete": refused(({ ids }) => ({ params: { ruleId: ids.rule } })),
  "etm.risk-rule.get": refused(({ ids }) => ({ params: { ruleId: ids.rule } })),
  "etm.risk-rule.list": own(),
  "etm.risk-rule.preview": {
    try: (theirs) => [
      { json: { findingsQql: FINDINGS(theirs), effect: { kind: "POINTS", value: 1 } }, brings: "own" },
      { json: { assetQql: ASSETS(theirs), effect: { kind: "INTERNET_FACING" } }, brings: "own" },
    ],
  },
  "etm.risk-rule.update": refused(({ ids }) => ({ params: { ruleId: ids.rule }, json: { priority: 1 } })),
  "etm.report-schedule.create": own({
    json: { name: "UNIQUE", reportFormat: "JSON", rhythm: { every: "MINUTES", minutes: 1440 }, isEnabled: false },
  }),
  "etm.report-schedule.delete": refused(({ ids }) => ({ params: { scheduleId: ids.schedule } })),
  "etm.report-schedule.get": refused(({ ids }) => ({ params: { scheduleId: ids.schedule } })),
  "etm.report-schedule.list": own(),
  "etm.report-schedule.run": refused(({ ids }) => ({ params: { scheduleId: ids.schedule } })),
  "etm.report-schedule.update": refused(({ ids }) => ({
    params: { scheduleId: ids.schedule },
    json: { name: "taken over" },
  })),
  "etm.score-settings.get": own(),
  "etm.score-settings.update": own({ json: { weights: { low: 0.1 } } }),
  "etm.trend.get": {
    try: ({ names }) => [{ brings: "own" }, { query: { tag: names.tag }, brings: 404 }],
  },
} satisfies Partial<Record<OperationId, Case>>;
