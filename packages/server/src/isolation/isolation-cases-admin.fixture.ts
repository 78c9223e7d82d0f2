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

/** Refused to the operator too, as long as there is that subscription. */
const logOf = ({ subscriptionId }: Tenant): Attempt => ({ query: { subscriptionId: String(subscriptionId) } });

/** Of the operations on users, tags, subscriptions and the installation. */
export const ADMIN_CASES = {
  // The operator's log names the subscriptions that it made.
  "admin.audit.export": {
    ...list(({ marker, manager }) => [{ actor: manager.username }, { target: marker, format: "csv" }], logOf),
    isOperators: true,
  },
  "admin.audit.list": {
    ...list(({ manager, names }) => [{ actor: manager.username }, { target: names.tag }], logOf),
    isOperators: true,
  },
  "admin.audit.verify": refused(logOf),
  "admin.client.create": {
    try: ({ names, marker }) => [
      { json: { name: "intruder", kind: "user", modules: ["ETM"], user: names.reader } },
      { json: { name: "intruder", kind: "subscription", modules: ["ETM"], scopeTags: [`${marker} tag`] } },
    ],
  },
  "admin.client.delete": refused(({ ids }) => ({ params: { clientId: ids.client } })),
  "admin.client.get": refused(({ ids }) => ({ params: { clientId: ids.client } })),
  "admin.client.list": own(),
  "admin.client.revoke": refused(({ ids }) => ({ params: { clientId: ids.client } })),
  "admin.client.rotate": refused(({ ids }) => ({ params: { clientId: ids.client }, json: { overlapSec: 60 } })),
  "admin.client.update": refused(({ ids }) => ({ params: { clientId: ids.client }, json: { name: "taken over" } })),
  "admin.idp.create": {
    // An issuer and audience lead to one subscription only, so the second one to name them is told that they are taken.
    try: ({ marker }) => [
      {
        json: {
          name: "intruder",
          issuer: `https://${marker}.example`,
          audience: `${marker} audience`,
          jwksUrl: "https://elsewhere.example/keys",
        },
        brings: 409,
        isForManagers: true,
      },
    ],
  },
  "admin.idp.delete": refused(({ ids }) => ({ params: { idpId: ids.idp } })),
  "admin.idp.get": refused(({ ids }) => ({ params: { idpId: ids.idp } })),
  "admin.idp.list": own(),
  "admin.idp.update": refused(({ ids }) => ({
    params: { idpId: ids.idp },
    json: { name: "taken over" },
    isForManagers: true,
  })),
  "admin.key.list": { nothingToCross: INSTALLATION },
  "admin.key.rotate": { nothingToCross: INSTALLATION },
  "admin.limit-exception.delete": {
    isOperators: true,
    try: ({ subscriptionId, names }) => [
      { query: { subscriptionId: String(subscriptionId), api: names.limitedApi } },
      { query: { api: names.limitedApi } },
    ],
  },
  "admin.limit.list": {
    isOperators: true,
    try: ({ subscriptionId }) => [{ brings: "own" }, { query: { subscriptionId: String(subscriptionId) } }],
  },
  "admin.limit.set": {
    isOperators: true,
    try: ({ subscriptionId }) => [{ json: { subscriptionId, level: "Express" } }],
  },
  "admin.release-note.create": { nothingToCross: INSTALLATION },
  "admin.release-note.delete": { nothingToCross: INSTALLATION },
  "admin.release-note.list": own(),
  "admin.role.create": own({ json: { name: "UNIQUE", permissions: [] } }),
  "admin.role.delete": refused(({ ids }) => ({ params: { roleId: ids.role } })),
  "admin.role.get": refused(({ ids }) => ({ params: { roleId: ids.role } })),
  "admin.role.list": own(),
  "admin.role.update": refused(({ ids }) => ({ params: { roleId: ids.role }, json: { permissions: [] } })),
  "admin.subscription.create": {
    // User names are unique in the installation: whoever creates one is told that it is taken, and nothing more.
    isOperators: true,
    try: ({ manager, marker }) => [
      { json: { name: `${marker} twin`, managerUsername: manager.username, managerPassword: manager.password } },
    ],
  },
  "admin.subscription.delete": {
    isOperators: true,
    try: ({ subscriptionId, marker }) => [
      { params: { subscriptionId: String(subscriptionId) }, query: { confirm: `${marker} company` } },
    ],
  },
  "admin.subscription.get": {
    isOperators: true,
    try: ({ subscriptionId }) => [{ params: { subscriptionId: String(subscriptionId) } }],
  },
  "admin.subscription.list": { ...own(), isOperators: true },
  "admin.subscription.update": {
    isOperators: true,
    try: ({ subscriptionId }) => [
      { params: { subscriptionId: String(subscriptionId) }, json: { lockoutThreshold: 1 } },
      { params: { subscriptionId: String(subscriptionId) }, json: { name: "taken over" } },
    ],
  },
  "admin.tag.assets": {
    try: ({ ids }, mine) => [
      { params: { tagId: ids.child }, json: { add: [] } },
      { params: { tagId: mine.ids.child }, json: { add: [Number(ids.asset)] }, brings: 400 },
      { params: { tagId: mine.ids.child }, json: { add: [Number(ids.host)] }, brings: 400 },
    ],
  },
  "admin.tag.create": {
    try: ({ names, ids }) => [
      { json: { name: "below", parent: names.tag } },
      { json: { name: "on", assetIds: [Number(ids.asset)] } },
      { json: { name: "UNIQUE", rule: "asset.interface.address:10.0.0.0/8" }, brings: "own" },
    ],
  },
  "admin.tag.delete": refused(({ ids }) => ({ params: { tagId: ids.tag } })),
  "admin.tag.get": refused(({ ids }) => ({ params: { tagId: ids.tag } })),
  "admin.tag.list": own(),
  "admin.tag.update": {
    try: ({ ids, names }, mine) => [
      { params: { tagId: ids.tag }, json: { name: "taken over" } },
      { params: { tagId: mine.ids.child }, json: { parent: names.tag }, brings: 400 },
    ],
  },
  "admin.unit.create": refused(({ names }) => ({ json: { name: "intruder", scopeTags: [names.tag] } })),
  "admin.unit.delete": refused(({ ids }) => ({ params: { unitId: ids.unit } })),
  "admin.unit.get": refused(({ ids }) => ({ params: { unitId: ids.unit } })),
  "admin.unit.list": own(),
  "admin.unit.update": refused(({ ids }) => ({ params: { unitId: ids.unit }, json: { scopeTags: [] } })),
  "admin.user.create": {
    try: ({ names }) => [
      { json: { username: "intruder", password: "a-long-password-1", role: names.role } },
      { json: { username: "intruder", password: "a-long-password-1", role: "Reader", scopeTags: [names.tag] } },
      { json: { username: "intruder", password: "a-long-password-1", role: "Reader", businessUnit: names.unit } },
      // User names are unique in the installation (platform.md 2.1: a log-in names no subscription).
      { json: { username: names.reader, password: "a-long-password-1", role: "Reader" }, brings: 409 },
    ],
  },
  "admin.user.delete": refused(({ ids }) => ({ params: { userId: ids.user } })),
  "admin.user.get": refused(({ ids }) => ({ params: { userId: ids.user } })),
  "admin.user.list": own(),
  "admin.user.update": {
    try: ({ ids, names }, mine) => [
      { params: { userId: ids.user }, json: { status: "INACTIVE" } },
      { params: { userId: ids.user }, json: { password: "a-long-password-1" } },
      { params: { userId: mine.ids.user }, json: { role: names.role }, brings: 400 },
      { params: { userId: mine.ids.user }, json: { scopeTags: [names.tag] }, brings: 400 },
      { params: { userId: mine.ids.user }, json: { businessUnit: names.unit }, brings: 400 },
    ],
  },
  "admin.version.get": { nothingToCross: INSTALLATION },
  "admin.version.list": { nothingToCross: INSTALLATION },
  "admin.version.reset": { nothingToCross: INSTALLATION },
  "admin.version.set": { nothingToCross: INSTALLATION },
  "admin.webhook.create": own({ json: { url: "https://own.invalid/hook" } }),
  "admin.webhook.delete": refused(({ ids }) => ({ params: { webhookId: ids.webhook } })),
  "admin.webhook.deliveries": refused(({ ids }) => ({ params: { webhookId: ids.webhook } })),
  "admin.webhook.get": refused(({ ids }) => ({ params: { webhookId: ids.webhook } })),
  "admin.webhook.list": own(),
  "admin.webhook.ping": refused(({ ids }) => ({ params: { webhookId: ids.webhook } })),
  "admin.webhook.rotate": refused(({ ids }) => ({ params: { webhookId: ids.webhook } })),
  "admin.webhook.update": refused(({ ids }) => ({ params: { webhookId: ids.webhook }, json: { isEnabled: false } })),
} satisfies Partial<Record<OperationId, Case>>;
