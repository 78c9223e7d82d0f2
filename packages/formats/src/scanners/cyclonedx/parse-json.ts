import { asObject, jsonScan } from "../kit/index.ts";
import { BillOfMaterials } from "./bill-of-materials.ts";

/**
 * CycloneDX in JSON, 1.4 to 1.6, with vulnerabilities and what was found out about them (VEX). An asset is what the file
 * is about, `metadata.component`; an instance a component in its version.
 */
export const parseCycloneDxJson = jsonScan<BillOfMaterials>({
  product: "CycloneDX",
  start: () => new BillOfMaterials(),
  records: {
    "metadata.timestamp": (value, { state }) => state.timestamp(value),
    "metadata.component": (value, { state }) => state.target(asObject(value)),
    "components.*": (value, { out, where, state }) => state.component(asObject(value), out, where),
    "services.*": (value, { out, where, state }) => state.component(asObject(value), out, where),
    "vulnerabilities.*": (value, { out, where, state }) => state.vulnerability(asObject(value), out, where),
  },
  end: ({ out, state }) => state.end(out),
});
