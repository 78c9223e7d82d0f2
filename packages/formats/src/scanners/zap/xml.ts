import { childrenOf, textOf, toWrittenTime, type XmlElement, xmlScan } from "../kit/index.ts";
import { type Alert, holdAlert, openSite, PRODUCT, startZap, tellSites, type ZapState } from "./alert.ts";

/** The XML report: sites with their alerts, each with all its instances. */
export const parseZapXml = xmlScan<ZapState>({
  product: PRODUCT,
  start: startZap,
  limits: { maxRecordChars: 33_554_432, maxRecordElements: 1_000_000 },
  open: {
    OWASPZAPReport: ({ created, generated }, { state }) => {
      state.scannedAt = toWrittenTime(created) ?? toWrittenTime(generated);
    },
    "OWASPZAPReport/site": ({ name = "", host = "", port = "" }, { state }) => {
      openSite(state, { name, host, port });
    },
  },
  records: {
    "OWASPZAPReport/site/alerts/alertitem": (element, { out, where, state }) =>
      holdAlert(toAlert(element), state, out, where),
  },
  rest: ({ out, state }) => tellSites(state, out),
});

function toAlert(element: XmlElement): Alert {
  return {
    pluginId: textOf(element, "pluginid"),
    alertRef: textOf(element, "alertRef"),
    name: textOf(element, "name") || textOf(element, "alert"),
    riskCode: textOf(element, "riskcode"),
    confidence: textOf(element, "confidence"),
    description: textOf(element, "desc"),
    solution: textOf(element, "solution"),
    reference: textOf(element, "reference"),
    cweId: textOf(element, "cweid"),
    instances: childrenOf(element, "instances/instance").map((instance) => ({
      uri: textOf(instance, "uri"),
      method: textOf(instance, "method"),
      param: textOf(instance, "param"),
      attack: textOf(instance, "attack"),
      evidence: textOf(instance, "evidence"),
    })),
  };
}
