/** Where a tenant is put: a running installation, and the token of a Manager of its operator. */
export type Ground = { url: string; operatorToken: string };

/** A subscription that has some of everything; each text in it holds its marker, in lower case where the server folds. */
export type Tenant = {
  marker: string;
  subscriptionId: number;
  manager: { username: string; password: string };
  /** Of its Manager; of a Reader with the tag {@link Tenant.names}`.tag`; of a subscription's client with every module. */
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
  | "client"
  | "idp"
  | "webhook"
  | "import"
  | "capture"
  | "report"
  | "asset"
  | "host"
  | "finding";

export const TENANT_PASSWORD = "a-long-pass-phrase-1";

const REPORTS = "/etm/api/rest/v1/reports";
const LIMITED_API = "GET /ot/v1/host/list";

type Json = Record<string, unknown>;

/**
 * Makes a subscription and fills it through the API.
 *
 * @param options.marker letters only: it stands in user names, host names and URLs
 * @param options.capture of a plant, for OT hosts
 */
export async function plantTenant(
  ground: Ground,
  options: { marker: string; capture: Uint8Array },
): Promise<Tenant> {
  const { marker } = options;
  const manager = { username: `${marker}_manager`, password: TENANT_PASSWORD };
  const operator = apiOf(ground.url, ground.operatorToken);
  const subscription = await operator("POST", "/admin/1.0/subscription/create", {
    name: `${marker} company`,
    managerUsername: manager.username,
    managerPassword: manager.password,
  });
  const subscriptionId = Number(subscription.id);
  const wide = { rate: { calls: 10_000_000, windowSec: 3600 }, concurrency: 1000 };
  await operator("PUT", "/admin/1.0/limit/set", { subscriptionId, ...wide });
  await operator("PUT", "/admin/1.0/limit/set", { subscriptionId, api: LIMITED_API, concurrency: 999 });
  const managerToken = await logIn(ground.url, manager);
  const api = apiOf(ground.url, managerToken);
  const people = await plantPeople(api, ground.url, marker);
  const data = await plantData(api, marker, options.capture);
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

/** Who is in it, and what it tells and trusts. */
async function plantPeople(api: Api, url: string, marker: string) {
  const names = {
    tag: `${marker} tag`,
    role: `${marker} role`,
    unit: `${marker} unit`,
    reader: `${marker}_reader`,
    client: `${marker} client`,
  };
  const tag = await api("POST", "/admin/1.0/tag/create", {
    name: names.tag,
    rule: `asset.name:${marker}*`,
    criticality: 4,
  });
  await api("POST", "/admin/1.0/tag/create", { name: `${marker} child`, parent: names.tag });
  const role = await api("POST", "/admin/1.0/role/create", {
    name: names.role,
    description: `made for ${marker}`,
    hasApiAccess: true,
    permissions: ["ETM API Access", "VMDR OT.API.ACCESS", "Import Findings Access"],
  });
  const unit = await api("POST", "/admin/1.0/unit/create", {
    name: names.unit,
    description: `made for ${marker}`,
    scopeTags: [names.tag],
  });
  const login = { username: names.reader, password: TENANT_PASSWORD };
  const user = await api("POST", "/admin/1.0/user/create", {
    ...login,
    role: names.role,
    email: `reader@${marker}.example`,
    fullName: `${marker} Reader`,
    businessUnit: names.unit,
    scopeTags: [names.tag],
  });
  const client = await api("POST", "/admin/1.0/client/create", {
    name: names.client,
    kind: "subscription",
    modules: ["ETM", "OT", "INGEST", "ADMIN"],
  });
  await api("POST", "/admin/1.0/client/create", {
    name: `${marker} user client`,
    kind: "user",
    user: names.reader,
    modules: ["ETM"],
  });
  const idp = await api("POST", "/admin/1.0/idp/create", {
    name: `${marker} provider`,
    issuer: `https://${marker}.example`,
    audience: `${marker} audience`,
    jwksUrl: `https://${marker}.example/keys`,
  });
  // Nothing listens there: the message stays pending.
  const webhook = await api("POST", "/admin/1.0/webhook/create", {
    url: `http://127.0.0.1:9/${marker}`,
    description: `told to ${marker}`,
  });
  await api("POST", `/admin/1.0/webhook/${webhook.id}/test`);
  const clientSecret = String(client.clientSecret);
  return {
    ids: {
      tag: String(tag.id),
      role: String(role.id),
      unit: String(unit.id),
      user: String(user.id),
      client: String(client.clientId),
      idp: String(idp.id),
      webhook: String(webhook.id),
    },
    names,
    clientSecret,
    tokens: {
      reader: await logIn(url, login),
      client: await logInClient(url, { clientId: String(client.clientId), clientSecret }),
    },
  };
}

/** What it knows of its assets, and what it made of that. */
async function plantData(api: Api, marker: string, capture: Uint8Array) {
  const connection = `${marker} scanner`;
  const toPath = (name: string) => `/ingest/1.0/import?${new URLSearchParams({ connection, fileName: name })}`;
  const scan = await follow(api, "/ingest/1.0/import", await api("POST", toPath(`${marker}.nessus`), toScan(marker)));
  const hosts = await follow(api, "/ingest/1.0/import", await api("POST", toPath(`${marker}.pcap`), capture));
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
  const first = async (path: string, id: string) => String((await api<Json[]>("GET", path))[0]?.[id]);
  const listed = await api<{ assets?: Json[] } | Json[]>("GET", "/ot/1.0/host/list");
  const [host] = Array.isArray(listed) ? listed : (listed.assets ?? []);
  return {
    ids: {
      import: String(scan.id),
      capture: String(hosts.id),
      report: String(report.id),
      asset: await first(`/etm/1.0/asset/list?${new URLSearchParams({ filter: `asset.name:${marker}*` })}`, "id"),
      finding: await first("/etm/1.0/finding/list", "id"),
      host: String(host?.assetId),
    },
    names: { connection, part: String((report.resources as string[])[0]) },
  };
}

/** Two hosts at addresses that every tenant has, with names, checks and evidence of this one. */
function toScan(marker: string): string {
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
      ...(body === undefined ? {} : { body: isFile ? (body as BodyInit) : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  };
}

async function follow(api: Api, path: string, { id }: Json): Promise<Json> {
  for (;;) {
    const job = await api("GET", `${path}/${id}`);
    if (job.status === "COMPLETED") return job;
    if (job.status === "FAILED") throw new Error(`${path}/${id} failed: ${job.message}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** @throws Error with the answer's text */
export async function logIn(url: string, login: { username: string; password: string }): Promise<string> {
  return readToken(await fetch(`${url}/auth`, { method: "POST", body: new URLSearchParams({ ...login, token: "true" }) }));
}

async function logInClient(url: string, headers: { clientId: string; clientSecret: string }): Promise<string> {
  return readToken(await fetch(`${url}/auth/oauth`, { method: "POST", headers }));
}

async function readToken(response: Response): Promise<string> {
  const text = await response.text();
  if (!response.ok) throw new Error(`log-in answered ${response.status}: ${text}`);
  return text;
}
