/** What the database floor needs of a logger: the four methods of pino that it calls. */
export type SetupLog = {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
};

export const silentLog: SetupLog = { debug() {}, info() {}, warn() {}, error() {} };
