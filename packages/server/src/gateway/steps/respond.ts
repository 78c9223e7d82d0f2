import { pipeline, type Readable } from "node:stream";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Answer } from "../../binding.ts";
import type { Exchange } from "../exchange.ts";

/** On every answer of the gateway, in the order of the printed samples (platform.md 8). */
export const COMMON_HEADERS = [
  ["Cache-Control", "no-cache, no-store, max-age=0, must-revalidate"],
  ["Pragma", "no-cache"],
  ["Expires", "0"],
  ["X-Content-Type-Options", "nosniff"],
  ["X-Frame-Options", "DENY"],
  ["X-XSS-Protection", "1 ; mode=block"],
  ["Referrer-Policy", "no-referrer"],
] as const;

const COMMON_FLAT: readonly string[] = COMMON_HEADERS.flat();
const NO_HEADERS: readonly (readonly [string, string])[] = [];

const JSON_TYPE = "application/json";
/** Below this, compression costs more than it saves. */
const COMPRESS_FROM_CHARS = 1_024;

const gzipText = promisify(gzip);
const brotliText = promisify(brotliCompress);

type Payload = string | Buffer | Readable | null;
type Packed = { payload: Payload; encoding?: string };

/**
 * Steps 9 and 10: the handler's answer in bytes, under the common headers. Written to the response directly: names keep
 * the printed spelling, the order is the printed one, and it is what makes a small answer cheap (bench/results).
 */
export async function respond(exchange: Exchange, answer: Answer, defaultStatus: number): Promise<void> {
  const { out } = exchange;
  if (out.headersSent || out.destroyed) return;
  const body = toBody(answer);
  const { payload } = body;
  const packed: Packed =
    payload !== null && !isStream(payload) && isWorthPacking(exchange, payload)
      ? await compress(exchange, payload)
      : body;
  if (out.destroyed) return;
  out.sendDate = false;
  out.writeHead(answer.status ?? defaultStatus, toHead(exchange, answer, body, packed, defaultStatus));
  send(exchange, packed.payload);
}

type Body = { payload: Payload; contentType?: string; bytes?: number };

/** Names and values in turn, as `writeHead` takes them: one flat array is what Node writes fastest. */
function toHead(exchange: Exchange, answer: Answer, body: Body, packed: Packed, defaultStatus: number): string[] {
  const head: string[] = [];
  const isList = answer.count !== undefined;
  const framing = hasNoBody(answer.status ?? defaultStatus) ? [] : toFraming(packed.payload, body.bytes, isList);
  const limits = exchange.limitHeaders ?? NO_HEADERS;
  if (isList) head.push(...framing);
  for (const [name, value] of limits) if (name.startsWith("X-")) head.push(name, value);
  if (isList) head.push("count", String(answer.count));
  if (body.contentType?.startsWith(JSON_TYPE)) head.push("vary", "accept-encoding");
  if (packed.encoding) head.push("content-encoding", packed.encoding);
  if (body.contentType) head.push("Content-Type", body.contentType);
  head.push("Date", httpDate());
  pushCommon(head, answer.headers);
  for (const [name, value] of limits) if (!name.startsWith("X-")) head.push(name, value);
  for (const [name, value] of exchange.lifecycleHeaders ?? NO_HEADERS) head.push(name, value);
  for (const [name, value] of Object.entries(answer.headers ?? {})) head.push(name, value);
  head.push("X-Request-Id", exchange.id);
  if (!isList) head.push(...framing);
  if (exchange.life.isStopping) head.push("Connection", "close");
  return head;
}

/** The common headers, but for those that the answer sets itself. */
function pushCommon(head: string[], own: Answer["headers"]): void {
  if (own === undefined) {
    head.push(...COMMON_FLAT);
    return;
  }
  const names = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  for (const [name, value] of COMMON_HEADERS) if (!names.has(name.toLowerCase())) head.push(name, value);
}

function toBody(answer: Answer): Body {
  if ("json" in answer) return { payload: answer.json, contentType: JSON_TYPE };
  if ("value" in answer) return { payload: JSON.stringify(answer.value), contentType: JSON_TYPE };
  if ("text" in answer) return { payload: answer.text, contentType: answer.contentType };
  if ("empty" in answer) return { payload: null };
  const { stream, contentType, bytes } = answer;
  return bytes === undefined ? { payload: stream, contentType } : { payload: stream, contentType, bytes };
}

/** RFC 9110, 8.6: these carry no length, not even that of nothing. */
function hasNoBody(status: number): boolean {
  return status === 204 || status === 304;
}

function toFraming(payload: Payload, bytes: number | undefined, isList: boolean): string[] {
  if (isList || (isStream(payload) && bytes === undefined)) return ["transfer-encoding", "chunked"];
  const length = bytes ?? (payload === null || isStream(payload) ? 0 : Buffer.byteLength(payload));
  return ["content-length", String(length)];
}

/**
 * gzip or br for text of some size. One shot on the thread pool: the streams that a plugin would set up for every answer
 * cost more than the answer itself. Level 1 and quality 3, because these answers are made once and read once.
 */
async function compress(exchange: Exchange, text: string | Buffer): Promise<Packed> {
  const accepted = String(exchange.raw.headers["accept-encoding"]);
  const encoding = (["gzip", "br"] as const).find((coding) => isAccepted(accepted, coding));
  return encoding ? { payload: await packedText(text, encoding), encoding } : { payload: text };
}

/** Bytes that are answered more than once, as pages of lists are, are packed once. */
const packedBytes = { gzip: new WeakMap<Buffer, Promise<Buffer>>(), br: new WeakMap<Buffer, Promise<Buffer>>() };

function packedText(text: string | Buffer, encoding: keyof typeof packedBytes): Promise<Buffer> {
  const pack = () =>
    encoding === "gzip"
      ? gzipText(text, { level: 1 })
      : brotliText(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } });
  if (typeof text === "string") return pack();
  const known = packedBytes[encoding].get(text);
  if (known) return known;
  const packed = pack();
  packedBytes[encoding].set(text, packed);
  // What went wrong once is tried again by whoever asks next.
  packed.catch(() => packedBytes[encoding].delete(text));
  return packed;
}

function isWorthPacking(exchange: Exchange, text: string | Buffer): boolean {
  return text.length >= COMPRESS_FROM_CHARS && exchange.raw.headers["accept-encoding"] !== undefined;
}

function isAccepted(header: string, coding: string): boolean {
  return header.split(",").some((part) => {
    const [name, ...parameters] = part.split(";").map((word) => word.trim().toLowerCase());
    return name === coding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

function isStream(payload: Payload): payload is Readable {
  return payload !== null && typeof payload === "object" && "pipe" in payload;
}

function send({ out, log, id }: Exchange, payload: Payload): void {
  if (payload === null) out.end();
  else if (isStream(payload)) {
    pipeline(payload, out, (error) => {
      // A client that hangs up early is no news; anything else broke here.
      if (error && error.code !== "ERR_STREAM_PREMATURE_CLOSE")
        log.error({ err: error, requestId: id }, "an answer broke off");
    });
  } else out.end(payload);
}

let dateText = "";
let dateSecond = 0;

/** The Date header; made anew once a second. */
function httpDate(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(second * 1000).toUTCString();
  }
  return dateText;
}
