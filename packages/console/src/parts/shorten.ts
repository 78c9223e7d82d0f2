/** The first few of many texts, and how many more there are. */
export function shorten(texts: readonly string[], most = 3): string {
  return texts.length > most ? `${texts.slice(0, most).join(", ")} +${texts.length - most}` : texts.join(", ");
}
