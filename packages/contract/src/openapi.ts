import type { TSchema } from "typebox";
import type { Operation } from "./operation.ts";
import { Problem } from "./schemas/problem.ts";

type Json = Record<string, unknown>;

/**
 * OpenAPI 3.1 of a table of operations, one path item per version.
 *
 * @param options.version release of the server
 */
export function buildOpenApi(operations: readonly Operation[], options: { version: string }): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    for (const [version, path] of Object.entries(operation.versions)) {
      const template = path.replaceAll(/:(\w+)/g, "{$1}");
      paths[template] = { ...paths[template], [operation.method.toLowerCase()]: toOperation(operation, version) };
    }
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Breakwater API",
      version: options.version,
      description: "Compatible with the public ETM and VMDR OT API guides.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    paths,
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
      schemas: { Problem },
    },
  };
}

function toOperation(operation: Operation, version: string): Json {
  const isOnlyVersion = Object.keys(operation.versions).length === 1;
  return {
    operationId: isOnlyVersion ? operation.id : `${operation.id}.${version}`,
    summary: operation.summary,
    ...(operation.description === undefined ? {} : { description: operation.description }),
    tags: [operation.id.split(".", 2).join(" ")],
    security: operation.access === "public" ? [] : [{ bearer: [] }],
    parameters: [...toParameters(operation.params, "path"), ...toParameters(operation.query, "query")],
    ...(operation.body ? { requestBody: toRequestBody(operation.body) } : {}),
    responses: toResponses(operation, version),
  };
}

function toParameters(schema: Operation["query"], where: "path" | "query"): Json[] {
  if (!schema) return [];
  const required = new Set<string>(schema.required ?? []);
  return Object.entries<TSchema>(schema.properties).map(([name, property]) => ({
    name,
    in: where,
    required: where === "path" || required.has(name),
    schema: property,
  }));
}

function toRequestBody(body: NonNullable<Operation["body"]>): Json {
  if (body.kind === "stream") {
    const file = { type: "string", format: "binary", description: body.description };
    return {
      required: true,
      content: {
        "application/octet-stream": { schema: file },
        "multipart/form-data": { schema: { type: "object", properties: { file } } },
      },
    };
  }
  const contentType = body.kind === "json" ? "application/json" : "application/x-www-form-urlencoded";
  return { required: body.isOptional !== true, content: { [contentType]: { schema: body.schema } } };
}

function toResponses(operation: Operation, version: string): Json {
  const problem = { description: "Anything else", content: { "application/json": { schema: Problem } } };
  const entries = Object.entries(operation.responsesOf?.[version] ?? operation.responses).map(([status, spec]) => {
    const type = spec.contentType ?? (spec.schema ? "application/json" : undefined);
    const headers =
      operation.hasCountHeader && status === "200"
        ? { headers: { count: { description: "Total after filter and scope", schema: { type: "integer" } } } }
        : {};
    const content = type ? { content: { [type]: spec.schema ? { schema: spec.schema } : {} } } : {};
    return [status, { description: spec.description, ...headers, ...content }];
  });
  return { ...Object.fromEntries(entries), default: problem };
}
