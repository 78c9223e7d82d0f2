/**
 * Who may import whom (ARCHITECTURE.md). `scripts/check.ts` fails when this cruises fewer files than there are.
 * @type {import("dependency-cruiser").IConfiguration}
 */
const INNER = "^packages/server/src/";
const TESTS = "\\.(test|fixture)\\.ts$";

/** One package may import these others of ours, and no more. */
function onlyImports(name, others) {
  const allowed = [name, ...others].join("|");
  return {
    name: `${name}-imports`,
    severity: "error",
    comment: `${name} may import ${others.join(", ") || "no other package of ours"}`,
    from: { path: `^packages/${name}/src/`, pathNot: TESTS },
    to: { path: "^(packages|conformance|bench)/", pathNot: `^packages/(${allowed})/` },
  };
}

module.exports = {
  forbidden: [
    {
      name: "no-circular",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    { name: "not-resolved", severity: "error", from: {}, to: { couldNotResolve: true } },
    onlyImports("domain", []),
    onlyImports("contract", ["domain"]),
    onlyImports("formats", ["domain"]),
    onlyImports("simulator", []),
    onlyImports("client", ["contract"]),
    onlyImports("server", ["domain", "contract", "formats"]),
    onlyImports("cli", ["client", "server", "simulator"]),
    onlyImports("console", ["client", "contract", "domain"]),
    onlyImports("testkit", ["client", "server", "simulator"]),
    {
      name: "conformance-is-black-box",
      severity: "error",
      comment:
        "conformance speaks HTTP to any base URL; only its set-up may boot a server, through the testkit and simulator",
      from: { path: "^conformance/src/" },
      to: { path: "^packages/", pathNot: "^packages/(testkit|simulator)/" },
    },
    {
      name: "pure-packages-do-no-io",
      severity: "error",
      from: { path: "^packages/(domain|contract|formats)/src/", pathNot: TESTS },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?(zlib|stream|buffer|util|crypto|events|string_decoder)$" },
    },
    {
      name: "gateway-is-the-top",
      severity: "error",
      from: { path: INNER, pathNot: [`${INNER}(app|serve|index)\\.ts$`, `${INNER}gateway/`, TESTS] },
      to: { path: [`${INNER}gateway/`, `${INNER}(app|serve)\\.ts$`] },
    },
    {
      name: "modules-meet-at-their-index",
      severity: "error",
      from: { path: `${INNER}modules/([^/]+)/`, pathNot: TESTS },
      to: {
        path: `${INNER}modules/([^/]+)/`,
        // What a reading thread imports is an entry of its own, since an index brings the database along.
        pathNot: [
          `${INNER}modules/$1/`,
          `${INNER}modules/[^/]+/index\\.ts$`,
          `${INNER}modules/ingest/sink\\.ts$`,
          `${INNER}modules/findings/read-scan\\.ts$`,
          `${INNER}modules/findings-read/texts\\.ts$`,
        ],
      },
    },
    {
      name: "fastify-in-the-gateway",
      severity: "error",
      from: { path: "^packages/", pathNot: `${INNER}gateway/` },
      to: { path: "node_modules/(fastify|@fastify)/", pathNot: "node_modules/@fastify/busboy/" },
    },
    {
      name: "queue-in-jobs",
      severity: "error",
      from: { path: "^packages/", pathNot: `${INNER}jobs/` },
      to: { path: "node_modules/graphile-worker/" },
    },
    {
      name: "sql-in-stores",
      severity: "error",
      comment:
        "SQL stands in db, in stores and in the folders that build a module's statements; never in services or routes",
      from: { path: `${INNER}modules/[^/]+/(routes|service|views)\\.ts$` },
      to: { path: "node_modules/(kysely|pg)/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "unscoped-handles-are-fenced",
      severity: "error",
      comment:
        "stores of requests get a ScopedDb; only jobs, migrations, authentication and composition open the database. " +
        "Subscriptions are what everything else is narrowed to, and the audit log has events of none",
      from: {
        path: `${INNER}modules/[^/]+/(store|views)\\.ts$`,
        pathNot: `${INNER}modules/(audit|subscriptions)/store\\.ts$`,
      },
      to: { path: `${INNER}db/(pool|index)\\.ts$` },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "\\.gen\\.|^packages/console/dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
