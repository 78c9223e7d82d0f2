/** The site that an address on the web belongs to. */
export type Site = { host: string; port: number; path: string };

const PORTS: ReadonlyMap<string, number> = new Map([
  ["http:", 80],
  ["https:", 443],
]);

/** Host, port and path of a URL, without query and fragment; null for what is no URL of the web. */
export function toSite(url: string): Site | null {
  // Scanners write down what they sent: their URLs hold anything behind the host.
  const head = /^\s*(https?:\/\/[^\s/?#\\]{1,300})([^?#]{0,4000})/i.exec(url);
  if (!head || !URL.canParse(head[1] as string)) return null;
  const { protocol, hostname, port } = new URL(head[1] as string);
  const host = hostname.replace(/^\[|\]$/g, "");
  return { host, port: port === "" ? (PORTS.get(protocol) as number) : Number(port), path: head[2] || "/" };
}
