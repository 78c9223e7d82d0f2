/** Oldest major version of Node that runs the TypeScript sources. */
export declare const oldestMajor: number;
export declare function isRecent(version: string): boolean;
export declare function findPinnedRuntime(from: string, platform?: string): string | undefined;
export declare function refusal(version: string, platform?: string): string;
export declare function runWith(runtime: string, script: string, args: readonly string[]): void;
export declare function tuneRuntime(cacheDir: string): void;
