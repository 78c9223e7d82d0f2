import { Agent, get } from "node:http";
import { parentPort } from "node:worker_threads";

/**
 * Readers who ask again as soon as they are answered, in a thread of their own: how long they wait must not depend on
 * what asking costs. Takes {@link Asked}, gives {@link Waited}.
 */
export type Asked = {
  /** One after the other, whoever asks next. */
  urls: string[];
  headers: Record<string, string>;
  readers: number;
  /** It ends with so many requests, or after so long. */
  requests: number;
  boundMs: number;
};
/** Times of all answers in ms, from the shortest; or why it failed. */
export type Waited = { timesMs: number[] } | { failure: string };

const agent = new Agent({ keepAlive: true });

parentPort?.on("message", (asked: Asked) => {
  readAll(asked)
    .then(
      (timesMs): Waited => ({ timesMs }),
      (error: Error): Waited => ({ failure: error.message }),
    )
    .then((waited) => parentPort?.postMessage(waited));
});

async function readAll({ urls, headers, readers, requests, boundMs }: Asked): Promise<number[]> {
  const timesMs: number[] = [];
  const endMs = performance.now() + boundMs;
  let sent = 0;
  const read = async () => {
    while (sent < requests && performance.now() < endMs) {
      const startMs = performance.now();
      await fetchWhole(urls[sent++ % urls.length]!, headers);
      timesMs.push(performance.now() - startMs);
    }
  };
  await Promise.all(Array.from({ length: readers }, read));
  return timesMs.sort((a, b) => a - b);
}

function fetchWhole(url: string, headers: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${url}: ${answer.statusCode}`));
      answer.resume().on("end", resolve).on("error", reject);
    }).on("error", reject);
  });
}
