import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { buildOpenApi, ERRORS, OPERATIONS, PERMISSIONS, SHIPPED_ROLES } from "./index.ts";

const routes = OPERATIONS.flatMap((operation) =>
  Object.values(operation.versions).map((path) => ({ operation, api: `${operation.method} ${path}` })),
);

test("each operation stands in the file of its name, and each file in the table", () => {
  const files = readdirSync(new URL("./operations/", import.meta.url)).filter(
    (name) => !["all.ts", "index.ts"].includes(name),
  );
  expect(OPERATIONS.map(({ id }) => `${id}.ts`).sort()).toEqual(files.sort());
});

test("no two operations share a method and path", () => {
  expect(new Set(routes.map(({ api }) => api)).size).toBe(routes.length);
});

test("path parameters are declared, and only those of the path", () => {
  for (const { operation, api } of routes) {
    const inPath = [...api.matchAll(/:(\w+)/g)].map(([, name]) => name);
    expect([api, Object.keys(operation.params?.properties ?? {})]).toEqual([api, inPath]);
  }
});

test("every path follows the URL framework: module, version, object", () => {
  for (const { api } of routes) {
    expect(api).toMatch(
      /^\w+ \/(auth(\/\w+)?$|\.well-known\/jwks\.json$|platforms$|notifications\/api\/feed|etm\/api\/rest\/v1\/reports|(etm|ot|admin|ingest)\/(v1|1\.0)\/\w+)/,
    );
  }
});

test("every permission that an operation asks for is held by some shipped role", () => {
  const held = new Set(SHIPPED_ROLES.flatMap((role) => role.permissions));
  for (const permission of PERMISSIONS) expect([permission, held.has(permission)]).toEqual([permission, true]);
});

test("who may not call the API holds no permission", () => {
  for (const role of SHIPPED_ROLES) if (!role.hasApiAccess) expect(role.permissions).toEqual([]);
});

test("the OpenAPI description has every route once, with its statuses", () => {
  const { paths } = buildOpenApi(OPERATIONS, { version: "1" }) as {
    paths: Record<string, Record<string, { operationId: string; responses: object }>>;
  };
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({
      api: `${method.toUpperCase()} ${path}`,
      operationId,
    })),
  );
  expect(described.map(({ api }) => api).sort()).toEqual(
    routes.map(({ api }) => api.replaceAll(/:(\w+)/g, "{$1}")).sort(),
  );
  expect(new Set(described.map(({ operationId }) => operationId)).size).toBe(routes.length);
});

test("error statuses are errors, and titles are theirs", () => {
  for (const [code, { status, when }] of Object.entries(ERRORS)) {
    expect([code, status >= 400 && status < 600]).toEqual([code, true]);
    expect(when.endsWith(".")).toBe(true);
  }
});

test("a uuid in a path is one that PostgreSQL reads: not urn:uuid:", () => {
  const uuid = "00000000-0000-4000-8000-00000000000A";
  const schemas = OPERATIONS.flatMap(({ params }) => Object.values(params?.properties ?? {})).filter(
    (schema) => "format" in schema && schema.format === "uuid",
  );
  expect(schemas.length).toBeGreaterThan(0);
  for (const schema of schemas) {
    const pattern = new RegExp(String((schema as { pattern?: string }).pattern ?? "none"));
    expect([uuid, `urn:uuid:${uuid}`, `{${uuid}}`].map((text) => pattern.test(text))).toEqual([true, false, false]);
  }
});
