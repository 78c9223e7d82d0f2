import { vendorKey } from "../vendor.ts";

/** A spelling that advisories use beside those of {@link vendorKey}, and where it was seen. */
export type VendorAlias = { spelling: RegExp; key: string; source: string };

/** Over the folded name: lower case, single blanks. */
export const vendorAliases: readonly VendorAlias[] = [
  { spelling: /^rockwell\b/, key: "rockwell", source: "ICSA-23-080-06: trailing blank" },
  {
    spelling: /^schneider electric software/,
    key: "schneider",
    source: "ICSA-17-019-01A: Schneider Electric Software, LLC",
  },
  {
    spelling: /^siemens (healthineers|healthcare)/,
    key: "siemens healthineers",
    source: "ICSA-21-350-16: Siemens Healthineers, Siemens",
  },
  {
    spelling: /^innominate/,
    key: "phoenix contact",
    source: "ICSA-17-017-01: PHOENIX CONTACT, Innominate Security Technologies",
  },
  {
    spelling: /^(general electric|ge)\b(?! health)/,
    key: "ge",
    source: "ICSA-17-117-01B: General Electric (GE); ICSA-23-017-01: GE Digital",
  },
  { spelling: /^hitachi energy/, key: "hitachi energy", source: "ICSA-23-269-02: leading blank" },
  { spelling: /^b&r\b/, key: "b&r", source: "ICSA-20-051-01: B&R Industrial Automation" },
  { spelling: /^moxa\b/, key: "moxa", source: "ICSA-17-143-01: Moxa; ICSA-20-287-01: MOXA" },
  {
    spelling: /^codesys\b|^3s-smart/,
    key: "codesys",
    source: "ICSA-17-087-02: 3S-Smart Software Solutions GmbH; ICSA-21-173-02: CODESYS, GmbH",
  },
  {
    spelling: /^mitsubishi\b/,
    key: "mitsubishi",
    source: "ICSA-21-250-01: Mitsubishi Electric Corporation; ICSA-23-061-01: leading blank",
  },
  { spelling: /^yokogawa\b/, key: "yokogawa", source: "ICSA-18-102-01" },
  { spelling: /^honeywell\b/, key: "honeywell", source: "ICSA-23-194-06: trailing blank" },
  { spelling: /^emerson\b/, key: "emerson", source: "ICSA-18-058-03" },
  { spelling: /^delta (electronics|industrial)/, key: "delta electronics", source: "ICSA-18-004-01" },
  { spelling: /^beckhoff\b/, key: "beckhoff", source: "ICSA-18-081-02" },
];

const legalForm = /^(inc|llc|ltd|gmbh|ag|co|corp|corporation|s\.?a\.?|kg|se|limited)\b\.?/;

/** The keys of all vendors that an advisory's vendor name speaks of: `ABB, Phoenix Contact and WAGO` is three. */
export function vendorKeysOf(name: string): string[] {
  const folded = name.slice(0, 500).toLowerCase().replace(/\s+/gu, " ").trim();
  const keys = folded
    .split(/,|;|\/|\band\b/)
    .map((part) => part.trim())
    .filter((part) => part !== "" && !legalForm.test(part))
    .map((part) => vendorAliases.find(({ spelling }) => spelling.test(part))?.key ?? vendorKey(part))
    .filter((key) => key !== null);
  return [...new Set(keys)];
}
