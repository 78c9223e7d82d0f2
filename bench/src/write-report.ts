import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type ScanSeries, writeNessus } from "@breakwater/simulator/scans/index";

/** Writes a generated Nessus report. Arguments: the series as JSON, the path. */
const [series = "{}", path = ""] = process.argv.slice(2);
await pipeline(Readable.from(writeNessus(JSON.parse(series) as ScanSeries)), createWriteStream(path));
