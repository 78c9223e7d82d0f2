import { beforeAll, describe } from "vitest";
import { liftLimits, logIn } from "../http.ts";
import { HandClock, useOwnTarget } from "../target.ts";
import { assets, findings } from "./finding-tables.ts";
import { detections, hosts, projectFiles } from "./ot-tables.ts";
import { testTable } from "./test-table.ts";
import { makeTokenWorld } from "./token-world.ts";

const startedAt = new Date();
const clock = new HandClock("2026-01-05T08:00:00Z");
const target = useOwnTarget({ clock: clock.read });
let token: string;
beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  token = await logIn(target);
  await liftLimits(target, token);
  await makeTokenWorld(target, clock);
  token = await logIn(target);
});

const world = { target, clock, startedAt, readToken: () => token };
describe("findings", () => testTable(findings, world));
describe("assets", () => testTable(assets, world));
describe("OT hosts", () => testTable(hosts, world));
describe("OT detections", () => testTable(detections, world));
describe("project files", () => testTable(projectFiles, world));
