import { escapeHtml } from "../../html.ts";
import type { PlatformEntry } from "./platforms-file.ts";

/** The list for browsers. */
export function toPlatformsPage(platforms: readonly PlatformEntry[]): string {
  const link = (url: string) => `<a href="${escapeHtml(url)}">${escapeHtml(url)}</a>`;
  const rows = platforms.map(({ name, gatewayUrl, apiUrl, consoleUrl, usernameMarker }) => {
    const cells = [
      escapeHtml(name),
      link(gatewayUrl),
      link(apiUrl),
      link(consoleUrl),
      escapeHtml(usernameMarker ?? ""),
    ];
    return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
  });
  const head = ["platform", "gateway", "API", "console", "marker in user names"];
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Breakwater platforms</title></head><body><h1>Platforms</h1><p>An account lives on one platform; requests go to that platform's gateway.</p><table><tr>${head.map((cell) => `<th>${cell}</th>`).join("")}</tr>${rows.join("")}</table></body></html>`;
}
