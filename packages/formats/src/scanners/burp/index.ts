import type { Severity } from "../../records.ts";
import {
  type AssetInput,
  type CheckInput,
  childOf,
  childrenOf,
  isIpAddress,
  type PlaceInput,
  RowFindings,
  severityOfWord,
  textOf,
  toCwes,
  toPlainText,
  toWrittenTime,
  type XmlElement,
  xmlScan,
} from "../kit/index.ts";
import { toSite } from "../kit/web-site.ts";

/** Burp's XML export of issues. What was sent and answered is left out: it is large, and full of people's sessions. */
export const parseBurp = xmlScan<{ scannedAt: number | null; findings: RowFindings }>({
  product: "Burp Suite",
  start: () => ({ scannedAt: null, findings: new RowFindings() }),
  leaveOut: ["requestresponse", "collaboratorEvent", "infiltratorEvent", "staticAnalysis", "dynamicAnalysis"],
  open: {
    issues: ({ burpVersion, exportTime }, { out, where, state }) => {
      if (burpVersion === undefined) {
        out.refuse(
          "burp-version-missing",
          where,
          "the file names no burpVersion: of files with the root element issues only Burp's export is read",
        );
      }
      state.scannedAt = toWrittenTime(exportTime);
    },
  },
  records: {
    "issues/issue": (issue, { out, where, state }) => {
      const site = toSite(textOf(issue, "host"));
      const ip = childOf(issue, "host")?.attributes.ip ?? "";
      if (!site) {
        out.refuse("asset-missing", where, "the issue's host is no URL; it was left out");
        return;
      }
      const asset: AssetInput = { name: site.host, addresses: isIpAddress(ip) ? [ip] : [], scannedAt: state.scannedAt };
      const place = { ...toPlace(issue), port: site.port, protocol: "tcp" };
      state.findings.add(asset, toCheck(issue), place, out, where);
    },
  },
  rest: ({ out, state }) => state.findings.tell(out),
});

/** A type has no severity of its own: it has the highest of its issues, and each issue the one that is told of it. */
function toSeverity(issue: XmlElement): Severity {
  return severityOfWord(textOf(issue, "severity")) ?? 1;
}

function toCheck(issue: XmlElement): CheckInput {
  return {
    id: textOf(issue, "type"),
    title: textOf(issue, "name"),
    description: toPlainText(textOf(issue, "issueBackground")),
    solution: toPlainText(textOf(issue, "remediationBackground")),
    category: "VULNERABILITY",
    severity: toSeverity(issue),
    sourceSeverity: textOf(issue, "severity"),
    cweIds: toCwes(textOf(issue, "vulnerabilityClassifications").match(/\bCWE-\d{1,6}\b/g) ?? []),
    references: textOf(issue, "references").match(/https?:\/\/[^\s"'<>]{1,500}/g) ?? [],
  };
}

/** `location` is the path, and the parameter or header in brackets where there is one. */
function toPlace(issue: XmlElement): PlaceInput {
  const items = childrenOf(issue, "issueDetailItems/issueDetailItem").map(({ text }) => text);
  const parts = [textOf(issue, "issueDetail"), ...items, textOf(issue, "remediationDetail")].map(toPlainText);
  const confidence = textOf(issue, "confidence");
  const isFalse = /^false positive$/i.test(textOf(issue, "severity"));
  return {
    instance: textOf(issue, "location") || textOf(issue, "path") || null,
    severity: toSeverity(issue),
    evidence: [...parts, confidence === "" ? "" : `Confidence: ${confidence}`].filter((text) => text !== "").join("\n"),
    ...(isFalse ? { state: "mitigated" } : {}),
  };
}
