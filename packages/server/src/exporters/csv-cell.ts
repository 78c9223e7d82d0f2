/**
 * A value as a cell of a CSV file. No spreadsheet takes the text for a formula: where it begins with a character that
 * starts one, an apostrophe goes before it (OWASP, "CSV Injection"; the full-width forms and line feed included). Null
 * is an empty cell.
 */
export function toCsvCell(value: string | number | boolean | null): string {
  if (typeof value !== "string") return value === null ? "" : String(value);
  const text = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(value) ? `'${value}` : value;
  return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
