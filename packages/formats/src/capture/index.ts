export type { Dissector, Emit, Framing, Message, Session, Statement } from "./dissectors/dissector.ts";
export { parseCapture } from "./parse-capture.ts";
