import { join, le16, le32 } from "./message-bytes.ts";

export const OPC_UA_PORT = 4840;

const ABSENT = le32(0xffffffff);

/** What an application says of itself (OPC 10000-4, 7.2). */
export type UaApplication = { applicationUri: string; productUri: string; applicationName: string };

/** The product behind a server (OPC 10000-5, 12.4). */
export type UaBuildInfo = { productUri: string; manufacturer: string; productName: string; version: string };

function chunk(type: string, body: Uint8Array, isFinal = true): Uint8Array {
  return join(type, isFinal ? "F" : "C", le32(8 + body.length), body);
}

function string(text: string): Uint8Array {
  const bytes = Buffer.from(text, "utf8");
  return join(le32(bytes.length), bytes);
}

/** A message on channel 1, token 1, in chunks of at most `maxBody` bytes. */
function message(sequence: number, service: number, body: Uint8Array, maxBody: number): Uint8Array {
  const whole = join(1, 0, le16(service), body);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < whole.length; at += maxBody) {
    const isFinal = at + maxBody >= whole.length;
    const head = join(le32(1), le32(1), le32(sequence + pieces.length), le32(sequence));
    pieces.push(chunk("MSG", join(head, whole.subarray(at, at + maxBody)), isFinal));
  }
  return join(...pieces);
}

const REQUEST_HEADER = join(0, 0, le32(0), le32(0), le32(1), le32(0), ABSENT, le32(5000), 0, 0, 0);
const RESPONSE_HEADER = join(le32(0), le32(0), le32(1), le32(0), 0, le32(0), 0, 0, 0);

export function uaHello(url: string): Uint8Array {
  return chunk("HEL", join(le32(0), le32(65_536), le32(65_536), le32(0), le32(0), string(url)));
}

export function uaAcknowledge(): Uint8Array {
  return chunk("ACK", join(le32(0), le32(65_536), le32(65_536), le32(0), le32(0)));
}

function application({ applicationUri, productUri, applicationName }: UaApplication): Uint8Array {
  const name = join(3, string("en"), string(applicationName));
  return join(string(applicationUri), string(productUri), name, le32(0), ABSENT, ABSENT, le32(0));
}

export function findServersRequest(sequence: number, url: string): Uint8Array {
  return message(sequence, 422, join(REQUEST_HEADER, string(url), le32(0), le32(0)), 8192);
}

export function findServersResponse(sequence: number, servers: readonly UaApplication[], maxBody = 8192): Uint8Array {
  return message(sequence, 425, join(RESPONSE_HEADER, le32(servers.length), ...servers.map(application)), maxBody);
}

export function getEndpointsRequest(sequence: number, url: string): Uint8Array {
  return message(sequence, 428, join(REQUEST_HEADER, string(url), le32(0), le32(0)), 8192);
}

/** One endpoint without security. */
export function getEndpointsResponse(sequence: number, url: string, server: UaApplication, maxBody = 8192): Uint8Array {
  const policy = string("http://opcfoundation.org/UA/SecurityPolicy#None");
  const transport = string("http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary");
  const endpoint = join(string(url), application(server), ABSENT, le32(1), policy, le32(0), transport, 0);
  return message(sequence, 431, join(RESPONSE_HEADER, le32(1), endpoint), maxBody);
}

/** Read of Server_ServerStatus_BuildInfo, i=2260. */
export function readBuildInfoRequest(sequence: number): Uint8Array {
  const node = join(1, 0, le16(2260), le32(13), ABSENT, le16(0), ABSENT);
  return message(sequence, 631, join(REQUEST_HEADER, le32(0), le32(0), le32(2), le32(1), node), 8192);
}

export function readBuildInfoResponse(sequence: number, info: UaBuildInfo): Uint8Array {
  const texts = [info.productUri, info.manufacturer, info.productName, info.version, "42"].map(string);
  const body = join(...texts, le32(0), le32(0));
  const value = join(0x01, 22, 1, 0, le16(340), 1, le32(body.length), body);
  return message(sequence, 634, join(RESPONSE_HEADER, le32(1), value, le32(0)), 8192);
}
