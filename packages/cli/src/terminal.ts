import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { styleText } from "node:util";

/** A line on stdout: results only, so that output can be piped. */
export function print(line = ""): void {
  process.stdout.write(`${line}\n`);
}

/** A line on stderr: what is worth knowing beside the result. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** The reason of a failure, on stderr. */
export function complain(message: string): void {
  note(`${emphasize("breakwater:", "red", process.stderr)} ${message}`);
}

/** Styled only where the stream is a terminal and NO_COLOR is not set. */
export function emphasize(
  text: string,
  style: "bold" | "dim" | "red" | "green" | "yellow",
  stream: NodeJS.WriteStream = process.stdout,
): string {
  return styleText(style, text, { stream });
}

/** Text from elsewhere (file names, messages of a server) without what could steer the terminal. */
export function toVisible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]+/gu, " ");
}

/** Whether a person can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Asks on stderr, so that stdout stays free for the result. */
export async function ask(question: string, preset = ""): Promise<string> {
  const suffix = preset === "" ? "" : ` [${preset}]`;
  const answer = await prompt(`${question}${suffix}: `, process.stderr);
  return answer.trim() || preset;
}

/** As {@link ask}, without showing what is typed. */
export async function askSecret(question: string): Promise<string> {
  process.stderr.write(`${question}: `);
  // readline echoes what is typed to its output, so it gets one that shows nothing.
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    return await prompt("", silence);
  } finally {
    process.stderr.write("\n");
  }
}

async function prompt(question: string, output: NodeJS.WritableStream): Promise<string> {
  const reader = createInterface({ input: process.stdin, output, terminal: true });
  // Ctrl-C is read as a key here and ends the program as it would elsewhere; Ctrl-D answers with nothing.
  reader.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
  const closed = new Promise<string>((resolve) => reader.once("close", () => resolve("")));
  try {
    return await Promise.race([reader.question(question), closed]);
  } finally {
    reader.close();
  }
}
