import { get as getHttp } from "node:http";
import { get as getHttps } from "node:https";
import type { Config } from "@breakwater/server";
import { type Check, PATIENCE_MS, toReason } from "./check.ts";

export const VALKEY: Check = {
  name: "shared limits",
  async look({ valkeyUrl }) {
    if (valkeyUrl === undefined) return { status: "skipped", found: "BREAKWATER_VALKEY_URL is not set: one node" };
    const { probeLimitStore } = await import("@breakwater/server/limits/probe-limit-store");
    try {
      return { status: "ok", found: `${await probeLimitStore(valkeyUrl, PATIENCE_MS)} answers` };
    } catch (error) {
      const todo = "check BREAKWATER_VALKEY_URL, and that the store runs and lets this machine in";
      return { status: "failed", found: `no answer: ${toReason(error)}`, todo };
    }
  },
};

export const PORT: Check = {
  name: "port",
  async look(config) {
    const place = `${config.host} port ${config.port}`;
    const answer = await askHealth(config);
    const todo = "stop what listens there, or choose another with --port";
    if (answer === undefined) return { status: "ok", found: `${place} is free` };
    if (answer.body.includes('"ready"') && answer.status === 200) {
      return { status: "ok", found: `a Breakwater listens at ${place} and is ready` };
    }
    if (answer.body.includes("not ready")) {
      return { status: "failed", found: `a Breakwater listens at ${place} and is not ready`, todo: "see its log" };
    }
    return { status: "failed", found: `something else listens at ${place}`, todo };
  },
};

/** What `/health/ready` says on the way that this configuration serves; undefined when nothing listens. */
function askHealth({ host, port, tls }: Config): Promise<{ status: number; body: string } | undefined> {
  const get = tls ? getHttps : getHttp;
  // Whoever listens everywhere listens on loopback. Who answers is not trusted with anything: any certificate will do.
  const hostname = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  const options = { hostname, port, path: "/health/ready", timeout: PATIENCE_MS, rejectUnauthorized: false };
  return new Promise((resolve) => {
    const request = get(options, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body = (body + text).slice(0, 1000);
      });
      response.on("close", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on("timeout", () => request.destroy(new Error("no answer")));
    request.on("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code === "ECONNREFUSED" ? undefined : { status: 0, body: error.message });
    });
  });
}
