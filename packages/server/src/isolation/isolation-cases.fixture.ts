import { tenantScan } from "@breakwater/testkit/tenant";
import { type Case, list, type OperationId, own, PUBLIC, refused } from "./isolation-case.fixture.ts";
import { ADMIN_CASES } from "./isolation-cases-admin.fixture.ts";
import { ETM_CASES } from "./isolation-cases-etm.fixture.ts";

/**
 * One case for each operation. A new operation does not compile without one; where ids or names of a subscription go in,
 * those of the other are tried in each place.
 */
export const CASES: Readonly<Record<OperationId, Case>> = {
  ...ADMIN_CASES,
  ...ETM_CASES,
  "auth.jwks.get": { nothingToCross: PUBLIC },
  "auth.oauth.create": {
    try: ({ ids }, { clientSecret }) => [{ headers: { clientId: ids.client, clientSecret }, brings: "denied" }],
  },
  "auth.oidc.create": {
    try: ({ ids }, { clientSecret }) => [{ headers: { clientId: ids.client, clientSecret }, brings: "denied" }],
  },
  "auth.password.change": {
    try: ({ names }) => [
      {
        form: { username: names.reader, password: "not-the-password", newPassword: "a-long-password-2" },
        brings: "denied",
      },
    ],
  },
  "auth.token.create": {
    try: ({ names }) => [{ form: { username: names.reader, password: "not-the-password" }, brings: "denied" }],
  },
  "ingest.connection.create": own({ json: { name: "UNIQUE" } }),
  "ingest.connection.delete": {
    try: ({ ids, names }) => [
      { params: { connectionId: ids.connection } },
      { params: { connectionId: ids.connection }, query: { confirm: names.connection } },
    ],
  },
  "ingest.connection-folder.delete": refused(({ ids }) => ({ params: { connectionId: ids.connection } })),
  // None has a folder: module tests have, modules/ingest/watched-folders.test.ts.
  "ingest.connection-folder.get": {
    try: ({ ids }) => [{ params: { connectionId: ids.connection }, brings: 404 }],
  },
  "ingest.connection-folder.poll": refused(({ ids }) => ({ params: { connectionId: ids.connection } })),
  "ingest.connection-folder.set": refused(({ ids }) => ({
    params: { connectionId: ids.connection },
    json: { folder: "theirs" },
  })),
  "ingest.connection.get": refused(({ ids }) => ({ params: { connectionId: ids.connection } })),
  "ingest.connection.list": own(),
  "ingest.connection.update": refused(({ ids }) => ({
    params: { connectionId: ids.connection },
    json: { retainMissing: true },
  })),
  // The connection's name, addresses and checks are those of the other, too.
  "ingest.import.create": {
    try: ({ names }, mine) => [
      { query: { connection: names.connection }, file: tenantScan(mine.marker), brings: "own" },
    ],
  },
  "ingest.import.get": {
    try: ({ ids }) => [{ params: { id: ids.import } }, { params: { id: ids.capture } }],
  },
  "ingest.import.list": own({ query: { pageSize: "1000" } }),
  "notifications.feed.file": { nothingToCross: PUBLIC },
  "notifications.feed.get": { nothingToCross: PUBLIC },
  "ot.advisory.list": list(({ marker }) => [{ search: marker }]),
  "ot.capture.import": own({ query: { connection: "Plant scanner" }, file: "nothing that anybody reads" }),
  "ot.detection.count": list(({ ids }) => [{ filter: `asset.assetId:${ids.host}` }]),
  "ot.detection.get": refused(({ ids }) => ({ params: { detectionId: ids.detection } })),
  "ot.detection.list": list(({ ids, names, marker }) => [
    { filter: `asset.assetId:${ids.host}` },
    { filter: `asset.tags.name:\`${names.tag}\`` },
    { filter: `vulnerabilities.title:${marker}` },
    { pageSize: "100" },
  ]),
  "ot.event.list": list(() => [{ address: "192.168.20.10" }, { kind: "STOP" }]),
  "ot.host.count": list(({ ids }) => [{ filter: `asset.assetId:${ids.host}` }]),
  "ot.host.get": refused(({ ids }) => ({ params: { hostId: ids.host } })),
  "ot.host.list": list(({ ids, names }) => [
    { filter: `asset.assetId:${ids.host}` },
    { filter: `asset.tags.name:\`${names.tag}\`` },
    { pageSize: "100" },
  ]),
  // Both were sent to the general import, which shows them itself.
  "ot.import.get": {
    try: ({ ids }) => [ids.import, ids.capture].map((id) => ({ params: { id }, brings: 404 })),
  },
  "ot.network.list": list(() => [{ address: "192.168.20.10" }, { protocol: "s7comm" }]),
  // Neither has any: modules/projectfiles/project-files.test.ts crosses subscriptions that do.
  "ot.projectfile.count": list(({ marker }) => [{ filter: `name:${marker}*` }]),
  "ot.projectfile.get": { try: ({ ids }) => [{ params: { projectFileId: ids.capture }, brings: 404 }] },
  "ot.projectfile.import": own({ query: { connection: "Plant scanner" }, file: "nothing that anybody reads" }),
  "ot.projectfile.list": {
    try: ({ marker }) => [{ brings: 404 }, { query: { filter: `name:${marker}*` }, brings: 404 }],
  },
  "platforms.list": { nothingToCross: PUBLIC },
};
