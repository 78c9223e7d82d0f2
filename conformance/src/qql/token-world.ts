import { writeCsaf } from "@breakwater/simulator/advisories/index";
import { bodyOf, call, get, logIn, query } from "../http.ts";
import { importFile } from "../imports.ts";
import { logixProject } from "../ot/project-files.ts";
import { type HandClock, makePlantCapture, makeProtocolCapture, type Target } from "../target.ts";
import { ADVISORIES, feeds, WITHDRAWN } from "./token-knowledge.ts";
import { CSV, hubFile, nessusFile, QUALYS, REGISTER, REGISTER_MAPPING, SCANS } from "./token-scans.ts";

/** Imports everything, tags it, accepts two risks and forgets one acceptance; the clock moves with the scans. */
export async function makeTokenWorld(target: Target, clock: HandClock): Promise<void> {
  let token = "";
  const setTime = async (time: string) => {
    clock.set(time);
    token = await logIn(target);
  };
  const send = (file: string | Uint8Array, path?: string) => importFile(target, token, file, path ? { path } : {});
  for (const [index, time] of SCANS.entries()) {
    await setTime(new Date(Date.parse(time) + 3_600_000).toISOString());
    await send(nessusFile(index), "/ingest/1.0/import?connection=Plant%20scanner");
  }
  await send(CSV, "/ingest/1.0/import?connection=Audit%20list");
  await setTime("2026-03-06T08:00:00Z");
  await send(QUALYS);
  await send(hubFile());
  const register = { name: "Plant register", csvMapping: REGISTER_MAPPING };
  await bodyOf(await call(target, "POST", "/ingest/1.0/connection/create", { token, json: register }), 201);
  await send(REGISTER, "/ingest/1.0/import?connection=Plant%20register");
  await send(await makePlantCapture());
  await send(makeProtocolCapture());
  await sendProject(send, "plant", "192.168.20.11", "Line%204.L5X&plantLocation=Rotterdam");
  await setTime("2026-03-07T08:00:00Z");
  await sendProject(send, "mixer", "10.61.0.1", "mixer.L5X&plantLocation=Port%20Arthur");
  await send('<RSLogix5000Content SchemaRevision="1.0" SoftwareRevision="20.04"><Controller', `${PROJECT}broken.L5X`);
  for (const plan of [WITHDRAWN, ...ADVISORIES.slice(1)]) await send(writeCsaf(plan));
  await setTime("2026-03-08T08:00:00Z");
  for (const plan of ADVISORIES.slice(0, 1)) await send(writeCsaf(plan));
  const corrected = WITHDRAWN.products.map((product) => ({ ...product, versions: "<= 20.011" }));
  await send(writeCsaf({ ...WITHDRAWN, products: corrected, updatedAt: "2026-03-08T00:00:00.000000Z" }));
  for (const feed of feeds()) await send(feed);
  await setTime("2026-03-09T09:15:00Z");
  await tagAndAccept(target, token);
}

const PROJECT = "/ot/1.0/projectfile/import?fileName=";
type Send = (file: string, path: string) => Promise<unknown>;

async function sendProject(send: Send, name: string, ip: string, parameters: string): Promise<void> {
  const link = { name: `${name}_link`, catalog: "1756-EN2T", parent: "Local", port: 1, at: "3", ip };
  await send(logixProject(name, [link]), PROJECT + parameters);
}

/** One request each, so that nothing is asked for in vain. */
async function tagAndAccept(target: Target, token: string): Promise<void> {
  const tags = [
    { name: "Cell 4", rule: "asset.interface.address:192.168.20.0/27", criticality: 4 },
    { name: "Internet facing", rule: "asset.interface.address:10.8.0.2", criticality: 5 },
  ];
  for (const json of tags) await bodyOf(await call(target, "POST", "/admin/1.0/tag/create", { token, json }), 201);
  const list = `/etm/1.0/finding/list${query({ filter: "finding.vendorFindingId:[`81001`, `81002`]", pageSize: 3 })}`;
  const found = await bodyOf<{ id: string }[]>(await get(target, list, token));
  const reasons = [
    { reasonType: "False positive", endDate: Date.UTC(2026, 3, 1) },
    { reasonType: "Compensating control" },
    { reasonType: "Accepted risk" },
  ];
  for (const [index, { id }] of found.entries()) {
    const json = { reason: "as agreed", ...reasons[index] };
    await bodyOf(await call(target, "POST", `/etm/1.0/finding/${id}/accept`, { token, json }));
  }
  await call(target, "POST", `/etm/1.0/finding/${found[2]?.id}/revoke-acceptance`, { token });
}
