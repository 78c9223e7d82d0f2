import type { NessusPlugin } from "./plugin-catalogue.ts";

/** The parts of a report item around what differs from host to host. */
export type ItemTemplate = { afterPort: string; beforeOutput: string; afterOutput: string };

export const REPORT_HEAD = `<?xml version="1.0" ?>
<NessusClientData_v2>
<Policy><policyName>Simulated policy</policyName>
<Preferences><ServerPreferences><preference><name>max_checks</name>
<value>5</value>
</preference>
</ServerPreferences></Preferences></Policy>
`;
export const REPORT_TAIL = "</Report>\n</NessusClientData_v2>\n";

export function escapeXml(text: string): string {
  return /[&<>"]/.test(text)
    ? text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")
    : text;
}

export function element(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>\n`;
}

export function hostTag(name: string, value: string): string {
  return `<tag name="${name}">${escapeXml(value)}</tag>\n`;
}

const RISKS = ["None", "Low", "Medium", "High", "Critical"];

/** Everything of a plugin's items that is the same at every host, ready to be joined. */
export function itemTemplate(plugin: NessusPlugin): ItemTemplate {
  const attributes = `pluginID="${plugin.id}" pluginName="${escapeXml(plugin.name)}" pluginFamily="${escapeXml(plugin.family)}"`;
  const before = [
    ...(plugin.cveIds.map((id) => element("cve", id)) ?? []),
    ...scores("cvss3", plugin.cvss3),
    ...scores("cvss", plugin.cvss2),
    element("description", plugin.description),
    ...(plugin.isExploitAvailable === null ? [] : [element("exploit_available", String(plugin.isExploitAvailable))]),
    element("fname", `example_${plugin.id}.nasl`),
    ...(plugin.patchPublishedOn === null ? [] : [element("patch_publication_date", plugin.patchPublishedOn)]),
    element("plugin_modification_date", plugin.publishedOn),
    element("plugin_name", plugin.name),
    element("plugin_publication_date", plugin.publishedOn),
    element("plugin_type", plugin.port === 0 ? "local" : "remote"),
    element("risk_factor", RISKS[plugin.severity] ?? "None"),
    element("script_version", "1.12"),
    ...(plugin.seeAlso.length === 0 ? [] : [element("see_also", plugin.seeAlso.join("\n"))]),
    element("solution", plugin.solution),
    element("synopsis", plugin.synopsis),
    "<plugin_output>",
  ].join("");
  return {
    afterPort: `" svc_name="${plugin.service}" protocol="`,
    beforeOutput: `" severity="${plugin.severity}" ${attributes}>\n${before}`,
    afterOutput: "</plugin_output>\n</ReportItem>\n",
  };
}

function scores(prefix: string, cvss: { score: string; vector: string } | null): string[] {
  return cvss === null ? [] : [element(`${prefix}_base_score`, cvss.score), element(`${prefix}_vector`, cvss.vector)];
}

/** `Mon Jul  1 11:40:48 2013`, the way the C library prints a time. */
export function hostDate(at: number): string {
  const [day, date, month, year, time] = new Date(at).toUTCString().replace(",", "").split(" ");
  return `${day} ${month} ${String(Number(date)).padStart(2, " ")} ${time} ${year}`;
}
