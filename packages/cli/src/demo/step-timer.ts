/** Prints each step with the seconds it took once the next begins; on a terminal also while it runs. */
export type StepTimer = {
  begin(step: string): void;
  /** Ends the step that runs, with what came of it. */
  end(result?: string): void;
};

export function createStepTimer(stream: NodeJS.WriteStream = process.stdout): StepTimer {
  let running: { step: string; sinceMs: number } | undefined;
  const end = (result?: string) => {
    if (!running) return;
    const seconds = ((performance.now() - running.sinceMs) / 1000).toFixed(1);
    stream.write(
      `${stream.isTTY ? "\r\x1b[K" : ""}  ${seconds.padStart(5)} s  ${running.step}${result === undefined ? "" : `: ${result}`}\n`,
    );
    running = undefined;
  };
  const begin = (step: string) => {
    end();
    running = { step, sinceMs: performance.now() };
    if (stream.isTTY) stream.write(`      … s  ${step}`);
  };
  return { begin, end };
}
