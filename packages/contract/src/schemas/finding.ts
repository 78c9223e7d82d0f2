import { Type } from "typebox";

const Millis = Type.Integer({ description: "Epoch milliseconds" });
const MaybeMillis = Type.Union([Millis, Type.Null()]);
const MaybeText = Type.Union([Type.String(), Type.Null()]);
const MaybeNumber = Type.Union([Type.Number(), Type.Null()]);
const CvssInfo = Type.Object({ basescore: MaybeNumber, vector: MaybeText });

/** What one source said of a finding. */
const Attribution = Type.Object({
  source: Type.String({ description: "Product" }),
  connection: Type.String(),
  vendorFindingId: Type.String(),
  firstSeen: Millis,
  lastSeen: Millis,
  isPresent: Type.Boolean({ description: "The source still reports it" }),
  severity: Type.Integer({ minimum: 1, maximum: 5 }),
  evidence: Type.String(),
});

/** A finding: etm.md 3. */
export const Finding = Type.Object({
  id: Type.String(),
  title: Type.String(),
  description: Type.String(),
  category: Type.String(),
  subCategory: MaybeText,
  severity: Type.Integer({ minimum: 1, maximum: 5 }),
  status: Type.String(),
  cveId: MaybeText,
  vendorId: Type.String(),
  vendorProductName: Type.String(),
  qds: Type.Integer({ minimum: 1, maximum: 100 }),
  qvss: MaybeNumber,
  truRiskScore: MaybeNumber,
  isPatchAvailable: Type.Boolean(),
  isQualysPatchable: Type.Boolean(),
  cvss: Type.Object({ baseScore: MaybeNumber, vector: MaybeText }),
  cve: Type.Object({
    id: MaybeText,
    cvss2Info: CvssInfo,
    cvss3Info: CvssInfo,
    cvss4Info: CvssInfo,
    epss: MaybeNumber,
    cisaKev: Type.Union([Type.Boolean(), Type.Null()], {
      description: "null: not known to be listed, and no whole catalogue was ever loaded; or there is no CVE",
    }),
  }),
  firstFound: Millis,
  lastFound: Millis,
  lastFixed: MaybeMillis,
  reopened: MaybeMillis,
  port: Type.Union([Type.Integer(), Type.Null()]),
  protocol: MaybeText,
  instance: MaybeText,
  asset: Type.Object({
    assetName: Type.String(),
    internalAssetId: Type.String(),
    criticalityScore: Type.Integer({ minimum: 1, maximum: 5 }),
    tags: Type.Array(Type.String()),
    ipAddresses: Type.Array(Type.String()),
    macAddresses: Type.Array(Type.String()),
    hostNames: Type.Array(Type.String()),
  }),
  sources: Type.Array(Attribution),
});

/** One step of a detection score. */
export const ScoreReason = Type.Object({ factor: Type.String(), points: Type.Number(), detail: Type.String() });

/** Why a finding is what it is: its score step by step, what it is identified by, and how its asset was recognised. */
export const FindingExplanation = Type.Object({
  score: Type.Array(ScoreReason),
  identity: Type.Object({
    fingerprint: Type.String({ description: "Hash of issue and location, within the asset" }),
    version: Type.Integer({ description: "Of the rule that makes the fingerprint" }),
    rule: Type.Enum(["CVE", "ALIAS", "CHECK"], { description: "What kind of name the issue goes by" }),
    issue: Type.String({ description: "The CVE, else the name that sources share, else product and check" }),
    location: Type.String(),
  }),
  records: Type.Array(
    Type.Object({
      connection: Type.String(),
      source: Type.String({ description: "Product" }),
      vendorFindingId: Type.String(),
      rule: Type.Enum(["CVE", "ALIAS", "CHECK"], { description: "By what it belongs here" }),
      names: Type.Array(Type.String(), { description: "CVEs and other names that the check gives" }),
      alias: Type.Union(
        [Type.Object({ alias: Type.String(), name: Type.String(), toldBy: Type.String() }), Type.Null()],
        { description: "The relation by which a name of the check is the issue, and who told it first" },
      ),
    }),
    { description: "What the finding was made of" },
  ),
  asset: Type.Array(
    Type.Object({
      connection: Type.String(),
      matchedBy: Type.Union([Type.String(), Type.Null()], { description: "null: the asset was made from its word" }),
      firstSeen: Millis,
    }),
  ),
});
