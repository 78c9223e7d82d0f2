import type { Dissector } from "./dissector.ts";
import { enipDissector } from "./enip/enip-dissector.ts";
import { s7commDissector } from "./s7comm/s7comm-dissector.ts";

/** Every protocol whose payload is read. */
export const DISSECTORS: readonly Dissector[] = [enipDissector, s7commDissector];
