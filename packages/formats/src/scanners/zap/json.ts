import type { Json } from "../../json/index.ts";
import { asArray, asObject, jsonScan, toText, toWrittenTime } from "../kit/index.ts";
import { type Alert, holdAlert, openSite, PRODUCT, startZap, tellSites, type ZapState } from "./alert.ts";

/** The JSON report, which holds what the XML one does. The site's own members stand before its alerts. */
export const parseZapJson = jsonScan<ZapState>({
  product: PRODUCT,
  start: startZap,
  limits: { maxRecordBytes: 33_554_432 },
  records: {
    "@generated": (value, { state }) => {
      state.scannedAt ??= toWrittenTime(value);
    },
    created: (value, { state }) => {
      state.scannedAt = toWrittenTime(value) ?? state.scannedAt;
    },
    "site.*.@name": (value, { state }) => {
      openSite(state, { name: toText(value), host: "", port: "" });
    },
    "site.*.@host": (value, { state }) => {
      state.site.host = toText(value);
    },
    "site.*.@port": (value, { state }) => {
      state.site.port = toText(value);
    },
    "site.*.alerts.*": (value, { out, where, state }) => {
      const alert = toAlert(value);
      if (alert.pluginId === "")
        out.refuse("zap-alert-unreadable", where, "the alert has no pluginid; it was left out");
      else holdAlert(alert, state, out, where);
    },
  },
  rest: ({ out, state }) => tellSites(state, out),
});

function toAlert(value: Json): Alert {
  const alert = asObject(value);
  return {
    pluginId: toText(alert.pluginid),
    alertRef: toText(alert.alertRef),
    name: toText(alert.name) || toText(alert.alert),
    riskCode: toText(alert.riskcode),
    confidence: toText(alert.confidence),
    description: toText(alert.desc),
    solution: toText(alert.solution),
    reference: toText(alert.reference),
    cweId: toText(alert.cweid),
    instances: asArray(alert.instances).map((one) => {
      const { uri, method, param, attack, evidence } = asObject(one);
      return {
        uri: toText(uri),
        method: toText(method),
        param: toText(param),
        attack: toText(attack),
        evidence: toText(evidence),
      };
    }),
  };
}
