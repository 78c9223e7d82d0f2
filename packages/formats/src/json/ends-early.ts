/** Whether a text that `JSON.parse` refused is the beginning of a JSON document: nothing is wrong before its end. */
export function endsEarly(text: string, error: unknown): boolean {
  const { message } = error as Error;
  const position = /at position (\d+)/.exec(message)?.[1];
  return (
    /^(Unexpected end of JSON|Unterminated string)/.test(message) ||
    (position !== undefined && Number(position) >= text.trimEnd().length)
  );
}
