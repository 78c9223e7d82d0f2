import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";

/**
 * Builds the web console into `packages/console/dist`, which the server gives out under `/console/`. Run by `npm ci`;
 * without the packages that it is made with, as under `--omit=dev`, it says so and does nothing.
 */
const root = fileURLToPath(new URL("../packages/console/", import.meta.url));

// Vite alone is no sign: vitest, which is more than a development dependency of the test kit, brings it along.
const tools = await Promise.all([import("vite"), import("@vitejs/plugin-react")]).catch(() => undefined);
if (tools === undefined) {
  console.log("console: not built, for what builds it is not installed; the server goes without (npm ci builds it)");
} else {
  const [vite] = tools;
  const startedMs = performance.now();
  await vite.build({ root, configFile: join(root, "vite.config.ts"), configLoader: "native", logLevel: "warn" });
  const files = await pack(join(root, "dist", "files"));
  console.log(`console: ${files} files in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
}

/** Packs each file once, here, so that the server only has to send it. */
async function pack(folder: string): Promise<number> {
  const names = (await readdir(folder)).filter((name) => /\.(js|css|svg)$/.test(name));
  await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const bytes = await readFile(path);
      await writeFile(`${path}.br`, await promisify(brotliCompress)(bytes));
      await writeFile(`${path}.gz`, await promisify(gzip)(bytes));
    }),
  );
  return names.length;
}
