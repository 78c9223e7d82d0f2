export { isDeviceIp, isDeviceMac } from "./addresses.ts";
export { isOtherDevice, serialKey, serialKeysOf } from "./device-keys.ts";
export { type DeviceKind, type DeviceRole, kindOfType } from "./device-kinds.ts";
export {
  cleanValue,
  type Hardware,
  type HardwareField,
  hardwareFields,
  isIdentityField,
  type NameField,
  nameFields,
} from "./fields.ts";
export { CONFIGURED_FIRMWARE_CONFIDENCE, isFirmwareProven } from "./firmware-proof.ts";
export { type AddressStatements, type DeviceStatements, groupDevices } from "./group-devices.ts";
export { nameHost } from "./host-name.ts";
export type { HostInterface } from "./interfaces.ts";
export { isOtherHardware } from "./other-hardware.ts";
export { OUI_PROTOCOL, ouiVendors } from "./oui-vendors.ts";
export { partStatements } from "./part-statements.ts";
export { findProductFamily, type ProductFamily, productFamilies } from "./product-families.ts";
export {
  PROJECT_FILE,
  type ProjectHost,
  type ProjectModule,
  toProjectHosts,
  toProjectStatements,
} from "./project-hosts.ts";
export { isOtProtocol, type OtProtocol, otProtocols } from "./protocols.ts";
export { type InferredRole, inferRole, type PurdueLevel, type RoleFacts } from "./purdue.ts";
export { comparableValue, type ResolvedField, resolveField } from "./resolve-field.ts";
export { type HostModule, type InventoryEntry, type ResolvedHost, resolveHost } from "./resolve-host.ts";
export {
  type ModulePlace,
  mergeAll,
  mergeStatements,
  parseInterfaceValue,
  parseModuleField,
  type Seen,
  type ServedProtocol,
  type Statement,
  statementKey,
  toInterfaceField,
  toInterfaceValue,
  toModuleField,
} from "./statement.ts";
export { vendorKey } from "./vendor.ts";
