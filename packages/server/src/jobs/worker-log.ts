import { Logger as WorkerLogger } from "graphile-worker";
import type { Logger } from "pino";

/** The queue's log lines in ours; its routine chatter only at debug. */
export function toWorkerLogger(log: Logger): WorkerLogger {
  return new WorkerLogger((scope) => (level, message) => {
    const fields = scope.taskIdentifier ? { task: scope.taskIdentifier } : {};
    if (level === "error") log.error(fields, message);
    else if (level === "warning") log.warn(fields, message);
    else log.debug(fields, message);
  });
}
