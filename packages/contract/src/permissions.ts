/**
 * Permissions as the public guides name them, and the roles that every subscription starts with.
 * Source: contract platform.md section 3. The names are shown in 403 answers and in tokens, so they are part of the wire.
 */
export const PERMISSIONS = [
  "ETM UI Access",
  "ETM API Access",
  "ETM Risk Acceptance Access",
  "VMDR OT.API.ACCESS",
  "OT UI Access",
  "OT Vulnerabilities Access",
  "Import OT OCA File Access",
  "OT Network View Access",
  "OT Asset Update Access",
  "Import Findings Access",
  "User Management Access",
  "Tag Management Access",
  "Client Management Access",
  "Limit Management Access",
  "Version Management Access",
  "Subscription Management Access",
  "Audit Log Access",
] as const;

/** One permission, spelled as on the wire. */
export type Permission = (typeof PERMISSIONS)[number];

/** What an API client can be limited to: the modules of the URL framework (platform.md 1). */
export const MODULES = ["ETM", "OT", "INGEST", "ADMIN"] as const;

export type Module = (typeof MODULES)[number];

/** The module that each permission belongs to. */
export const PERMISSION_MODULES: Readonly<Record<Permission, Module>> = {
  "ETM UI Access": "ETM",
  "ETM API Access": "ETM",
  "ETM Risk Acceptance Access": "ETM",
  "VMDR OT.API.ACCESS": "OT",
  "OT UI Access": "OT",
  "OT Vulnerabilities Access": "OT",
  "Import OT OCA File Access": "OT",
  "OT Network View Access": "OT",
  "OT Asset Update Access": "OT",
  "Import Findings Access": "INGEST",
  "User Management Access": "ADMIN",
  "Tag Management Access": "ADMIN",
  "Client Management Access": "ADMIN",
  "Limit Management Access": "ADMIN",
  "Version Management Access": "ADMIN",
  "Subscription Management Access": "ADMIN",
  "Audit Log Access": "ADMIN",
};

export type ShippedRole = {
  name: string;
  description: string;
  hasApiAccess: boolean;
  hasUiAccess: boolean;
  permissions: readonly Permission[];
};

const READ: readonly Permission[] = [
  "ETM UI Access",
  "ETM API Access",
  "VMDR OT.API.ACCESS",
  "OT UI Access",
  "OT Vulnerabilities Access",
  "OT Network View Access",
];

/** Roles that exist in every subscription and cannot be edited; rewritten at each start so that upgrades reach them. */
export const SHIPPED_ROLES: readonly ShippedRole[] = [
  role("Manager", "Everything in the subscription.", PERMISSIONS),
  role("Unit Manager", "Everything on the assets of the business unit, and its users.", [
    ...READ,
    "User Management Access",
    "ETM Risk Acceptance Access",
    "Import Findings Access",
    "Import OT OCA File Access",
    "OT Asset Update Access",
  ]),
  role("Scanner", "Reads what is in scope and imports.", [
    ...READ,
    "Import Findings Access",
    "Import OT OCA File Access",
  ]),
  role("Reader", "Reads what is in scope.", READ),
  role("Auditor", "Reads what is in scope, and the audit log.", [...READ, "Audit Log Access"]),
  role("User Administrator", "Manages users; sees no data.", ["User Management Access"]),
  {
    name: "Contact",
    description: "Receives notices; cannot log in.",
    hasApiAccess: false,
    hasUiAccess: false,
    permissions: [],
  },
  role("ETM Manager", "Reads and imports findings, and accepts risks.", [
    "ETM UI Access",
    "ETM API Access",
    "ETM Risk Acceptance Access",
    "Import Findings Access",
  ]),
  role("ETM Viewer", "Reads findings.", ["ETM UI Access", "ETM API Access"]),
  role("VMDR OT user", "Works with OT hosts and detections.", [
    "VMDR OT.API.ACCESS",
    "OT UI Access",
    "OT Vulnerabilities Access",
    "Import OT OCA File Access",
    "OT Network View Access",
    "OT Asset Update Access",
  ]),
];

function role(name: string, description: string, permissions: readonly Permission[]): ShippedRole {
  return { name, description, hasApiAccess: true, hasUiAccess: true, permissions };
}
