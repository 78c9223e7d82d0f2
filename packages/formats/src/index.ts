export * from "./intake/index.ts";
export type * from "./records.ts";
