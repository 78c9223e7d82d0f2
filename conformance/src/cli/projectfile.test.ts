import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { bodyOf, get, logIn } from "../http.ts";
import { logixProject } from "../ot/project-files.ts";
import { makePlantCapture, ownTest, useOwnTarget } from "../target.ts";
import { startCommand } from "./process.ts";

const target = useOwnTarget();
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "conformance-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const run = (...args: string[]) =>
  startCommand(
    args,
    {
      BREAKWATER_URL: target.url,
      BREAKWATER_USERNAME: target.manager.username,
      BREAKWATER_PASSWORD: target.manager.password,
    },
    dir,
  ).finished;

ownTest(
  "cli [B]: capture import and projectfile import wait, and end with 0, or 1 when a file is no such",
  async () => {
    await writeFile(join(dir, "plant.bin"), await makePlantCapture());
    await writeFile(join(dir, "oven.bin"), logixProject("oven", []));
    const imported = await run("projectfile", "import", "oven.bin", "--plant-location", "Hall 3", "--output", "json");
    expect(imported).toMatchObject({ code: 0 });
    expect(JSON.parse(imported.stdout)).toMatchObject([{ status: "COMPLETED", format: "l5x" }]);
    expect(await run("capture", "import", "plant.bin")).toMatchObject({ code: 0 });
    const files = await get(target, "/ot/1.0/projectfile/list", await logIn(target));
    expect(await bodyOf(files)).toMatchObject([{ name: "oven.bin", plantLocation: "Hall 3" }]);
    const mistaken = await run("projectfile", "import", "plant.bin");
    expect(mistaken.code).toBe(1);
    expect(mistaken.stderr).toContain("capture/import");
  },
);
