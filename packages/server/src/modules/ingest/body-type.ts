import { AppError } from "@breakwater/contract";

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Types that show that the body is not the file itself, and what their senders meant. */
const REFUSED: readonly (readonly [type: RegExp, advice: string])[] = [
  [
    /^application\/x-www-form-urlencoded$/,
    "curl -d sends a form and alters the file: use --data-binary @file with -H 'Content-Type: application/octet-stream', or -F file=@file",
  ],
  [/^multipart\//, "send the file as multipart/form-data"],
];

/**
 * Whether an upload is a form or the file itself.
 *
 * @throws AppError unsupported-media-type for types that show that the body is not the file
 */
export function readBodyType(headers: Headers): "multipart" | "raw" {
  const header = headers["content-type"];
  const type = (typeof header === "string" ? header : "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (type === "multipart/form-data") return "multipart";
  const advice = REFUSED.find(([refused]) => refused.test(type))?.[1];
  if (advice) {
    throw new AppError(
      "unsupported-media-type",
      `an import is not read from ${type}: ${advice}. Files are read as multipart/form-data or as a raw body of any other type`,
    );
  }
  return "raw";
}
