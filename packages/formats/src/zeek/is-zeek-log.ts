import type { FileHead } from "../intake/file-head.ts";

/** Lines of a head come first, whatever else a tool put before them as a comment. */
const TSV_HEAD = /^(?:#[^\n]*\n)*#(?:separator|fields|path)[ \t]/;
const HEAD_BYTES = 4_096;

/** Recognised by its head, or in JSON by the members that stand in the records of every log of connections. */
export function isZeekLog({ bytes, json }: FileHead): boolean {
  if (json === null) return TSV_HEAD.test(Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString("latin1"));
  return ["", "*."].some(
    (at) => json.has(`${at}ts`) && (json.has(`${at}id.orig_h`) || (json.has(`${at}_path`) && json.has(`${at}uid`))),
  );
}
