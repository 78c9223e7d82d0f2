import { adsDissector } from "./ads/ads-dissector.ts";
import { bacnetDissector } from "./bacnet/bacnet-dissector.ts";
import { c37118Dissector } from "./c37118/c37118-dissector.ts";
import type { Dissector } from "./dissector.ts";
import { dnp3Dissector } from "./dnp3/dnp3-dissector.ts";
import { enipDissector } from "./enip/enip-dissector.ts";
import { finsDissector } from "./fins/fins-dissector.ts";
import { foxDissector } from "./fox/fox-dissector.ts";
import { gooseDissector } from "./goose/goose-dissector.ts";
import { hartIpDissector } from "./hart-ip/hart-ip-dissector.ts";
import { iec104Dissector } from "./iec104/iec104-dissector.ts";
import { lldpDissector } from "./lldp/lldp-dissector.ts";
import { melsecDissector } from "./melsec/melsec-dissector.ts";
import { modbusDissector } from "./modbus/modbus-dissector.ts";
import { opcUaDissector } from "./opc-ua/opc-ua-dissector.ts";
import { profinetDcpDissector } from "./profinet-dcp/profinet-dcp-dissector.ts";
import { profinetIoDissector } from "./profinet-io/profinet-io-dissector.ts";
import { s7commDissector } from "./s7comm/s7comm-dissector.ts";

/** Every protocol whose payload is read. */
export const DISSECTORS: readonly Dissector[] = [
  adsDissector,
  bacnetDissector,
  c37118Dissector,
  dnp3Dissector,
  enipDissector,
  finsDissector,
  foxDissector,
  gooseDissector,
  hartIpDissector,
  iec104Dissector,
  lldpDissector,
  melsecDissector,
  modbusDissector,
  opcUaDissector,
  profinetDcpDissector,
  profinetIoDissector,
  s7commDissector,
];
