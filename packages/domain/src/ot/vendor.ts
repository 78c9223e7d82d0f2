/** Spellings of one manufacturer, by the folded first words of its name. */
const aliases: readonly (readonly [pattern: RegExp, key: string, name?: string])[] = [
  [/^(rockwell|allen[- ]bradley)/, "rockwell", "Rockwell Automation"],
  [/^siemens/, "siemens", "Siemens"],
  [/^(schneider(?! elektronik)|modicon|telemecanique|square d)/, "schneider", "Schneider Electric"],
  // Brands and divisions that go by names of their own have none here.
  [/^(hirschmann|belden)/, "belden"],
  [/^omron/, "omron", "Omron"],
  [/^wago/, "wago", "WAGO"],
  [/^phoenix(?! controls)/, "phoenix contact", "Phoenix Contact"],
  [/^mitsubishi/, "mitsubishi"],
  [/^(abb\b|asea brown)/, "abb", "ABB"],
];

const legalForms = /[,.]?\s+(ag|gmbh( & co\.? kg)?|inc\.?|corp(oration)?\.?|co\.?,? ltd\.?|ltd\.?|llc|s\.?a\.?|se|kg)$/;

/** The manufacturer's usual name, where the alias has one; else as it was told. */
export function vendorName(manufacturer: string): string {
  return aliasOf(manufacturer)?.[2] ?? manufacturer;
}

function aliasOf(manufacturer: string) {
  const folded = fold(manufacturer);
  return aliases.find(([pattern]) => pattern.test(folded));
}

function fold(manufacturer: string): string {
  return manufacturer.toLowerCase().replace(/\s+/g, " ").trim();
}

/** One key for all spellings of a manufacturer; null without one. */
export function vendorKey(manufacturer: string | null): string | null {
  if (manufacturer === null) return null;
  return aliasOf(manufacturer)?.[1] ?? (fold(manufacturer).replace(legalForms, "").trim() || null);
}
