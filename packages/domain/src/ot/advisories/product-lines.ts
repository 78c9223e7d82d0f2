/**
 * A product line that advisories name instead of its parts. Only lines whose members share one line of firmware are
 * here, for only then a range of versions means the same for each of them. The S7-300 and S7-400 are not: their CPUs run
 * V2, V3.2, V3.3, V4 to V8 side by side, and the advisories' `V3.X.17` stands for a different number on each.
 */
export type ProductLine = {
  vendor: string;
  /** {@link findProductFamily}'s name, lower case; a name of its own where `members` tells who belongs to it. */
  family: string;
  /** Over order numbers as they are compared: for lines that are a part of a family only. */
  members?: RegExp;
  /** The names in advisories, as {@link normalizeLineName} leaves them, with the versions that the name itself sets. */
  names: Readonly<Record<string, string | null>>;
  /** Where the names were taken from. */
  source: string;
};

function line(
  vendor: string,
  family: string,
  source: string,
  ...names: (string | readonly [string, string])[]
): ProductLine {
  const entries = [family.toLowerCase(), ...names].map((name) =>
    typeof name === "string" ? ([name, null] as const) : name,
  );
  return { vendor, family: family.toLowerCase(), names: Object.fromEntries(entries), source };
}

/** Parts of a family, such as its generations: each is one line of firmware. */
function part(
  vendor: string,
  family: string,
  members: RegExp,
  source: string,
  ...names: (string | readonly [string, string])[]
): ProductLine {
  return { ...line(vendor, family, source, ...names), members };
}

const switchKinds = [
  "industrial ethernet switches",
  "industrial managed ethernet switches",
  "industrial distribution switches",
  "modular managed ethernet switches",
  "modular managed ethernet switche",
  "modular managed industrial ethernet switches",
  "services router",
];

/** ICSA-22-300-03 names all switches at once, and versions of Cisco IOS beside those of IOS XE, which these do not run. */
const allSwitches = ["stratix devices", "< 15.2(7)E2"] as const;

/** Switches that run the vendor's builds of Cisco IOS. */
function stratix(model: string, source: string, ...names: string[]): ProductLine {
  const own = switchKinds.map((kind) => `stratix ${model} ${kind}`);
  return line("rockwell", `Stratix ${model}`, source, ...own, allSwitches, ...names);
}

