import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ScanSeries, writeNessus } from "@breakwater/simulator/scans/index";
import { expect, test } from "vitest";
import { readScan, type ScanStep } from "../findings/index.ts";
import { findParser } from "./known-formats.ts";
import { readInThread } from "./read-in-thread.ts";
import { createUploadFiles } from "./upload-files.ts";

/** More than the thread and the process have in common at a time. */
const SERIES: ScanSeries = { seed: 3, hosts: 60, itemsPerHost: 60, changedHostShare: 0, plugins: 90 };
const LINES = 700;

function* writeNuclei(): Generator<Uint8Array> {
  for (let index = 0; index < LINES; index++) {
    const host = `192.0.2.${Math.floor(index / 5)}`;
    const info = { name: "Old version", severity: "low" };
    const line = {
      "template-id": `t-${index % 50}`,
      info,
      host,
      "matched-at": `http://${host}/${index}`,
      type: "http",
    };
    yield Buffer.from(`${JSON.stringify(line)}${" ".repeat(9_000)}\n`);
  }
}

async function* inPieces(bytes: Iterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  const all = Buffer.concat([...bytes]);
  for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size);
}

/** The digest of an asset tells all its findings. */
async function collect(told: AsyncIterable<ScanStep[]>) {
  const steps: unknown[] = [];
  for await (const some of told) {
    for (const step of some) {
      if (step.type !== "batch") steps.push(step);
      else
        steps.push({
          ...step.batch,
          assets: step.batch.assets.map(({ asset, digest, others }) => ({ asset, digest, others })),
        });
    }
  }
  return steps;
}

test.each([
  ["nessus", writeNessus(SERIES), 70_001],
  ["nuclei", writeNuclei(), 300_007],
] as const)(
  "a thread tells of a %s file what the process would, from a stored upload and from any pieces",
  async (format, written, size) => {
    const bytes = [...written];
    const request = { start: { assets: 0, records: 0 }, importedAt: 1, format, csvMapping: null };
    const expected = await collect(readScan(findParser(request)(inPieces(bytes, 1_000_000)), request));
    expect(expected.length).toBeGreaterThan(2);
    expect(await collect(readInThread(inPieces(bytes, size), request))).toEqual(expected);
    const dir = await mkdtemp(join(tmpdir(), "breakwater-thread-"));
    try {
      const files = createUploadFiles(dir, 100_000_000);
      const id = randomBytes(8).toString("hex");
      const { bytes: stored } = await files.store(id, inPieces(bytes, size));
      expect(stored).toBeGreaterThan(5_000_000);
      for (let times = 0; times < 2; times++) {
        expect(
          await collect(
            readInThread(
              files.read(id, () => undefined),
              request,
            ),
          ),
        ).toEqual(expected);
      }
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  },
);
