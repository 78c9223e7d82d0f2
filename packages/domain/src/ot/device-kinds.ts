/** What a device does in the plant. */
export type DeviceRole =
  | "controller"
  | "io"
  | "field-device"
  | "drive"
  | "communication-module"
  | "operator-station"
  | "network-device"
  | "supervisor"
  | "client"
  | "server";

export type DeviceKind = { role: DeviceRole; category: string };

/** Kinds by the words of a device's type; the first match counts. */
const kinds: readonly (DeviceKind & { type: RegExp })[] = [
  {
    type: /\b(HMI|human[- ]machine|operator (panel|interface|terminal))\b/i,
    role: "operator-station",
    category: "HMI",
  },
  { type: /\b(switch|router|firewall|gateway|access point)\b/i, role: "network-device", category: "Network" },
  { type: /\b(limit|proximity|pressure|photo\w*) (switch|sensor|gauge)\b/i, role: "field-device", category: "Sensor" },
  {
    type: /\b(sensor|gauge|encoder|resolver|transmitter|analy[sz]er|flow controller|process control value)\b/i,
    role: "field-device",
    category: "Sensor",
  },
  { type: /\bfield device\b/i, role: "field-device", category: "Field device" },
  { type: /\b(valve|actuator|contactor|pump|generator)\b/i, role: "field-device", category: "Actuator" },
  { type: /\b(drive|inverter|soft start\w*|motor|position controller)\b/i, role: "drive", category: "Drive" },
  {
    type: /\b(PLC|PAC|RTU|DCS|IED|PMU|relay|outstation|controlled station|programmable\b.*\bcontroller|controller|CPU)\b/i,
    role: "controller",
    category: "Controller",
  },
  {
    type: /\b(communications?|interface module|adapter|coupler|bridge)\b/i,
    role: "communication-module",
    category: "Communication",
  },
  { type: /(\bI\/O\b|\binput\b|\boutput\b)/i, role: "io", category: "I/O" },
];

// A sensor named after the switch it closes is no network device.
const fieldSwitch = /\b(limit|proximity|pressure|photo\w*) switch\b/i;

/** What a device of that type does; null for types that do not say. */
export function kindOfType(type: string | null): DeviceKind | null {
  if (type === null) return null;
  const kind = kinds.find(
    (entry) => entry.type.test(type) && !(entry.role === "network-device" && fieldSwitch.test(type)),
  );
  return kind === undefined ? null : { role: kind.role, category: kind.category };
}
