import { beforeEach, expect } from "vitest";
import { bodyOf, call, get, logIn, query } from "../http.ts";
import { importFile } from "../imports.ts";
import { nessusFile } from "../nessus-file.ts";
import { readFindings } from "../reports.ts";
import { HandClock, ownTest, useOwnTarget } from "../target.ts";

const CONNECTION = "/ingest/1.0/connection";

// Every test has a network and a connection of its own, and an hour's worth of calls.
const clock = new HandClock("2025-09-01T08:00:00Z");
const target = useOwnTarget({ clock: clock.read });
let token: string;
let network = 0;
beforeEach(async () => {
  if (process.env.CONFORMANCE_URL) return;
  clock.advance(3600);
  network += 1;
  token = await logIn(target);
});

type Connection = {
  id: number;
  name: string;
  isComplete: boolean;
  retainMissing: boolean;
  trustRank: number;
  defaultCriticality: number | null;
};

const create = async (settings: object) =>
  bodyOf<Connection>(
    await call(target, "POST", `${CONNECTION}/create`, { token, json: { name: `net-${network}`, ...settings } }),
    201,
  );

/** Imports a report of the day that shows these plugins on the one host of this test's network. */
const send = (day: number, plugins: number[], connection = `net-${network}`) => {
  const endedAt = `2025-01-${String(day).padStart(2, "0")}T12:00:00Z`;
  const items = plugins.map((pluginId) => ({ pluginId }));
  const host = {
    ip: `10.44.${network}.1`,
    fqdn: `host.con-${network}.example`,
    mac: `00:1d:9c:44:${network.toString(16).padStart(2, "0")}:01`,
  };
  return importFile(target, token, nessusFile([{ ...host, items, endedAt }]), {
    path: `/ingest/1.0/import?connection=${connection}`,
  });
};

/** Statuses by plugin. */
const statuses = async () => {
  const findings = await readFindings(target, token, { assetQql: `asset.interface.address:10.44.${network}.0/24` });
  return Object.fromEntries(findings.map(({ vendorId, status }) => [vendorId, status]));
};

ownTest(
  "etm 4 [B]: what a complete run no longer has is kept, by the connection's setting, until that is changed",
  async () => {
    const { id } = await create({ retainMissing: true });
    await send(6, [1, 2]);
    expect((await send(7, [1])).counts).toMatchObject({ findingsFixed: 0 });
    expect((await statuses())["2"]).not.toBe("FIXED");
    const changed = await call(target, "PUT", `${CONNECTION}/${id}`, { token, json: { retainMissing: false } });
    expect(await bodyOf<Connection>(changed, 200)).toMatchObject({ id, retainMissing: false });
    expect((await send(8, [1])).counts).toMatchObject({ findingsFixed: 1 });
    expect(await statuses()).toMatchObject({ 2: "FIXED" });
  },
);

ownTest("etm 4 [B]: runs of a connection that is partial close nothing", async () => {
  await create({ isComplete: false });
  await send(6, [1, 2]);
  expect((await send(7, [1])).counts).toMatchObject({ findingsFixed: 0 });
  expect((await statuses())["2"]).not.toBe("FIXED");
});

ownTest("etm 4 [B]: a table is read by the connection's mapping", async () => {
  const columns = { address: ["Adresse"], title: ["Mangel"], severity: ["Stufe"] };
  await create({ csvMapping: { product: "Audit", columns, severities: { schwer: 5 } } });
  const path = `/ingest/1.0/import?connection=net-${network}`;
  const job = await importFile(target, token, `Adresse;Mangel;Stufe\n10.44.${network}.9;Rost;schwer\n`, { path });
  expect(job).toMatchObject({ status: "COMPLETED", counts: expect.objectContaining({ findingsNew: 1 }) });
  const findings = await readFindings(target, token, { assetQql: `asset.interface.address:10.44.${network}.0/24` });
  expect(findings).toMatchObject([{ title: "Rost", severity: 5 }]);
});

ownTest("etm 4 [B]: a mapping that cannot be used is 400 with the member at fault", async () => {
  const csvMapping = { product: "Audit", columns: { nothing: ["x"] } };
  const json = { name: "never", csvMapping };
  const answer = await call(target, "POST", `${CONNECTION}/create`, { token, json });
  expect((await bodyOf(answer, 400)).message).toMatch(/columns.*nothing/);
});

ownTest("etm 4 [B]: with a connection goes what only it reported, after its name was confirmed", async () => {
  const { id, name } = await create({});
  await send(6, [1, 2]);
  await send(6, [1], `other-${network}`);
  expect((await call(target, "DELETE", `${CONNECTION}/${id}`, { token })).status).toBe(409);
  expect((await call(target, "DELETE", `${CONNECTION}/${id}?confirm=${name}`, { token })).status).toBe(204);
  expect((await get(target, `${CONNECTION}/${id}`, token)).status).toBe(404);
  await expect.poll(async () => (await statuses())["2"], { timeout: 20_000, interval: 200 }).toBe("FIXED");
  expect((await statuses())["1"]).not.toBe("FIXED");
});

ownTest(
  "etm 4 [B]: of several sources the one of the lowest trust rank names and rates, whichever came first",
  async () => {
    const host = {
      ip: `10.44.${network}.1`,
      fqdn: `host.con-${network}.example`,
      mac: `00:1d:9c:44:${network.toString(16).padStart(2, "0")}:01`,
    };
    const tell = (connection: string, day: number, system: string, severity: 1 | 3) => {
      const endedAt = `2025-01-0${day}T12:00:00Z`;
      const item = { pluginId: 100 + severity, name: `As ${connection} has it`, severity, cves: ["CVE-2025-4444"] };
      const path = `/ingest/1.0/import?connection=${connection}`;
      return importFile(target, token, nessusFile([{ ...host, endedAt, operatingSystem: system, items: [item] }]), {
        path,
      });
    };
    const [trusted, other] = [`trusted-${network}`, `other-${network}`];
    expect(
      await create({ name: trusted, network: `net-${network}`, trustRank: 1, defaultCriticality: 5 }),
    ).toMatchObject({
      trustRank: 1,
      defaultCriticality: 5,
    });
    const { id } = await create({ name: other, network: `net-${network}` });
    await tell(trusted, 6, "Linux", 1);
    await tell(other, 7, "Windows", 3);
    const assetQql = `asset.interface.address:10.44.${network}.0/24`;
    const shown = async () => {
      const [finding] = await readFindings(target, token, { assetQql });
      return [finding?.title, finding?.severity];
    };
    expect(await shown()).toEqual([`As ${trusted} has it`, 2]);
    const list = async (filter: string) =>
      bodyOf<{ criticalityScore: number }[]>(await get(target, `/etm/1.0/asset/list${query({ filter })}`, token));
    expect(await list(`${assetQql} and operatingSystem.name:Linux`)).toMatchObject([{ criticalityScore: 5 }]);
    const changed = await call(target, "PUT", `${CONNECTION}/${id}`, { token, json: { trustRank: 100 } });
    expect(await bodyOf<Connection>(changed, 200)).toMatchObject({ trustRank: 100, defaultCriticality: null });
    for (const json of [{ trustRank: 0 }, { trustRank: 101 }, { defaultCriticality: 6 }]) {
      expect((await call(target, "PUT", `${CONNECTION}/${id}`, { token, json })).status).toBe(400);
    }
  },
);
