import { writeCsaf } from "@breakwater/simulator/advisories/index";

/** Where a tenant is put: a running installation, and the token of a Manager of its operator. */
export type Ground = { url: string; operatorToken: string };

/** A subscription that has some of everything; nearly every text in it holds its marker. */
export type Tenant = {
  marker: string;
  subscriptionId: number;
  manager: { username: string; password: string };
  /** Of its Manager; of a user of `names.role` and the scope `names.tag`; of a subscription's client with every module. */
  tokens: { manager: string; reader: string; client: string };
  /** As paths name them. */
  ids: Readonly<Record<TenantObject, string>>;
  names: {
    role: string;
    unit: string;
    tag: string;
    reader: string;
    client: string;
    connection: string;
    part: string;
    /** Name of the one API with an exception from the limits. */
    limitedApi: string;
  };
  clientSecret: string;
};

export type TenantObject =
  | "user"
  | "role"
  | "unit"
  | "tag"
  | "child"
  | "client"
  | "idp"
  | "webhook"
  | "connection"
  | "import"
  | "capture"
  | "report"
  | "schedule"
  | "asset"
  | "host"
  | "detection"
  | "rule"
  | "finding";

export const TENANT_PASSWORD = "a-long-pass-phrase-1";

/** Every tenant has a connection of this name, and hosts at these addresses: what is alike must be kept apart. */
const CONNECTION = "Plant scanner";
const REPORTS = "/etm/api/rest/v1/reports";
const LIMITED_API = "GET /ot/v1/host/list";

type Json = Record<string, unknown>;

/** Letters only in the marker: it stands in user names, host names and URLs. The capture is of a plant, for OT hosts. */
export type Planting = { marker: string; capture: Uint8Array };

/** Makes a subscription through the API and fills it. */
export async function plantTenant(ground: Ground, planting: Planting): Promise<Tenant> {
  const manager = { username: `${planting.marker}_manager`, password: TENANT_PASSWORD };
  const { id } = await apiOf(ground.url, ground.operatorToken)("POST", "/admin/1.0/subscription/create", {
    name: `${planting.marker} company`,
    managerUsername: manager.username,
    managerPassword: manager.password,
  });
  return fillSubscription(ground, Number(id), manager, planting);
}

/** Some of everything for a subscription that has only its Manager, and limits that it does not reach. */
export async function fillSubscription(
  ground: Ground,
  subscriptionId: number,
  manager: Tenant["manager"],
  { marker, capture }: Planting,
): Promise<Tenant> {
  const operator = apiOf(ground.url, ground.operatorToken);
  const wide = { rate: { calls: 10_000_000, windowSec: 3600 }, concurrency: 1000 };
  await operator("PUT", "/admin/1.0/limit/set", { subscriptionId, ...wide });
  await operator("PUT", "/admin/1.0/limit/set", { subscriptionId, api: LIMITED_API, concurrency: 999 });
  const managerToken = await logIn(ground.url, manager);
  const api = apiOf(ground.url, managerToken);
  const people = await plantPeople(api, ground.url, marker);
  const data = await plantData(api, marker, capture);
  return {
    marker,
    subscriptionId,
    manager,
    tokens: { manager: managerToken, ...people.tokens },
    ids: { ...people.ids, ...data.ids },
    names: { ...people.names, ...data.names, limitedApi: LIMITED_API },
    clientSecret: people.clientSecret,
  };
}

