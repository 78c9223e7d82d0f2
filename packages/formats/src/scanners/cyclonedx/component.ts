import type { JsonObject } from "../../json/index.ts";
import { type Component, componentOfPackageUrl, toText } from "../kit/index.ts";

/** The name with its group as the package's own world writes it: `org.example:lib` of Maven, `@scope/lib` elsewhere. */
export function toComponentRecord(value: JsonObject): Component {
  const group = toText(value.group);
  const separator = toText(value.purl).startsWith("pkg:maven/") ? ":" : "/";
  const name = toText(value.name);
  return { name: group === "" ? name : `${group}${separator}${name}`, version: toText(value.version) };
}

/**
 * What a reference says by itself, of a component that the file does not hold: a package URL, or a link into another file
 * (`urn:cdx:…#ref`).
 */
export function componentOfRef(ref: string): Component {
  const local = ref.startsWith("urn:cdx:") ? ref.slice(ref.indexOf("#") + 1) : ref;
  return componentOfPackageUrl(local) ?? { name: local, version: "" };
}