export const productLines: readonly ProductLine[] = [
  line("rockwell", "ControlLogix 5580", "1756-L8x; ICSA-17-094-05, ICSA-22-090-05"),
  line("rockwell", "GuardLogix 5580", "1756-L8xES; ICSA-22-090-05, ICSA-22-144-01"),
  line("rockwell", "ControlLogix 5570", "1756-L7x; ICSA-21-061-02, ICSA-22-090-05"),
  line("rockwell", "GuardLogix 5570", "1756-L7xS; ICSA-22-090-05, ICSA-22-144-01"),
  line("rockwell", "ControlLogix 5560", "1756-L6x; ICSA-22-090-05"),
  line("rockwell", "GuardLogix 5560", "1756-L6xS; ICSA-22-090-05"),
  line("rockwell", "ControlLogix 5550", "1756-L5x; ICSA-22-090-05"),
  line("rockwell", "CompactLogix 5380", "5069-L3x; ICSA-17-094-05, ICSA-22-090-05"),
  line(
    "rockwell",
    "Compact GuardLogix 5380",
    "5069-L3xS; ICSA-22-090-05, ICSA-24-256-18",
    "compact guardlogix 5380 sil 2",
    "compact guardlogix 5380 sil 3",
  ),
  line("rockwell", "CompactLogix 5480", "5069-L4x; ICSA-22-090-05"),
  line("rockwell", "CompactLogix 5370 L1", "1769-L1x; ICSA-18-172-02, ICSA-22-090-05", "compactlogix 5370"),
  line("rockwell", "CompactLogix 5370 L2", "1769-L24, L27; ICSA-18-172-02, ICSA-22-090-05", "compactlogix 5370"),
  line("rockwell", "CompactLogix 5370 L3", "1769-L3xER; ICSA-18-172-02, ICSA-22-090-05", "compactlogix 5370"),
  line("rockwell", "Compact GuardLogix 5370", "1769-L3xERMS; ICSA-18-172-02"),
  line("rockwell", "CompactLogix 1768", "1768-L4x; ICSA-22-090-05", "1768 compactlogix"),
  line("rockwell", "CompactLogix 1769-L2x/L3x", "1769-L3x; ICSA-22-090-05", "1769 compactlogix"),
  line("rockwell", "MicroLogix 1100", "1763-L16; ICSA-17-138-03"),
  line("rockwell", "MicroLogix 1400", "1766-L32; ICSA-18-009-01, ICSA-18-310-02"),
  line(
    "rockwell",
    "PowerFlex 525",
    "25B; ICSA-19-087-01",
    "powerflex 525 ac drives with embedded ethernet/ip and safety",
  ),
  stratix(
    "5700",
    "1783-BMS; ICSA-17-094-03, ICSA-19-094-02, ICSA-21-110-02",
    "stratix 5700 and armorstratix 5700 industrial managed ethernet switches",
  ),
  line(
    "rockwell",
    "ArmorStratix 5700",
    "1783-ZMS; ICSA-18-107-04, ICSA-19-094-02",
    "stratix 5700 and armorstratix 5700 industrial managed ethernet switches",
    "armorstratix 5700 industrial managed ethernet switches for extreme environments",
    allSwitches,
  ),
  stratix("5400", "1783-HMS; ICSA-17-094-03, ICSA-21-110-02"),
  stratix("5410", "1783-IMS; ICSA-17-094-03, ICSA-21-110-02"),
  stratix("5900", "1783-SR; ICSA-17-208-04, ICSA-18-107-03"),
  stratix("5950", "1783-SAD; ICSA-18-184-01"),
  stratix("8000", "1783-MS; ICSA-17-094-03, ICSA-21-110-02"),
  stratix("8300", "1783-RMS; ICSA-17-094-03, ICSA-19-094-03"),
  line("rockwell", "SoftLogix 5800", "1789-L60; ICSA-22-090-05"),
  line(
    "siemens",
    "S7-1200",
    "6ES7 21x; ICSA-17-129-02, ICSA-18-282-04, ICSA-19-318-02",
    ["s7-1200 v4.x", "4.x"],
    ["s7-1200 version 4", "4.x"],
    ["s7-1200 < v4.x", "< 4.0"],
  ),
  line("siemens", "S7-1500", "6ES7 51x; ICSA-17-129-02"),
  // The generation stands in the order number: 6ES7 414-3EM07.
  part(
    "siemens",
    "S7-400 PN/DP V7",
    /^6(ES7|AG1)41[246]\d[EF][KMS]07/,
    "6ES7 414-3EM07; ICSA-18-079-02, ICSA-22-104-06",
  ),
  part(
    "siemens",
    "S7-400 PN/DP V6",
    /^6(ES7|AG1)41[246]\d[EF][KMS]06/,
    "6ES7 414-3EM06; ICSA-18-079-02, ICSA-22-314-02",
  ),
  part(
    "siemens",
    "S7-400 PN/DP V6 and below",
    /^6(ES7|AG1)41[246]\d[EF][KMRS]0[4-6]/,
    "6ES7 416-3ER05; ICSA-18-317-02, ICSA-20-042-05",
  ),
  part("siemens", "S7-400 H V6", /^6(ES7|AG1)41[2-7]5H[A-Z]06/, "6ES7 417-5HT06; ICSA-18-079-02, ICSA-22-104-06"),
  part(
    "siemens",
    "S7-400 H V6 and below",
    /^6(ES7|AG1)41[2-7][345]H[A-Z]/,
    "6ES7 417-4HT14; ICSA-17-339-01, ICSA-20-105-08",
  ),
  part("siemens", "S7-400 H V4.5 and below", /^6(ES7|AG1)41[2-7][34]H[A-Z]/, "6ES7 417-4HT14; ICSA-18-317-02"),
  line(
    "siemens",
    "S7-410",
    "6ES7 410-5H; ICSA-18-079-02, ICSA-22-104-06",
    ["s7-410 v8", "8.x"],
    ["s7-410 v10", "10.x"],
  ),
  // The family statements of the S7-1500 say that they include the related ET 200 CPUs.
  line("siemens", "ET 200SP CPU", "6ES7 51x-1D; ICSA-17-129-02", "s7-1500"),
  line("siemens", "ET 200pro CPU", "6ES7 51x-2P; ICSA-17-129-02", "s7-1500"),
  line("schneider", "Modicon M340", "BMXP34; ICSA-18-086-01", "m340 bmx p34x", "m340 with firmware"),
  line("schneider", "Modicon M580", "BMEP58; ICSA-19-136-01", "m580 with firmware"),
  line("schneider", "Modicon M580 Hot Standby", "BMEH58; ICSA-19-136-01", "modicon m580", "m580 with firmware"),
  line("schneider", "Modicon M221", "TM221; ICSA-17-089-02"),
  line("schneider", "Modicon M241", "TM241; ICSA-17-089-02"),
  line("schneider", "Modicon M251", "TM251; ICSA-17-089-02"),
  line("schneider", "Modicon Quantum", "140CPU; ICSA-18-086-01, ICSA-17-054-03", "quantum with firmware"),
  line("schneider", "Modicon Premium", "TSXP57; ICSA-18-086-01, ICSA-17-054-03", "premium"),
  line("omron", "CJ2", "CJ2H, CJ2M; ICSA-22-179-02", "cj2h", "cj2m"),
  line(
    "omron",
    "NJ",
    "NJ501; ICSA-19-346-03, ICSA-22-179-02, ICSA-22-314-07, ICSA-22-314-08",
    "nj/nx",
    ["nj/nx machine automation", "<= 1.48"],
    ["nj/nx and software", "<= 1.48"],
  ),
  line(
    "omron",
    "NX1P",
    "NX1P2; ICSA-19-346-02, ICSA-22-179-02, ICSA-22-314-07, ICSA-22-314-08",
    "nx1p2",
    "nj/nx",
    ["nj/nx machine automation", "<= 1.48"],
    ["nj/nx and software", "<= 1.48"],
  ),
  // The advisories limit the NX1 and the NX7 to other versions than their leaves let see.
  part(
    "omron",
    "NX1",
    /^NX102/,
    "NX102; ICSA-22-179-02, ICSA-22-314-07, ICSA-22-314-08",
    "nj/nx",
    ["nj/nx machine automation", "<= 1.48"],
    ["nj/nx and software", "<= 1.48"],
  ),
  part(
    "omron",
    "NX7",
    /^NX701/,
    "NX701; ICSA-22-179-02, ICSA-22-314-07, ICSA-22-314-08",
    ["nj/nx", "< 1.29"],
    ["nj/nx machine automation", "<= 1.28"],
    ["nj/nx and software", "<= 1.28"],
  ),
];

