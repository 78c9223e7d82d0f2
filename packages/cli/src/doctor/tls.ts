import { existsSync } from "node:fs";
import { type Check, toReason } from "./check.ts";

const DAY_MS = 86_400_000;
/** Whoever renews by hand wants to know this long before. */
const SOON_DAYS = 21;

export const TLS: Check = {
  name: "TLS certificate",
  async look({ tls, host }) {
    if (!tls) return { status: "skipped", found: `plain HTTP on ${host}` };
    if (tls.isSelfSigned && !existsSync(tls.certFile)) {
      return { status: "ok", found: "a development certificate will be made at the start" };
    }
    const { readKeyPair } = await import("@breakwater/server/gateway/tls/key-pair");
    try {
      const { validFromDate, validToDate } = (await readKeyPair(tls)).certificate;
      return describe(validFromDate, validToDate, tls.isSelfSigned);
    } catch (error) {
      return { status: "failed", found: toReason(error), todo: "put the right files in place" };
    }
  },
};

function describe(from: Date, to: Date, isRenewedByItself: boolean) {
  const days = Math.floor((to.getTime() - Date.now()) / DAY_MS);
  if (from.getTime() > Date.now()) {
    const found = `not valid before ${from.toISOString()}`;
    return { status: "failed", found, todo: "wait until then, or set this machine's clock" } as const;
  }
  const found = `${days < 0 ? "ended" : "valid until"} ${to.toISOString()}, ${Math.abs(days)} days ${days < 0 ? "ago" : "from now"}`;
  if (isRenewedByItself) return { status: "ok", found: `${found}; renewed by itself` } as const;
  const todo = "replace the files: a running server takes the new ones by itself";
  if (to.getTime() <= Date.now()) return { status: "failed", found, todo } as const;
  return days < SOON_DAYS ? ({ status: "warning", found, todo } as const) : ({ status: "ok", found } as const);
}
