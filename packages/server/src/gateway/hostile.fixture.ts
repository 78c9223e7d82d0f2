import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { defineOperation } from "@breakwater/contract";
import { createTestDatabase } from "@breakwater/testkit/database";
import { type Logger, pino } from "pino";
import { Type } from "typebox";
import { type Binding, bind } from "../binding.ts";
import type { Caller } from "../caller.ts";
import { toConfig } from "../config/config.ts";
import type { Environment } from "../config/env.ts";
import { createMemoryLimiter } from "../limits/index.ts";
import { notAuthenticated } from "../modules/auth/index.ts";
import { buildGateway } from "./index.ts";
import type { Timings } from "./timings.ts";
import type { Certificate } from "./tls/certificate.ts";

const access = { permission: "ETM API Access" } as const;
const responses = { 200: { description: "Done" } };

/** Operations made for tests of the transport: what it must bear does not depend on the product. */
const whoami = defineOperation({
  id: "test.client.get",
  method: "GET",
  versions: { "1.0": "/test/1.0/client" },
  summary: "Answers what is known of the client",
  access,
  responses,
});
const echo = defineOperation({
  id: "test.echo.create",
  method: "POST",
  versions: { "1.0": "/test/1.0/echo" },
  summary: "Answers the body",
  access,
  body: { kind: "json", schema: Type.Object({}) },
  responses,
});
const upload = defineOperation({
  id: "test.upload.create",
  method: "POST",
  versions: { "1.0": "/test/1.0/upload" },
  summary: "Answers how many bytes came",
  access,
  body: { kind: "stream", description: "Anything", contentTypes: ["application/octet-stream"] } as never,
  responses,
});
const defect = defineOperation({
  id: "test.defect.get",
  method: "GET",
  versions: { "1.0": "/test/1.0/defect" },
  summary: "Throws",
  access,
  responses,
});
const wait = defineOperation({
  id: "test.wait.get",
  method: "GET",
  versions: { "1.0": "/test/1.0/wait" },
  summary: "Answers when the test lets it",
  access,
  responses,
});

const caller: Caller = {
  subscriptionId: 1,
  isOperator: true,
  account: { kind: "user", id: 1 },
  username: "u",
  role: "Reader",
  permissions: new Set(["ETM API Access"]),
  scope: { kind: "all" },
};
const limits = { level: "Custom", custom: { maxConcurrent: 100, maxCalls: 100_000, windowSec: 3600 } } as const;

/** Holds the calls of `GET /test/1.0/wait` until they are let go. */
export class Door {
  #open: () => void = () => undefined;
  #opened = new Promise<void>((resolve) => {
    this.#open = resolve;
  });
  readonly arrivals: (() => void)[] = [];

  async pass(): Promise<void> {
    this.arrivals.shift()?.();
    await this.#opened;
  }

  /** Resolves when the next call has arrived. */
  nextArrival(): Promise<void> {
    return new Promise((resolve) => this.arrivals.push(resolve));
  }

  open(): void {
    this.#open();
  }
}

/** A gateway of its own, listening on loopback; its token is `a.b.c`. */
export async function startGateway(
  options: {
    environment?: Partial<Environment>;
    timings?: Partial<Timings>;
    certificate?: Certificate;
    log?: Logger;
    door?: Door;
    maxCalls?: number;
  } = {},
) {
  const database = await createTestDatabase();
  const db = database.open();
  const bindings: Binding[] = [
    bind(whoami, async ({ address, origin }) => ({ value: { address, origin } })),
    bind(echo, async ({ body }) => ({ value: body })),
    bind(upload, async ({ payload }) => {
      let bytes = 0;
      for await (const chunk of payload) bytes += (chunk as Buffer).length;
      return { value: { bytes } };
    }),
    bind(defect, async () => {
      throw new Error("the secret inside");
    }),
    bind(wait, async () => {
      await options.door?.pass();
      return { value: {} };
    }),
  ];
  const { maxCalls = limits.custom.maxCalls } = options;
  const gateway = await buildGateway({
    config: toConfig({ port: "0", ...options.environment } as Environment),
    bindings,
    db,
    limiter: createMemoryLimiter({ clock: Date.now }),
    lifecycle: { find: () => undefined, list: () => [], profile: "lenient" } as never,
    authenticate: (token: string) => {
      if (token !== "a.b.c") throw notAuthenticated();
      return { caller, limits: { ...limits, custom: { ...limits.custom, maxCalls } } } as never;
    },
    clock: Date.now,
    log: options.log ?? pino({ level: "silent" }),
    system: { version: "0.0.0", isReady: async () => true },
    ...(options.certificate ? { certificate: options.certificate } : {}),
    ...(options.timings ? { timings: options.timings } : {}),
  });
  const url = await gateway.listen({ host: "127.0.0.1", port: 0 });
  const port = Number(new URL(url).port);
  return {
    gateway,
    url,
    port,
    /** Bytes there, then everything that comes back until the server closes. */
    ask: async (...pieces: (string | number)[]): Promise<string> => {
      const socket = await open(port);
      const answer = readAll(socket);
      // A number is a pause: the server is asked about what stands still.
      for (const piece of pieces) {
        if (typeof piece === "number") await delay(piece);
        else if (socket.writable) socket.write(piece, "latin1");
      }
      return answer;
    },
    connect: () => open(port),
    close: async () => {
      await gateway.close();
      await db.close();
      await database.drop();
    },
  };
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

/** What came until the end; a reset ends it too. */
export async function readAll(socket: Socket): Promise<string> {
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
  });
  socket.on("error", () => undefined);
  if (!socket.closed) await once(socket, "close");
  return text;
}

/** The status of each answer in a raw text, in order. */
export function statusesOf(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) [^\r]*\r\n/g)].map(([, status]) => Number(status));
}

export const AUTH = "Host: x\r\nAuthorization: Bearer a.b.c\r\n";
export const CLOSE = "Connection: close\r\n";