/**
 * A family whose members run several lines of firmware. Only what is said of all its versions means the same for each of
 * them. The S7-300 is not here: what the contract expects of an S7-315 counts its order number alone, although
 * ICSA-20-252-02 and ICSA-20-315-04 speak of all versions of the family.
 */
export type ProductFamilyName = {
  vendor: string;
  /** As {@link normalizeLineName} leaves it. */
  name: string;
  /** Over order and catalogue numbers as they are compared. */
  members: RegExp;
  source: string;
};

export const mixedFamilies: readonly ProductFamilyName[] = [
  { vendor: "siemens", name: "s7-400", members: /^6(ES7|AG1)41[2-7]/, source: "ICSA-20-252-02" },
  { vendor: "rockwell", name: "micro800", members: /^2080L/, source: "ICSA-20-280-01" },
  { vendor: "omron", name: "cj", members: /^CJ[12]/, source: "ICSA-20-063-03" },
  { vendor: "omron", name: "cs", members: /^CS1/, source: "ICSA-19-346-02" },
];

const brand = /^(rockwell automation|allen-bradley|allen bradley|siemens|schneider electric|omron) /;
const generic =
  /\b(simatic|sysmac|cpus?|family|controllers?|controller|plcs?|pac|programmable|logic|products?|all (?:references|series|models)|-?series)\b/g;

/** What is left of a product's name when it is to be compared with a line's: no brand, no remarks, no kind of device. */
export function normalizeLineName(name: string): string {
  return name
    .slice(0, 500)
    .toLowerCase()
    .replace(/[\s_™®]+|â„¢/gu, " ")
    .replace(/\([^)]*\)?/g, " ")
    .trim()
    .replace(brand, "")
    .replace(/,? series [a-h](\b.*)?$/, "")
    .replace(/ [a-h](\/[a-h])*$/, "")
    .replace(generic, " ")
    .replace(/ +/g, " ")
    .trim();
}

const lineByName = new Map<string, { line: ProductLine; versions: string | null }[]>();
for (const entry of productLines) {
  for (const [name, versions] of Object.entries(entry.names)) {
    const key = `${entry.vendor}|${name}`;
    lineByName.set(key, [...(lineByName.get(key) ?? []), { line: entry, versions }]);
  }
}

/** The mixed family that a product's name means, for one vendor. */
export function findMixedFamily(vendor: string, name: string): string | null {
  const normal = normalizeLineName(name);
  return mixedFamilies.find((family) => family.vendor === vendor && family.name === normal)?.name ?? null;
}

/** Parts of families that a device belongs to by its numbers, and mixed families, each by name. */
export function groupsOfNumbers(vendor: string, numbers: Iterable<string>): { lines: string[]; families: string[] } {
  const all = [...numbers];
  const isMember = (entry: { vendor: string; members?: RegExp }) =>
    entry.vendor === vendor && entry.members !== undefined && all.some((number) => entry.members!.test(number));
  return {
    lines: productLines.filter(isMember).map(({ family }) => family),
    families: mixedFamilies.filter(isMember).map(({ name }) => name),
  };
}

/** The lines that a product's name means, for one vendor; `versions` where the name itself narrows them. */
export function findProductLines(
  vendor: string,
  name: string,
): readonly { line: ProductLine; versions: string | null }[] {
  return lineByName.get(`${vendor}|${normalizeLineName(name)}`) ?? [];
}
