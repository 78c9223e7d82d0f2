import type { Token, TokenTable } from "./token-table.ts";
import { isSortable } from "./token-table.ts";
import { assetTable } from "./tokens/assets.ts";
import { entityTable } from "./tokens/entities.ts";
import { findingTable } from "./tokens/findings.ts";
import { otAdvisoryTable } from "./tokens/ot-advisories.ts";
import { otConversationTable } from "./tokens/ot-conversations.ts";
import { otDetectionTable } from "./tokens/ot-detections.ts";
import { otEventTable } from "./tokens/ot-events.ts";
import { otHostTable, otHostTokens } from "./tokens/ot-hosts.ts";
import { projectFileTable } from "./tokens/project-files.ts";

/** Every token table, in the order of the reference. */
export const tokenTables: readonly TokenTable[] = [
  findingTable,
  assetTable,
  otHostTable,
  otDetectionTable,
  projectFileTable,
  otConversationTable,
  otEventTable,
  otAdvisoryTable,
  entityTable,
];

const introduction = `<!-- Generated from the token tables of the domain package. Do not edit. -->

# QQL tokens

The names that a query may use, by kind of query. Names are matched without regard to case.

A condition on a record without a value is false, and \`NOT\` of it is true. A token whose data a deployment does not
have is valid; every condition on it is false, \`is null\` and \`is not null\` included.

| type | what \`token:value\` does |
| --- | --- |
| text | any word of the value starts a word of the text; \`"a b"\` finds the words side by side; \`\` \`a b\` \`\` is the whole value, exactly |
| keyword | the whole value, without regard to case; exactly in backticks |
| integer, number | equal; ranges and comparisons |
| boolean | \`true\` or \`false\` |
| date | in that day or, with a time, in that minute or second (UTC); ranges and comparisons; \`now-3M\` |
| address | an address, a network (\`10.0.0.0/8\`), a range (\`10.0.0.1-10.0.0.9\`) or leading octets (\`10.0.*\`) |
| mac | a MAC address in any usual spelling, or its leading octets |

\`*\` in text and keywords stands for anything, unless in backticks, and the pattern is then compared with the whole value.
\`=\` compares the whole value; \`!=\` is its opposite and also true for records without a value. A token of a group with
several elements, used outside of the group, has the values of all elements. What several names begin with may be written
once: \`finding.threatIntel:(isMalware:true or isRansomware:true)\`.
`;

/** The token reference page in Markdown. */
export function renderTokenReference(): string {
  return `${[introduction, ...tokenTables.map(renderTable)].join("\n")}`;
}

function renderTable(table: TokenTable): string {
  // Host tokens have their own chapter.
  const tokens =
    table === otDetectionTable ? table.tokens.filter((token) => !otHostTokens.includes(token)) : table.tokens;
  const lines = [`## ${table.title}`, "", table.description, ""];
  lines.push("| token | type | meaning | example |", "| --- | --- | --- | --- |");
  for (const token of tokens) {
    const cells = [code(token.name), token.type, describe(table, token), code(token.example)];
    lines.push(`| ${cells.join(" | ")} |`);
  }
  lines.push("");
  const groups =
    table === otDetectionTable ? table.groups.filter((group) => group.name === "vulnerabilities") : table.groups;
  if (groups.length === 0) return lines.join("\n");
  lines.push("| group | meaning | example |", "| --- | --- | --- |");
  for (const group of groups)
    lines.push(`| ${code(`${group.name}:( … )`)} | ${group.documentation} | ${code(group.example)} |`);
  return [...lines, ""].join("\n");
}

function describe(table: TokenTable, token: Token): string {
  const notes = [token.documentation];
  if (token.values !== undefined) notes.push(`Usual values: ${token.values.map(code).join(", ")}.`);
  if (token.numberWords !== undefined) {
    const words = Object.entries(token.numberWords).map(([word, number]) => `${code(word)} = ${number}`);
    notes.push(`Words: ${words.join(", ")}.`);
  }
  if (!isSortable(table, token)) notes.push("Not sortable.");
  return notes.join(" ");
}

/** Inline code, whatever backticks and bars the text has. */
function code(text: string): string {
  const safe = text.replaceAll("|", "\\|");
  return safe.includes("`") ? `\`\` ${safe} \`\`` : `\`${safe}\``;
}
