import { Type } from "typebox";

const MaybeText = Type.Union([Type.String(), Type.Null()]);

/** A kind of knowledge feed and what was loaded of it last: etm.md 6. */
export const Feed = Type.Object({
  kind: Type.Enum(["kev", "epss", "cve", "ssvc", "csaf"]),
  status: Type.Enum(["NEVER_LOADED", "LOADED", "INCOMPLETE"], {
    description:
      "INCOMPLETE: the file, or the archive it was in, broke off, or had entries that could not be read; of CVE records, which come in pieces, an upload did, and no whole one of its name, or of all that is known, has followed",
  }),
  source: MaybeText,
  version: MaybeText,
  publishedDate: Type.Union([
    Type.Integer({ description: "Epoch milliseconds; of CVE records and SSVC, of the newest record that is known" }),
    Type.Null(),
  ]),
  loadedDate: Type.Union([
    Type.Integer({ description: "Epoch milliseconds; of advisories, when one was new or changed last" }),
    Type.Null(),
  ]),
  ageDays: Type.Union([
    Type.Integer({ description: "Since the feed's own date; since it was loaded where it has none" }),
    Type.Null(),
  ]),
  recordCount: Type.Integer({
    description: "Entries of the last load; of CVE records and SSVC, records that are known",
  }),
  changedCount: Type.Integer({ description: "How many entries of the last load told something new" }),
});
