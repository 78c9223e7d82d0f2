import {
  escapeXml,
  hostDate,
  hostTag,
  type ItemTemplate,
  itemTemplate,
  REPORT_HEAD,
  REPORT_TAIL,
} from "./nessus-xml.ts";
import { type NessusPlugin, pluginCatalogue } from "./plugin-catalogue.ts";
import { type PlannedHost, planHost, type ScanSeries } from "./scan-plan.ts";

const CHUNK_CHARS = 65_536;
export const DEFAULT_PLUGINS = 2000;

/** A NessusClientData_v2 report of one run, in chunks of about 64 KiB; nothing larger is ever held. */
export function writeNessus(series: ScanSeries): Generator<Uint8Array> {
  const catalogue = pluginCatalogue(series.seed, series.plugins ?? DEFAULT_PLUGINS);
  return writeReport(`Simulated network ${series.seed}`, planHosts(series, catalogue));
}

function* planHosts(series: ScanSeries, catalogue: readonly NessusPlugin[]): Generator<PlannedHost> {
  for (let index = 0; index < series.hosts; index++) yield planHost(series, catalogue, index);
}

/** A report about the given hosts. Names, prose and output must be ASCII. */
export function* writeReport(name: string, hosts: Iterable<PlannedHost>): Generator<Uint8Array> {
  const templates = new Map<NessusPlugin, ItemTemplate>();
  let text = `${REPORT_HEAD}<Report name="${escapeXml(name)}">\n`;
  for (const host of hosts) {
    text += hostHead(host);
    for (const { plugin, port, protocol, output } of host.items) {
      const { afterPort, beforeOutput, afterOutput } = templateOf(templates, plugin);
      text += `<ReportItem port="${port}${afterPort}${protocol}${beforeOutput}${escapeXml(output)}${afterOutput}`;
      if (text.length >= CHUNK_CHARS) {
        yield toBytes(text);
        text = "";
      }
    }
    text += "</ReportHost>\n";
  }
  yield toBytes(text + REPORT_TAIL);
}

// The simulator writes ASCII only, which latin1 encodes several times faster than utf8.
function toBytes(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

function templateOf(templates: Map<NessusPlugin, ItemTemplate>, plugin: NessusPlugin): ItemTemplate {
  const known = templates.get(plugin);
  if (known !== undefined) return known;
  const template = itemTemplate(plugin);
  templates.set(plugin, template);
  return template;
}

function hostHead(host: PlannedHost): string {
  const { name, operatingSystem } = host;
  const shortName = name.slice(0, Math.max(name.indexOf("."), 0)).toUpperCase();
  const optional = (tag: string, value: string) => (value === "" ? "" : hostTag(tag, value));
  return [
    `<ReportHost name="${host.ipAddress}"><HostProperties>\n`,
    hostTag("HOST_END_TIMESTAMP", String(host.endedAt / 1000)),
    hostTag("HOST_END", hostDate(host.endedAt)),
    optional("operating-system", operatingSystem),
    hostTag("mac-address", host.macAddress),
    hostTag("host-ip", host.ipAddress),
    optional("host-fqdn", name),
    optional("netbios-name", shortName),
    hostTag("HOST_START_TIMESTAMP", String(host.startedAt / 1000)),
    hostTag("HOST_START", hostDate(host.startedAt)),
    "</HostProperties>\n",
  ].join("");
}
