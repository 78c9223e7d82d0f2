export { decodeXml, detectXmlEncoding, type XmlEncoding } from "./decode-xml.ts";
export type { XmlTag } from "./tag-scanner.ts";
export { XmlError, type XmlErrorCode } from "./xml-error.ts";
export { defaultXmlLimits, NOTHING, type XmlHandler, type XmlInterest, type XmlLimits } from "./xml-handler.ts";
export { XmlReader } from "./xml-reader.ts";