/** Who is in it, and who sees what. */
async function plantPeople(api: Api, url: string, marker: string) {
  const names = {
    tag: `${marker} tag`,
    role: `${marker} role`,
    unit: `${marker} unit`,
    reader: `${marker}_reader`,
    client: `${marker} client`,
  };
  const description = `made for ${marker}`;
  const rule = `asset.name:${marker}*`;
  const tag = await api("POST", "/admin/1.0/tag/create", { name: names.tag, rule, criticality: 4 });
  const child = await api("POST", "/admin/1.0/tag/create", { name: `${marker} child`, parent: names.tag });
  const permissions = ["ETM API Access", "VMDR OT.API.ACCESS", "Import Findings Access"];
  const role = { name: names.role, description, hasApiAccess: true, permissions };
  const { id: roleId } = await api("POST", "/admin/1.0/role/create", role);
  const unit = { name: names.unit, description, scopeTags: [names.tag] };
  const { id: unitId } = await api("POST", "/admin/1.0/unit/create", unit);
  const login = { username: names.reader, password: TENANT_PASSWORD };
  const user = await api("POST", "/admin/1.0/user/create", {
    ...login,
    role: names.role,
    email: `reader@${marker}.example`,
    fullName: `${marker} Reader`,
    businessUnit: names.unit,
    scopeTags: [names.tag],
  });
  const partners = await plantPartners(api, url, marker, names);
  return {
    ids: {
      ...partners.ids,
      tag: String(tag.id),
      child: String(child.id),
      role: String(roleId),
      unit: String(unitId),
      user: String(user.id),
    },
    names,
    clientSecret: partners.clientSecret,
    tokens: { reader: await logIn(url, login), client: partners.token },
  };
}

/** The programs that call it, whom it trusts and what it tells. */
async function plantPartners(api: Api, url: string, marker: string, names: { client: string; reader: string }) {
  const modules = ["ETM", "OT", "INGEST", "ADMIN"];
  const client = await api("POST", "/admin/1.0/client/create", { name: names.client, kind: "subscription", modules });
  const ofUser = { name: `${marker} user client`, kind: "user", user: names.reader, modules: ["ETM"] };
  await api("POST", "/admin/1.0/client/create", ofUser);
  const idp = await api("POST", "/admin/1.0/idp/create", {
    name: `${marker} provider`,
    issuer: `https://${marker}.example`,
    audience: `${marker} audience`,
    jwksUrl: `https://${marker}.example/keys`,
  });
  const webhook = await api("POST", "/admin/1.0/webhook/create", {
    url: `https://${marker}.invalid/hook`,
    description: `told to ${marker}`,
  });
  // Nothing is to be sent by a test.
  await api("PUT", `/admin/1.0/webhook/${webhook.id}`, { isEnabled: false });
  const clientId = String(client.clientId);
  const clientSecret = String(client.clientSecret);
  return {
    ids: { client: clientId, idp: String(idp.id), webhook: String(webhook.id) },
    clientSecret,
    token: await logInClient(url, { clientId, clientSecret }),
  };
}

/** What it knows of its assets, and what it made of that. */
async function plantData(api: Api, marker: string, capture: Uint8Array) {
  const toPath = (fileName: string) =>
    `/ingest/1.0/import?${new URLSearchParams({ connection: CONNECTION, fileName })}`;
  const scan = await follow(
    api,
    "/ingest/1.0/import",
    await api("POST", toPath(`${marker}.nessus`), tenantScan(marker)),
  );
  const hosts = await follow(api, "/ingest/1.0/import", await api("POST", toPath(`${marker}.pcap`), capture));
  const advisory = writeCsaf({
    id: `EX-${marker}`,
    title: `${marker} advisory`,
    products: [{ vendor: "Rockwell Automation", name: "1756-ENBT", versions: "vers:all/*" }],
    vulnerabilities: [{ cve: "CVE-2025-0042", affected: [1] }],
  });
  await follow(api, "/ingest/1.0/import", await api("POST", toPath(`${marker}.json`), Buffer.from(advisory)));
  const report = await follow(
    api,
    REPORTS,
    await api("POST", `${REPORTS}/findings`, {
      reportFormat: "JSON",
      name: `${marker} report`,
      description: `made for ${marker}`,
      assetQql: `asset.name:${marker}*`,
    }),
  );
  const rule = await api("POST", "/etm/1.0/risk-rule/create", {
    name: `${marker} rule`,
    reason: `as ${marker} has it`,
    assetQql: `asset.name:${marker}*`,
    effect: { kind: "FACTOR", value: 0.9 },
  });
  const schedule = await api("POST", "/etm/1.0/report-schedule/create", {
    name: `${marker} schedule`,
    reportFormat: "JSON",
    assetQql: `asset.name:${marker}*`,
    rhythm: { every: "MONTH", dayOfMonth: 31, at: "03:00", timeZone: "UTC" },
    // Nothing is to happen while tests look.
    isEnabled: false,
  });
  const first = async (path: string, id: string) => String((await api<Json[]>("GET", path))[0]?.[id]);
  const listed = await api<{ assets?: Json[] } | Json[]>("GET", "/ot/1.0/host/list");
  const [host] = Array.isArray(listed) ? listed : (listed.assets ?? []);
  const connections = await api<Json[]>("GET", "/ingest/1.0/connection/list");
  const { vulnerabilities } = await api<{ vulnerabilities: Json[] }>("GET", "/ot/1.0/detection/list");
  return {
    ids: {
      connection: String(connections.find(({ name }) => name === CONNECTION)?.id),
      rule: String(rule.id),
      import: String(scan.id),
      capture: String(hosts.id),
      report: String(report.id),
      schedule: String(schedule.id),
      asset: await first(`/etm/1.0/asset/list?${new URLSearchParams({ filter: `asset.name:${marker}*` })}`, "id"),
      finding: await first("/etm/1.0/finding/list", "id"),
      host: String(host?.assetId),
      detection: String(vulnerabilities[0]?.uuid),
    },
    names: { connection: CONNECTION, part: String((report.resources as string[])[0]) },
  };
}

