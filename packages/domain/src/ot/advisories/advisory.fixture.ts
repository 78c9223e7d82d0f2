import type { Hardware } from "../fields.ts";
import type { Advisory } from "./index.ts";

/** Of a device that has told nothing. */
export const UNKNOWN_HARDWARE: Hardware = {
  manufacturer: null,
  type: null,
  category: null,
  family: null,
  model: null,
  orderNumber: null,
  catalogNumber: null,
  serialNumber: null,
  firmwareVersion: null,
  hardwareRevision: null,
};

/** What matching does not look at. */
export const BARE_ADVISORY: Omit<Advisory, "products" | "vulnerabilities"> = {
  id: "EX-1",
  title: "",
  url: null,
  publisher: "",
  version: "1",
  isFinal: true,
  withdrawal: null,
  releasedAt: 0,
  updatedAt: 0,
  impact: "",
};
