const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
  ["#39", "'"],
  ["nbsp", " "],
  ["amp", "&"],
]);

/** Prose without its markup: blocks and breaks become line ends, other tags nothing. What is no tag stays. */
export function toPlainText(html: string): string {
  return html
    .replaceAll(/<(?:br|\/?p|\/?div|\/?ul|\/?ol|\/?li|\/?h\d|\/?pre|\/?table|\/?tr)(?:\s[^<>]{0,1000})?\/?>/gi, "\n")
    .replaceAll(/<\/?[a-z][a-z0-9]{0,15}(?:\s[^<>]{0,1000})?\/?>/gi, "")
    .replaceAll(/&([a-z]{2,4}|#39);/g, (whole, name: string) => ENTITIES.get(name) ?? whole)
    .replaceAll(/[ \t]{0,50}\n\s{0,50}/g, "\n")
    .trim();
}
