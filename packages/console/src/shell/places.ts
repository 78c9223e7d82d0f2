import type { Permission } from "@breakwater/client";

/** A page that the navigation leads to, and what its user must hold to be shown it. */
export type Place = { to: string; label: string; needs: readonly Permission[] };

/** Data of a module are shown to who may see them here (UI) and call for them (API): platform.md 3. */
const ETM: readonly Permission[] = ["ETM UI Access", "ETM API Access"];
const OT: readonly Permission[] = ["OT UI Access", "VMDR OT.API.ACCESS"];

export const PLACES: readonly { label: string; places: readonly Place[] }[] = [
  {
    label: "Exposure",
    places: [
      { to: "/", label: "Overview", needs: [] },
      { to: "/findings", label: "Findings", needs: ETM },
      { to: "/assets", label: "Assets", needs: ETM },
      { to: "/reports", label: "Reports", needs: ETM },
    ],
  },
  {
    label: "Plant",
    places: [
      { to: "/ot/hosts", label: "Hosts", needs: OT },
      { to: "/ot/detections", label: "Detections", needs: [...OT, "OT Vulnerabilities Access"] },
      { to: "/ot/advisories", label: "Advisories", needs: [...OT, "OT Vulnerabilities Access"] },
      { to: "/ot/events", label: "Events", needs: ["OT UI Access", "OT Network View Access"] },
      { to: "/ot/networks", label: "Networks", needs: ["OT UI Access", "OT Network View Access"] },
      { to: "/ot/files", label: "Project files", needs: OT },
    ],
  },
  {
    label: "Data",
    places: [
      { to: "/imports", label: "Imports", needs: ["Import Findings Access"] },
      { to: "/feeds", label: "Feeds", needs: ETM },
    ],
  },
  { label: "Administration", places: [{ to: "/audit", label: "Audit log", needs: ["Audit Log Access"] }] },
];

/** Those of the places that somebody with these permissions is shown, without what is empty then. */
export function placesFor(permissions: readonly string[]): typeof PLACES {
  return PLACES.map(({ label, places }) => ({
    label,
    places: places.filter(({ needs }) => needs.every((permission) => permissions.includes(permission))),
  })).filter(({ places }) => places.length > 0);
}
