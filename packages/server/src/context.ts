import type { Logger } from "pino";
import type { Binding } from "./binding.ts";
import type { Config } from "./config/config.ts";
import type { Database } from "./db/pool.ts";
import type { Jobs, Task } from "./jobs/index.ts";

/** Milliseconds since the epoch; injected so that tests can set it. */
export type Clock = () => number;

/** What a module is made from. */
export type ModuleContext = {
  /** Unscoped: for jobs, authentication and making scoped handles; stores of requests never see it. */
  db: Database;
  config: Config;
  clock: Clock;
  log: Logger;
  /** Wakes tasks; usable once the server has started. */
  jobs: Jobs;
};

/** What a module gives to the server. */
export type ServerModule = { bindings: readonly Binding[]; tasks?: readonly Task[] };
