/** Remarks that say nothing about who is meant. */
const remark =
  /\((?:all editions|windows and linux|(?:formerly|also known as|end[- ]of[- ]life|eol|integrated into|(?:these|this) products? (?:is|are) sold)\b[^()]*|incl(?:uding|\.) (?!\d)[^()]*)\)/gi;

/** Before an operator: what it is the version of. */
const subject = /^(all versions? )?(?:bios|firmware|sw) ?(?=[<>])/i;
/** Before a version, the same: `CPCI85 V05.11`. */
const component = /(^|[<>]=? ?)[A-Z]{2,}[A-Z0-9]* (?=V\d)/;

/** An expression with one spelling of what the advisories spell in several ways. */
export function tidyExpression(text: string): string {
  return (
    text
      // `14.00.15.00_51.25.00.01` is one version, `V33.017_V34.014` two.
      .replace(/_(?!\d)|(?<!\d)_/g, " ")
      .replace(/\s+/gu, " ")
      .replace(/=<|≤|&lt;=/g, "<=")
      .replace(/=>|≥/g, ">=")
      .replace(/\((build|patch|hotfix|update|sp) ([^()]*)\)/gi, "$1 $2")
      .replace(remark, " ")
      .replace(/([<>]=?) ?\(([^()]+)\)/g, "$1 $2")
      .replace(/ - +but not including /i, " < ")
      .replace(/(?<=\w) up to and including /i, " <= ")
      .replace(/(\d) -(?=\d)/g, "$1 - ")
      .replace(/(\d)\.(?= *(?:\||$))/g, "$1")
      .trim()
      .replace(/^vers:[a-z.-]+\//i, "")
      .replace(subject, "$1")
      .replace(component, "$1")
      .replace(/^(all )?((bios|firmware|software|product) )?versions?\b:?/i, (_, all) => (all === undefined ? "" : "*"))
      .replace(/^\* ?(?=[<>=]|between |before |prior |up to )/, "")
      .trim()
  );
}
