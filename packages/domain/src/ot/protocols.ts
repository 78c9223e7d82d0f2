/** A protocol whose servers are part of a plant's control system. */
export type OtProtocol = {
  id: string;
  name: string;
  source: string;
  /** Its clients are the controllers themselves, which exchange inputs and outputs with their devices. */
  isIo?: true;
};

/** Industrial protocols by the name that capture evidence and conversations carry. */
export const otProtocols: readonly OtProtocol[] = [
  { id: "ads", name: "Beckhoff ADS/AMS", source: "Beckhoff Information System, TwinCAT ADS specification" },
  { id: "bacnet", name: "BACnet/IP", source: "ANSI/ASHRAE 135" },
  { id: "c37.118", name: "Synchrophasor transfer", source: "IEEE C37.118.2" },
  { id: "cip", name: "Common Industrial Protocol", source: "ODVA CIP Networks Library, volume 1" },
  { id: "dnp3", name: "DNP3", source: "IEEE 1815" },
  { id: "enip", name: "EtherNet/IP", source: "ODVA CIP Networks Library, volume 2" },
  { id: "fins", name: "Omron FINS", source: "Omron W227, FINS commands reference manual" },
  { id: "fox", name: "Niagara Fox", source: "Tridium Niagara documentation" },
  { id: "goose", name: "IEC 61850 GOOSE", source: "IEC 61850-8-1" },
  { id: "hart-ip", name: "HART-IP", source: "FieldComm Group HCF_SPEC-085" },
  { id: "iec104", name: "IEC 60870-5-104", source: "IEC 60870-5-104" },
  { id: "melsec", name: "MELSEC communication protocol", source: "Mitsubishi Electric SH-080008" },
  { id: "mms", name: "IEC 61850 MMS", source: "IEC 61850-8-1, ISO 9506" },
  { id: "modbus", name: "Modbus TCP", source: "Modbus Messaging on TCP/IP implementation guide 1.0b" },
  { id: "opcua", name: "OPC UA", source: "IEC 62541" },
  { id: "profinet", name: "PROFINET IO", source: "IEC 61158-6-10", isIo: true },
  { id: "profinet-dcp", name: "PROFINET DCP", source: "IEC 61158-6-10" },
  { id: "profinet-io", name: "PROFINET IO context manager", source: "IEC 61158-6-10", isIo: true },
  { id: "s7comm", name: "S7 communication", source: "Siemens, system software for S7-300/400, volume 2" },
  { id: "s7comm-plus", name: "S7 communication plus", source: "Siemens S7-1200 and S7-1500 manuals" },
  { id: "umas", name: "Schneider UMAS", source: "Modbus function 0x5A of Modicon controllers" },
];

const otProtocolIds: ReadonlySet<string> = new Set(otProtocols.map((protocol) => protocol.id));

/** Whether who serves the protocol belongs to the control system. */
export function isOtProtocol(id: string | null): id is string {
  return id !== null && otProtocolIds.has(id);
}
