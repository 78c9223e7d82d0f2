import { finished, type Readable } from "node:stream";
import { AppError } from "@breakwater/contract";
import { Busboy, type BusboyHeaders } from "@fastify/busboy";

/** Most parts that are passed over on the way to the file. */
const MAX_PARTS = 100;
const MAX_FIELD_BYTES = 65_536;

/** What a form tells beside its first file. Of a repeated field the last value stands. */
export type FormRest = { fields: ReadonlyMap<string, string>; files: number };

export type FormFile = {
  name: string | null;
  bytes: AsyncIterable<Uint8Array>;
  /** All of the form, once it has ended or broken off; asked for after the bytes. */
  rest: Promise<FormRest>;
};

/**
 * The first file of a multipart form, as it comes; the bytes of others are dropped.
 *
 * Who stops reading before the end has to unpipe and drain the payload.
 *
 * @throws AppError malformed-body when the form holds no file, or ends early; the latter from `bytes` too, after all the
 *   bytes that came
 */
export function openFirstFile(
  payload: Readable,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Promise<FormFile> {
  return new Promise((resolve, reject) => {
    const form = toForm(headers);
    const fields = new Map<string, string>();
    const ended = Promise.withResolvers<FormRest>();
    let files = 0;
    const end = () => ended.resolve({ fields, files });
    let file: FirstFile | undefined;
    form.on("field", (name: string, value: string) => fields.set(name, value));
    form.on("file", (_field: string, stream: Readable, name: string | undefined) => {
      files++;
      if (file) {
        // A form that breaks off within a part tells that part's stream too: without a listener the process would end.
        stream.on("error", () => undefined);
        stream.resume();
        return;
      }
      file = new FirstFile(stream);
      resolve({ name: name || null, bytes: file.read(), rest: ended.promise });
    });
    form.on("error", (error: unknown) => {
      end();
      if (file) file.breakOff(error);
      else reject(malformed("the form cannot be read or ends early", error));
    });
    // Without a file the form has ended before the promise was settled; settling it again does nothing.
    form.on("finish", () => {
      end();
      reject(malformed("the form holds no file; send one, as in curl -F file=@report.nessus"));
    });
    // A pipe alone does not tell the form that its sender has gone, and the form would wait for ever.
    finished(payload, (error) => {
      if (!error) return;
      end();
      if (file) file.abandon(error);
      else reject(malformed("the form cannot be read or ends early", error));
    });
    payload.pipe(form);
  });
}

/** The parser's stream of the file, whose damage is the sender's fault. */
class FirstFile {
  readonly #stream: Readable;
  #damage: AppError | undefined;

  constructor(stream: Readable) {
    this.#stream = stream;
    // The form may break off before anybody reads: without a listener that error would end the process.
    stream.on("error", () => undefined);
  }

  async *read(): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#stream;
    } catch (error) {
      throw this.#damage ?? endsWithinFile(error);
    }
    if (this.#damage) throw this.#damage;
  }

  /** The form has ended too early. What came of the file is still read: it may be larger than it may be. */
  breakOff(cause: unknown): void {
    this.#damage ??= endsWithinFile(cause);
    this.#stream.push(null);
  }

  /** The sender has gone: nobody waits for an answer, and what came is of no use. */
  abandon(cause: unknown): void {
    this.#damage ??= endsWithinFile(cause);
    this.#stream.destroy(this.#damage);
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

function endsWithinFile(cause: unknown): AppError {
  return malformed("the form ends within the file; send it again", cause);
}

function malformed(message: string, cause?: unknown): AppError {
  return new AppError("malformed-body", message, { cause });
}
