import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import { AppError, buildOpenApi, ERRORS, type Operation } from "@breakwater/contract";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Registry } from "prom-client";
import { escapeHtml } from "../html.ts";
import { addConsoleRoutes, CONSOLE_FILES } from "./console-routes.ts";
import { toRequestId } from "./steps/open-exchange.ts";
import type { LifecycleView } from "./steps/resolve-lifecycle.ts";
import { COMMON_HEADERS } from "./steps/respond.ts";

const ASSETS_PREFIX = "/docs/assets/";
const CACHE_HEADERS: ReadonlySet<string> = new Set(["Cache-Control", "Pragma", "Expires"]);

/** Whether the server can serve: asked by health probes. */
export type SystemState = { version: string; isReady(): Promise<boolean> };

/** What is served beside the operations: health, metrics, API description and its page, the console. No token, no limits. */
export function addSystemRoutes(
  app: FastifyInstance,
  parts: {
    state: SystemState;
    registry: Registry;
    operations: readonly Operation[];
    lifecycle: LifecycleView;
    mayReadMetrics: (request: FastifyRequest) => boolean;
    consoleDir: string | undefined;
  },
): void {
  const { state, registry, operations, lifecycle, mayReadMetrics } = parts;
  const openApi = buildOpenApi(operations, { version: state.version });
  app.get("/health/live", async () => ({ status: "live" }));
  app.get("/health/ready", async (_request, reply) => {
    if (await state.isReady()) return { status: "ready" };
    return reply.code(503).send({ status: "not ready" });
  });
  app.get("/metrics", async (request, reply) => {
    if (!mayReadMetrics(request)) throw new AppError("not-found", "there is nothing at /metrics");
    return reply.type(registry.contentType).send(await registry.metrics());
  });
  app.get("/openapi.json", async () => openApi);
  app.get("/docs", async (_request, reply) => reply.type("text/html;charset=UTF-8").send(REFERENCE_PAGE));
  app.get("/docs/errors", async (_request, reply) => reply.type("text/html;charset=UTF-8").send(toErrorsPage()));
  app.get("/docs/versions", async (_request, reply) => {
    await lifecycle.freshen?.();
    return reply.type("text/html;charset=UTF-8").send(toVersionsPage(lifecycle));
  });
  // Only what is served from here comes this way: operations write their own headers.
  app.addHook("onSend", async (request, reply) => {
    // The pages' own scripts are megabytes and never change within a release: browsers may keep them.
    const isAsset =
      reply.statusCode < 400 && [ASSETS_PREFIX, CONSOLE_FILES].some((prefix) => request.url.startsWith(prefix));
    for (const [name, value] of COMMON_HEADERS) if (!isAsset || !CACHE_HEADERS.has(name)) reply.header(name, value);
    reply.header("X-Request-Id", toRequestId(request.headers["x-request-id"]));
  });
  app.register(fastifyStatic, {
    root: join(dirname(findPackageJSON("@scalar/api-reference", import.meta.url) as string), "dist", "browser"),
    prefix: ASSETS_PREFIX,
    index: false,
  });
  if (parts.consoleDir !== undefined) addConsoleRoutes(app, parts.consoleDir);
}

/** From our own origin only: no fonts, no proxy, no analytics from elsewhere, as an air-gapped site needs it. */
const REFERENCE_PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Breakwater API</title></head>
<body>
<div id="reference"></div>
<script src="/docs/assets/standalone.js"></script>
<script>
Scalar.createApiReference("#reference", {
  url: "/openapi.json", withDefaultFonts: false, proxyUrl: "", telemetry: false, agent: { disabled: true },
  hideClientButton: true, showDeveloperTools: "never", showToolbar: "never",
});
</script>
</body>
</html>
`;

function toErrorsPage(): string {
  const rows = Object.entries(ERRORS).map(
    ([code, error]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${error.status} ${error.title}</td><td>${error.when}</td></tr>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Breakwater errors</title></head><body><h1>Errors</h1><table>${rows.join("")}</table></body></html>`;
}

/** What the links `rel="deprecation"` and `rel="sunset"` lead to: the lifecycle table (platform.md 5). */
function toVersionsPage({ list, profile }: LifecycleView): string {
  const date = (timeMs: number | null) => (timeMs === null ? "" : new Date(timeMs).toISOString().slice(0, 10));
  const rows = list().map(
    ({ api, eosAt, eolAt, successor }) =>
      `<tr><td><code>${escapeHtml(api)}</code></td><td>${date(eosAt)}</td><td>${date(eolAt)}</td><td><code>${escapeHtml(successor ?? "")}</code></td></tr>`,
  );
  const head = "<tr><th>operation</th><th>end of service</th><th>end of life</th><th>successor</th></tr>";
  const note =
    profile === "lenient"
      ? "This server runs under the lenient profile: retired versions that published examples still call go on."
      : "This server runs under the strict profile: the dates hold.";
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Breakwater versions</title></head><body><h1>Versions</h1><p>${note}</p><table>${head}${rows.join("")}</table></body></html>`;
}
