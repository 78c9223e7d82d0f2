import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import { buildOpenApi, ERRORS, type Operation } from "@breakwater/contract";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import type { Registry } from "prom-client";

/** Whether the server can serve: asked by health probes. */
export type SystemState = { version: string; isReady(): Promise<boolean> };

/** What is served beside the operations: health, metrics, API description and its page. No token, no limits. */
export function addSystemRoutes(
  app: FastifyInstance,
  parts: { state: SystemState; registry: Registry; operations: readonly Operation[] },
): void {
  const { state, registry, operations } = parts;
  const openApi = buildOpenApi(operations, { version: state.version });
  app.get("/health/live", async () => ({ status: "live" }));
  app.get("/health/ready", async (_request, reply) => {
    if (await state.isReady()) return { status: "ready" };
    return reply.code(503).send({ status: "not ready" });
  });
  app.get("/metrics", async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  app.get("/openapi.json", async () => openApi);
  app.get("/docs", async (_request, reply) => reply.type("text/html;charset=UTF-8").send(REFERENCE_PAGE));
  app.get("/docs/errors", async (_request, reply) => reply.type("text/html;charset=UTF-8").send(toErrorsPage()));
  // Only what is served from here comes this way: operations write their own headers.
  app.addHook("onSend", async (_request, reply) => {
    reply.headers({ "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer" });
  });
  app.register(fastifyStatic, {
    root: join(dirname(findPackageJSON("@scalar/api-reference", import.meta.url) as string), "dist", "browser"),
    prefix: "/docs/assets/",
    index: false,
  });
}

/** From our own origin only: no fonts, no proxy, no analytics from elsewhere, as an air-gapped site needs it. */
const REFERENCE_PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Breakwater API</title></head>
<body>
<div id="reference"></div>
<script src="/docs/assets/standalone.js"></script>
<script>
Scalar.createApiReference("#reference", { url: "/openapi.json", withDefaultFonts: false, proxyUrl: "", telemetry: false, agent: { disabled: true } });
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
