import { ApiError, type ingestImportCreate, type ResultOf } from "@breakwater/client";
import { toApiError } from "@breakwater/client/api-error";
import { currentSession, endSession } from "./session.ts";

type Job = ResultOf<typeof ingestImportCreate>;

/**
 * `POST /ingest/1.0/import` with a file. Not by `fetch`, as all else is, because that does not tell how far it is.
 *
 * @param onProgress 0 to 1, while the file is on its way
 * @throws ApiError as `call` does; TypeError when the server cannot be reached
 */
export async function uploadFile(
  path: string,
  { file, connection }: { file: File; connection: string },
  { onProgress, signal }: { onProgress: (part: number) => void; signal: AbortSignal },
): Promise<Job> {
  const search = new URLSearchParams({ fileName: file.name, ...(connection === "" ? {} : { connection }) });
  const response = await send(`${path}?${search}`, file, onProgress, signal);
  if (response.ok) return response.json();
  const error = await toApiError(response);
  if (error instanceof ApiError && error.status === 401) endSession(error.isTokenExpired ? "expired" : "withdrawn");
  throw error;
}

function send(url: string, file: File, onProgress: (part: number) => void, signal: AbortSignal): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("authorization", `Bearer ${currentSession()?.token ?? ""}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.onprogress = ({ loaded, total }) => onProgress(total === 0 ? 1 : loaded / total);
    request.onload = () => {
      const { status, statusText } = request;
      resolve(new Response(request.response, { status, statusText, headers: readHeaders(request) }));
    };
    request.onerror = () => reject(new TypeError("network error"));
    request.onabort = () => reject(signal.reason);
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

function readHeaders(request: XMLHttpRequest): Headers {
  const lines = request.getAllResponseHeaders().trim().split("\r\n");
  return new Headers(lines.map((line) => line.split(/: (.*)/s, 2) as [string, string]));
}
