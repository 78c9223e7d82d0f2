import { AppError, type Operation } from "@breakwater/contract";
import type { FastifySchema, FastifySchemaValidationError } from "fastify";

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
