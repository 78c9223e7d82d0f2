export { type App, createApp, VERSION } from "./app.ts";
export { type Config, ConfigError, type Flags, toConfig } from "./config/config.ts";
export { type Environment, readEnvironment } from "./config/env.ts";
export { createLogger, type RunningServer, startServer } from "./serve.ts";
