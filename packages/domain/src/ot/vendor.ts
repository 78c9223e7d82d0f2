/** Spellings of one manufacturer, by the folded first words of its name. */
const aliases: readonly (readonly [RegExp, string])[] = [
  [/^(rockwell|allen[- ]bradley)/, "rockwell"],
  [/^siemens/, "siemens"],
  [/^(schneider|modicon|telemecanique|square d)/, "schneider"],
  [/^(hirschmann|belden)/, "belden"],
  [/^omron/, "omron"],
  [/^wago/, "wago"],
  [/^phoenix/, "phoenix contact"],
  [/^mitsubishi/, "mitsubishi"],
  [/^(abb|asea brown)/, "abb"],
];

const legalForms = /[,.]?\s+(ag|gmbh( & co\.? kg)?|inc\.?|corp(oration)?\.?|co\.?,? ltd\.?|ltd\.?|llc|s\.?a\.?|se|kg)$/;

/** One key for all spellings of a manufacturer; null without one. */
export function vendorKey(manufacturer: string | null): string | null {
  if (manufacturer === null) return null;
  const folded = manufacturer.toLowerCase().replace(/\s+/g, " ").trim();
  const alias = aliases.find(([pattern]) => pattern.test(folded));
  return alias?.[1] ?? (folded.replace(legalForms, "").trim() || null);
}
