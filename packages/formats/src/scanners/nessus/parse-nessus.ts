import type { ByteSource, ScanEvent, ScanParser } from "../../records.ts";
import { Utf8Check } from "../../utf8-check.ts";
import { decodeXml, defaultXmlLimits, XmlError, type XmlLimits, XmlReader } from "../../xml/index.ts";
import { defaultNessusLimits, NessusHandler, type NessusLimits, NotNessus } from "./nessus-handler.ts";

/** Bytes read between two looks at the batch: small enough that a batch cannot grow far beyond its size. */
const STEP_BYTES = 65_536;

/**
 * Reads NessusClientData_v2 reports, the `.nessus` files of Nessus, Tenable and the tools that write them.
 *
 * - Each ReportHost is an asset, each ReportItem a finding, each plugin id a check that is told once.
 * - `instance` is always null. Nothing in the format tells two items of one plugin on one port apart in a way that
 *   lasts: `svc_name` is a guess that changes from run to run, and the output names versions and dates. So several
 *   such items are several pieces of evidence of one finding. Compliance items, which all share one plugin and port,
 *   are told apart by their rule, which is part of the check's id (`21157/<rule>`); rules that passed are no findings.
 * - The run is complete when the file was read to its end, nothing was refused, and the scan of every host ended.
 *
 * Memory is bounded by the limits and does not grow with the file, except by the ids of the checks met.
 */
export const parseNessus: ScanParser = (source) => parseNessusWithin(source, {});

/** {@link parseNessus} with other limits. */
export async function* parseNessusWithin(
  source: ByteSource,
  limits: Partial<NessusLimits & XmlLimits>,
): AsyncGenerator<ScanEvent[]> {
  const handler = new NessusHandler({ ...defaultNessusLimits, ...limits });
  const encoding = new Utf8Check();
  const reader = new XmlReader(handler, { ...defaultXmlLimits, ...limits });
  try {
    for await (const chunk of decodeXml(source, encoding)) {
      for (let at = 0; at < chunk.length; at += STEP_BYTES) {
        reader.write(chunk.subarray(at, at + STEP_BYTES));
        if (handler.isBatchFull) yield handler.takeBatch();
      }
    }
    reader.end();
    if (!handler.hasReport) throw new NotNessus("the file has no Report element: it is a policy without results");
  } catch (error) {
    reportFatal(handler, error);
  }
  const invalid = encoding.toIssue("U+FFFD");
  if (invalid) handler.report(invalid);
  yield [...handler.takeBatch(), { type: "end", isComplete: handler.isComplete }];
}

function reportFatal(handler: NessusHandler, error: unknown): void {
  if (error instanceof XmlError) {
    const { code, line, message } = error;
    const where = `line ${Math.max(line, 1)}`;
    const text = handler.hasReport ? `${message}; what stands before was imported` : message;
    handler.report({ level: "refused", code, where, message: text, fatal: true });
    return;
  }
  if (!(error instanceof NotNessus)) throw error;
  handler.report({
    level: "refused",
    code: "nessus-root-unknown",
    where: "line 1",
    message: error.message,
    fatal: true,
  });
}
