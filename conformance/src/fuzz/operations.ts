/** JSON Schema as the API's description uses it. */
export type Schema = {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  format?: string;
  pattern?: string;
};

export type Parameter = { name: string; schema: Schema; isRequired: boolean };

/** One version of one operation, as `/openapi.json` tells it. */
export type ApiOperation = {
  id: string;
  method: string;
  /** With `{name}` for parameters. */
  path: string;
  params: Parameter[];
  query: Parameter[];
  body?: { contentType: string; schema: Schema };
};

type Described = {
  operationId: string;
  parameters: { name: string; in: "path" | "query"; required: boolean; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
};

/** Every operation that the server says it has: a new one is tried without a word here. */
export async function readOperations(url: string): Promise<ApiOperation[]> {
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Described>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, parameters, requestBody }]) => {
      const of = (place: "path" | "query") =>
        parameters
          .filter((one) => one.in === place)
          .map(({ name, schema, required }) => ({ name, schema, isRequired: required }));
      const [content] = Object.entries(requestBody?.content ?? {});
      return {
        id: operationId,
        method: method.toUpperCase(),
        path,
        params: of("path"),
        query: of("query"),
        ...(content ? { body: { contentType: content[0], schema: content[1].schema } } : {}),
      };
    }),
  );
}
