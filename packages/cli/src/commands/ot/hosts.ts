import { otHostList, type ResultOf } from "@breakwater/client";
import type { PagedList } from "../../paged-list.ts";

type Host = ResultOf<typeof otHostList>["assets"][number];

export const HOSTS: PagedList<Host> = {
  many: "OT hosts",
  maxPageSize: 100,
  examples: { filter: "asset.purdueLevel:1", sort: "asset.risk:desc" },
  columns: [
    ["Host", (host) => host.assetId],
    ["Name", (host) => host.name],
    ["Addresses", (host) => host.ipAddress.join(", ")],
    ["Manufacturer", (host) => host.hardware.manufacturer],
    ["Model", (host) => host.hardware.model],
    ["Firmware", (host) => host.hardware.firmwareVersion],
    ["Level", (host) => host.purdueLevel],
    ["Risk", (host) => host.risk],
    ["Vulnerabilities", (host) => host.vulnerabilityCount],
  ],
  read: async (session, query) => {
    const answer = await session.call(otHostList, { query });
    return { rows: (await answer.json()).assets, headers: answer.headers, count: answer.count };
  },
};