/** Two hosts at addresses that every tenant has, with names, checks and evidence of this one. */
export function tenantScan(marker: string): string {
  const host = (n: number) => `<ReportHost name="10.0.0.${n}"><HostProperties>
<tag name="HOST_END_TIMESTAMP">1736164800</tag><tag name="HOST_START_TIMESTAMP">1736164200</tag>
<tag name="host-ip">10.0.0.${n}</tag><tag name="host-fqdn">${marker}-${n}.example</tag>
<tag name="mac-address">02:00:5e:00:00:0${n}</tag><tag name="operating-system">Linux of ${marker}</tag></HostProperties>
<ReportItem port="443" svc_name="www" protocol="tcp" severity="3" pluginID="7000${n}" pluginName="${marker} check ${n}" pluginFamily="${marker}">
<cve>CVE-2021-44228</cve><description>${marker} describes</description><plugin_name>${marker} check ${n}</plugin_name>
<plugin_type>remote</plugin_type><solution>Ask ${marker}.</solution><synopsis>${marker}</synopsis>
<plugin_output>seen by ${marker}</plugin_output></ReportItem></ReportHost>`;
  return `<?xml version="1.0" ?>\n<NessusClientData_v2>\n<Report name="${marker}">\n${host(1)}\n${host(2)}\n</Report>\n</NessusClientData_v2>\n`;
}

type Api = <T = Json>(method: string, path: string, body?: object | string | Uint8Array) => Promise<T>;

function apiOf(url: string, token: string): Api {
  return async <T>(method: string, path: string, body?: object | string | Uint8Array) => {
    const isFile = typeof body === "string" || body instanceof Uint8Array;
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": isFile ? "application/octet-stream" : "application/json" }),
      },
      ...(body === undefined
        ? {}
        : { body: isFile ? new Blob([body as string | Uint8Array<ArrayBuffer>]) : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  };
}

async function follow(api: Api, path: string, { id }: Json): Promise<Json> {
  // Ever more slowly: asking counts against the limit of an hour.
  for (let pauseMs = 20; ; pauseMs *= 2) {
    const job = await api("GET", `${path}/${id}`);
    if (job.status === "COMPLETED") return job;
    if (job.status === "FAILED") throw new Error(`${path}/${id} failed: ${job.message}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** @throws Error with the answer's text */
export async function logIn(url: string, login: { username: string; password: string }): Promise<string> {
  return readToken(
    await fetch(`${url}/auth`, { method: "POST", body: new URLSearchParams({ ...login, token: "true" }) }),
  );
}

async function logInClient(url: string, headers: { clientId: string; clientSecret: string }): Promise<string> {
  return readToken(await fetch(`${url}/auth/oauth`, { method: "POST", headers }));
}

async function readToken(response: Response): Promise<string> {
  const text = await response.text();
  if (!response.ok) throw new Error(`log-in answered ${response.status}: ${text}`);
  return text;
}
