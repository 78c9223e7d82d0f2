/** A software component by the names that scanners have for it. */
export type Component = { name: string; version: string };

const PACKAGE_URL = /^pkg:([a-z0-9.+-]+)\/(@?[^@?#]+)(?:@([^?#]+))?/i;

/** `pkg:maven/org.example/lib@1.0` is `org.example:lib` 1.0; null for what is no package URL. */
export function componentOfPackageUrl(text: string): Component | null {
  const match = PACKAGE_URL.exec(text);
  if (!match) return null;
  const [, type = "", path = "", version = ""] = match;
  const parts = path.split("/").filter((part) => part !== "");
  // Of distributions the path begins with who packs it, which is no part of the name.
  const names = /^(deb|rpm|apk|alpm)$/i.test(type) ? parts.slice(-1) : parts;
  return { name: names.map(decode).join(type.toLowerCase() === "maven" ? ":" : "/"), version: decode(version) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
