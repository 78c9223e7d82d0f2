import { pipeline, Readable } from "node:stream";
import { AppError } from "@breakwater/contract";
import { Busboy, type BusboyHeaders } from "@fastify/busboy";

/** Most parts that are passed over on the way to the file. */
const MAX_PARTS = 100;
const MAX_FIELD_BYTES = 65_536;

/**
 * The first file of a multipart form, as it comes; what follows it is read and dropped.
 *
 * @throws AppError malformed-body when the form holds no file, or ends early
 */
export function openFirstFile(
  payload: Readable,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Promise<{ name: string | null; bytes: Readable }> {
  return new Promise((resolve, reject) => {
    const form = toForm(headers);
    let file: Readable | undefined;
    const fail = (error: unknown) => {
      const known = error instanceof AppError ? error : malformed("the form cannot be read or ends early", error);
      if (file) file.destroy(known);
      else reject(known);
    };
    form.on("file", (_field: string, stream: Readable, name: string | undefined) => {
      if (file) {
        stream.resume();
        return;
      }
      file = Readable.from(guarded(stream));
      // The form may break off before anybody reads: without a listener that error would end the process. The reader
      // still meets it, because a destroyed stream throws at the first read.
      stream.on("error", () => undefined);
      file.on("error", () => undefined);
      resolve({ name: name || null, bytes: file });
    });
    // Without a file the form has ended before the promise was settled; settling it again does nothing.
    form.on("finish", () => reject(malformed("the form holds no file; send one, as in curl -F file=@report.nessus")));
    pipeline(payload, form, (error: Error | null | undefined) => {
      if (error) fail(error);
    });
  });
}

/** A stream whose damage is the sender's fault. */
async function* guarded(stream: Readable): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (error) {
    throw malformed("the form ends within the file; send it again", error);
  }
}

function toForm(headers: Readonly<Record<string, string | string[] | undefined>>): InstanceType<typeof Busboy> {
  try {
    return new Busboy({
      headers: headers as BusboyHeaders,
      limits: { parts: MAX_PARTS, fieldSize: MAX_FIELD_BYTES },
    });
  } catch (error) {
    throw malformed("the multipart form has no boundary; let the client set Content-Type itself", error);
  }
}

function malformed(message: string, cause?: unknown): AppError {
  return new AppError("malformed-body", message, { cause });
}
