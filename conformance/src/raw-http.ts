import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Target } from "./target.ts";

/** An answer as its bytes stood on the wire. */
export type RawAnswer = { statusLine: string; headers: [name: string, value: string][]; body: string };

export async function openSocket(target: Target): Promise<Socket> {
  const { hostname, port } = new URL(target.url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  return socket;
}

/** Sends bytes as they are and reads until the server closes. */
export async function exchangeRaw(target: Target, request: string | Uint8Array): Promise<string> {
  const socket = await openSocket(target);
  socket.write(request);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("latin1");
}

/** One GET on a connection of its own, spelled exactly as answered. */
export async function getRaw(target: Target, path: string, headers: Record<string, string>): Promise<RawAnswer> {
  const lines = Object.entries({ Host: new URL(target.url).host, Connection: "close", ...headers });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return parseAnswer(await exchangeRaw(target, `GET ${path} HTTP/1.1\r\n${head}\r\n`));
}

export function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return { statusLine, headers, body: text.slice(end + 4) };
}
