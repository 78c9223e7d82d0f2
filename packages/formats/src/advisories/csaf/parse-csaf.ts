import { endsEarly } from "../../json/index.ts";
import type { AdvisoryEvent, ByteSource, Issue } from "../../records.ts";
import type { CsafDocument } from "./csaf-document.ts";
import { findSchemaProblems } from "./csaf-schema.ts";
import { toAdvisory } from "./to-advisory.ts";

/** The longest of the public documents has 0.7 MB. */
const maxBytes = 16 * 1_048_576;
const maxDepth = 60;

/** Reads one CSAF 2.0 document. A document that breaks the schema is refused whole: half an advisory would be a wrong one. */
export async function* parseCsaf(source: ByteSource): AsyncGenerator<AdvisoryEvent[]> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > maxBytes) {
      const message = `the document has more than ${maxBytes} bytes; it was not read`;
      yield [refused("csaf-too-large", "byte 0", message), { type: "end", isComplete: false }];
      return;
    }
    chunks.push(Uint8Array.from(chunk));
  }
  const events: AdvisoryEvent[] = [];
  const document = parseDocument(Buffer.concat(chunks), events);
  if (document !== null) {
    const advisory = toAdvisory(document, (issue) => events.push({ type: "issue", issue }));
    events.push({ type: "advisory", advisory });
  }
  events.push({ type: "end", isComplete: document !== null });
  yield events;
}

function parseDocument(bytes: Buffer, events: AdvisoryEvent[]): CsafDocument | null {
  const text = bytes.toString("utf8").replace(/^\uFEFF/, "");
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    const what = endsEarly(text, error) ? "ends early" : "is no JSON";
    events.push(refused("json-malformed", "byte 0", `the document ${what}: ${(error as Error).message.slice(0, 200)}`));
    return null;
  }
  if (isTooDeep(document, maxDepth)) {
    events.push(refused("json-too-deep", "product_tree", `values are nested deeper than ${maxDepth}`));
    return null;
  }
  const problems = findSchemaProblems(document);
  for (const problem of problems.slice(0, 1)) {
    const [where = "", ...what] = problem.split(": ");
    const more = problems.length > 1 ? `; ${problems.length - 1} more such problems` : "";
    events.push(
      refused("csaf-invalid", where, `this is no valid CSAF 2.0 document: ${where} ${what.join(": ")}${more}`),
    );
  }
  return problems.length === 0 ? (document as CsafDocument) : null;
}

function isTooDeep(value: unknown, left: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return left === 0 || Object.values(value).some((member) => isTooDeep(member, left - 1));
}

function refused(code: string, where: string, message: string): AdvisoryEvent {
  const issue: Issue = { level: "refused", code, where, message };
  return { type: "issue", issue };
}
