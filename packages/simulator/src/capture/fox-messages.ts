import { join } from "./message-bytes.ts";

export const FOX_PORT = 1911;

/** What a station says of itself by key: `hostName`, `app.version`, `brandId`, … */
export function foxHello(isFromStation: boolean, values: Readonly<Record<string, string>>): Uint8Array {
  const lines = Object.entries(values).map(([key, value]) => `${key}=s:${value}\n`);
  return join(`fox a ${isFromStation ? 0 : 1} -1 fox hello\n{\nfox.version=s:1.0\nid=i:1\n${lines.join("")}};;\n`);
}
