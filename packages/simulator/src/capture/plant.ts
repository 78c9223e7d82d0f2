type PlantHost = {
  /** IPv4. */
  ipAddress: string;
  /** Colon separated. */
  macAddress: string;
  /** Initial time to live of its packets; 64 when absent. */
  timeToLive?: number;
};

/** A device that answers EtherNet/IP ListIdentity. */
export type RockwellDevice = PlantHost & {
  kind: "rockwell";
  /** As the identity object tells it, e.g. `1756-EN2T/D`. */
  productName: string;
  /** CIP device profile: 12 communications adapter, 14 PLC, 37 CIP motion drive, … */
  deviceType: number;
  productCode: number;
  majorRevision: number;
  minorRevision: number;
  serialNumber: number;
  /** ODVA vendor id; 1 (Rockwell) when absent. */
  vendorId?: number;
};

/** A CPU that answers S7comm reads of its identification lists. */
export type SiemensDevice = PlantHost & {
  kind: "siemens";
  /** e.g. `6ES7 315-2EH14-0AB0`. */
  orderNumber: string;
  hardwareVersion: number;
  firmware: { major: number; minor: number; patch: number };
  serialNumber: string;
  stationName: string;
  moduleName: string;
  plantName: string;
  /** e.g. `CPU 315-2 PN/DP`. */
  cpuType: string;
  memoryCardSerial: string;
  /** Largest S7 unit the CPU agrees to: 240 (S7-300, S7-1200), 480 (S7-400), 960 (S7-1500). */
  maxPduBytes: number;
};

export type PlantDevice = RockwellDevice | SiemensDevice;

/** Who talks in a generated capture. */
export type Plant = {
  name: string;
  /** Asks all devices who they are. */
  engineeringStation: PlantHost;
  devices: readonly PlantDevice[];
};

export type { PlantHost };
