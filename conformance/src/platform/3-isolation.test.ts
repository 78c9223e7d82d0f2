import { fillSubscription, logIn, plantTenant, type Tenant } from "@breakwater/testkit/tenant";
import { beforeAll, expect } from "vitest";
import { type ApiOperation, readOperations } from "../fuzz/operations.ts";
import { bodyOf, call, get } from "../http.ts";
import { makePlantCapture, ownTest, useOwnTarget } from "../target.ts";

const target = useOwnTarget();
let operations: ApiOperation[];
let tenants: readonly [operator: Tenant, Tenant, Tenant];

beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  operations = await readOperations(target.url);
  const ground = { url: target.url, operatorToken: await logIn(target.url, target.manager) };
  const capture = await makePlantCapture();
  tenants = [
    await fillSubscription(ground, 1, target.manager, { marker: "cedarmark", capture }),
    await plantTenant(ground, { marker: "aldermark", capture }),
    await plantTenant(ground, { marker: "birchmark", capture }),
  ];
});

/** What the operator runs for all, or that shows the caller what there is of the installation. */
const INSTALLATION = /^(auth|notifications|platforms)\.|^admin\.(key|release-note|version)\./;

/** Ids of a tenant by the parameter's name; `id` stands for reports and imports. */
function idsFor({ ids, names, subscriptionId }: Tenant, { id, params }: ApiOperation): string[] {
  const known: Record<string, string> = {
    ...Object.fromEntries(Object.entries(ids).map(([name, value]) => [`${name}Id`, value])),
    id: id.startsWith("ingest.") ? ids.import : ids.report,
    name: names.part,
    entityId: ids.tag,
    // None has a project file: an id that exists, of something else.
    projectFileId: ids.capture,
    subscriptionId: String(subscriptionId),
  };
  return params.map(({ name }) => {
    const value = known[name];
    if (value === undefined) throw new Error(`${id} has the parameter ${name}: of what, this test has to be told`);
    return value;
  });
}

const toPath = ({ path }: ApiOperation, ids: string[]) => path.replaceAll(/\{\w+\}/g, () => ids.shift() as string);

const markersBut = (own: Tenant) =>
  tenants.filter((one) => one !== own).flatMap(({ marker, manager }) => [marker, manager.username]);

ownTest("platform 3 [D]: no operation reaches a thing of another subscription by its id", async () => {
  for (const operation of operations.filter(({ id, params }) => params.length > 0 && !INSTALLATION.test(id))) {
    for (const own of tenants.slice(1)) {
      for (const theirs of tenants.filter((one) => one !== own)) {
        for (const token of [own.tokens.manager, own.tokens.client]) {
          const path = toPath(operation, idsFor(theirs, operation));
          const json =
            operation.method === "PUT" || operation.method === "POST"
              ? { reason: "intruder", assetId: "999999" }
              : undefined;
          const response = await call(target, operation.method, path, { token, ...(json ? { json } : {}) });
          const text = (await response.text()).toLowerCase();
          // Deleting subscriptions is the operator's alone.
          expect([operation.id, [403, 404].includes(response.status)]).toEqual([operation.id, true]);
          expect(markersBut(own).filter((marker) => text.includes(marker))).toEqual([]);
        }
      }
    }
  }
});

/** The tenants sent their files to the general import, and none was a project; none watches a folder. */
const WITHOUT_OWN = ["ot.import.get", "ot.projectfile.get", "ingest.connection-folder.get"];

ownTest("platform 3 [D]: the same ids are there for their own subscription", async () => {
  for (const operation of operations.filter(({ id, method, params }) => {
    return method === "GET" && params.length > 0 && !INSTALLATION.test(id) && !WITHOUT_OWN.includes(id);
  })) {
    const [, own] = tenants;
    const response = await get(target, toPath(operation, idsFor(own, operation)), own.tokens.manager);
    expect([operation.id, response.status]).toEqual([operation.id, 200]);
  }
});

ownTest("platform 3 [D]: no list, count, aggregate or download shows anything of another subscription", async () => {
  const json = { limit: 1000 };
  for (const own of tenants.slice(1)) {
    const token = own.tokens.manager;
    for (const operation of operations.filter(({ method, params }) => method === "GET" && params.length === 0)) {
      const required = operation.query.filter(({ isRequired }) => isRequired);
      for (const value of required[0]?.schema.enum ?? ["GET /ot/1.0/host/list"]) {
        const query = required[0] ? `?${new URLSearchParams({ [required[0].name]: String(value) })}` : "";
        const response = await get(target, operation.path + query, token);
        const text = (await response.text()).toLowerCase();
        expect([operation.id, value, markersBut(own).filter((marker) => text.includes(marker))]).toEqual([
          operation.id,
          value,
          [],
        ]);
      }
    }
    const reports = await bodyOf<{ name: string }[]>(
      await call(target, "POST", "/etm/api/rest/v1/reports/list", { token, json }),
    );
    expect(reports.map(({ name }) => name)).toEqual([`${own.marker} report`]);
  }
});
