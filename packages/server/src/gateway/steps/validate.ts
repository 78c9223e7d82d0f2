import { AppError, type Operation } from "@breakwater/contract";
import AjvCompiler from "@fastify/ajv-compiler";
import type { FastifySchema, FastifySchemaCompiler, FastifySchemaValidationError } from "fastify";

const build = AjvCompiler();
const compileTexts = build({}, { customOptions: {} });
const compileTyped = build({}, { customOptions: { coerceTypes: false } });

/**
 * How the schemas of one kind of operation become checks. Paths, queries and forms are texts, made into what the schema
 * says; JSON has types of its own, and null or false there is never 0.
 */
export function toValidatorCompiler(kind: "json" | "form" | "stream"): FastifySchemaCompiler<FastifySchema> {
  return (route) => (kind === "json" && route.httpPart === "body" ? compileTyped : compileTexts)(route);
}

/** Step 6, prepared: what Fastify checks before the handler runs. Unknown members and parameters are let be. */
export function toFastifySchema(operation: Operation): FastifySchema {
  const { params, query, body } = operation;
  return {
    ...(params ? { params } : {}),
    ...(query ? { querystring: query } : {}),
    // Fastify checks an absent body as null: one that is sent is checked although none need be.
    ...(body && body.kind !== "stream"
      ? { body: body.isOptional ? { ...body.schema, type: ["object", "null"] } : body.schema }
      : {}),
  };
}

/** Step 6, refused: which member, what is wrong with it. */
export function toValidationError(
  issues: readonly FastifySchemaValidationError[],
  where: string | undefined,
): AppError {
  const [issue] = issues;
  const name = issue?.instancePath.slice(1).replaceAll("/", ".") || where || "request";
  const allowed = issue?.params.allowedValues;
  const choices = Array.isArray(allowed) ? `: ${allowed.join(", ")}` : "";
  return new AppError("invalid-parameter", `${name} ${issue?.message ?? "is not valid"}${choices}`);
}
