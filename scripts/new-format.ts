import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/**
 * `npm run new:format -- acme-scan --kind json`: the beginnings of a scanner's format. Writes a parser that maps nothing
 * yet, a fixture and a test that fails until it does, and says what is to be entered where.
 */
export type FormatKind = "json" | "csv" | "xml";

type Kind = {
  /** The parser's mapping, between the product and the end. */
  mapping: (name: string) => string;
  imports: string;
  sample: string;
  registry: string;
  recognise: string;
};

const REFUSAL = (name: string, id: string) =>
  `out.refuse("${name}-not-mapped", where, \`the record \${${id}} is not mapped yet\`);`;

const KINDS: Readonly<Record<FormatKind, Kind>> = {
  json: {
    imports: "asObject, jsonScan, toText",
    mapping: (name) => `  records: {
    "findings.*": (value, { out, where }) => {
      const record = asObject(value);
      ${REFUSAL(name, "toText(record.id)")}
    },
  },`,
    sample:
      '{"findings": [{"id": "RULE-1", "host": "host1.corp.example", "title": "Demo rule", "severity": "high"}]}\n',
    registry: "packages/formats/src/intake/json-formats.ts",
    recognise: 'matches: (json) => json.has("findings.*.id"),',
  },
  csv: {
    imports: "csvScan",
    mapping: (
      name,
    ) => `  isHeader: (columns) => ["id", "host", "title", "severity"].every((column) => columns.includes(column)),
  row: (row, { out, where }) => {
    ${REFUSAL(name, "row.id")}
  },`,
    sample: "id,host,title,severity\nRULE-1,host1.corp.example,Demo rule,high\n",
    registry: "packages/formats/src/intake/xml-and-csv-formats.ts",
    recognise:
      'sniff: byHeader((columns) => ["id", "host", "title", "severity"].every((name) => columns.includes(name))),',
  },
  xml: {
    imports: "textOf, xmlScan",
    mapping: (name) => `  records: {
    "report/finding": (element, { out, where }) => {
      ${REFUSAL(name, 'textOf(element, "id")')}
    },
  },`,
    sample:
      "<report><finding><id>RULE-1</id><host>host1.corp.example</host><title>Demo rule</title></finding></report>\n",
    registry: "packages/formats/src/intake/xml-and-csv-formats.ts",
    recognise: 'sniff: byRoot("report"),',
  },
};

/**
 * @param root of the repository
 * @param name kebab-case, also the folder's
 * @returns the files written, and what is left to do by hand
 * @throws Error when the name cannot be used or is taken; nothing is written then
 */
export function createFormat(root: string, name: string, kind: FormatKind): { files: string[]; next: string } {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) throw new Error(`${name}: a name is kebab-case, e.g. acme-scan`);
  const folder = join("packages/formats/src/scanners", name);
  if (existsSync(join(root, folder))) throw new Error(`${folder} is there already`);
  const parser = `parse${name.replaceAll(/(^|-)(.)/g, (_, __, letter: string) => letter.toUpperCase())}`;
  const { imports, mapping, sample, registry, recognise } = KINDS[kind];
  const fixture = join("packages/formats/fixtures", name, "example");
  const contents: [path: string, text: string][] = [
    [join(folder, "index.ts"), toParser(name, parser, imports, mapping(name))],
    [join(folder, `parse-${name}.test.ts`), toTest(name, parser, kind)],
    [join(fixture, `input.${kind}`), sample],
    [join(fixture, "SOURCE.md"), "What the case is about.\n\nWritten by hand for this project.\n"],
  ];
  for (const [path, text] of contents) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const next = `Map the records in ${folder}/index.ts until its test passes. Enter the format in ${registry}:

  { id: "${name}", title: "${name} (${kind.toUpperCase()})", ${recognise} parse: ${parser} },

Then npx vitest run --project unit packages/formats/src/scanners -u writes expected.json: read it. Last comes a row in
docs/guide/imports.md, and parse-${name}.real.test.ts if there are real files.`;
  return { files: contents.map(([path]) => path), next };
}

function toParser(name: string, parser: string, imports: string, mapping: string): string {
  return `import { ${imports} } from "../kit/index.ts";

/** Which report this is; what an asset is, and what an instance. */
export const ${parser} = ${imports.includes("jsonScan") ? "jsonScan" : imports.includes("csvScan") ? "csvScan" : "xmlScan"}<null>({
  product: "${name}",
  start: () => null,
${mapping}
});
`;
}

function toTest(name: string, parser: string, kind: FormatKind): string {
  return `import { createReadStream } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { ${parser} } from "./index.ts";

const EXAMPLE = fileURLToPath(new URL("../../../fixtures/${name}/example/input.${kind}", import.meta.url));

test("the example is read whole", async () => {
  const events = [];
  for await (const batch of ${parser}(createReadStream(EXAMPLE))) events.push(...batch);
  expect(events.filter(({ type }) => type === "issue")).toEqual([]);
  expect(events.filter(({ type }) => type === "finding").length).toBeGreaterThan(0);
});
`;
}

function isFormatKind(kind: string | undefined): kind is FormatKind {
  return kind !== undefined && Object.hasOwn(KINDS, kind);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const options = { kind: { type: "string" } } as const;
  // Whatever else is given is answered with the usage.
  const { values, positionals } = parseArgs({ options, allowPositionals: true, strict: false });
  const [name] = positionals;
  if (typeof values.kind === "boolean" || name === undefined || !isFormatKind(values.kind)) {
    console.error("usage: npm run new:format -- <name> --kind json|csv|xml");
    process.exit(2);
  }
  try {
    const { files, next } = createFormat(fileURLToPath(new URL("..", import.meta.url)), name, values.kind);
    console.log([...files.map((file) => `wrote ${file}`), "", next].join("\n"));
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
}
