import { defineConfig } from "vitest/config";

const forks = { pool: "forks", testTimeout: 60_000, hookTimeout: 120_000 } as const;

// Four rooms of tests. `unit` needs nothing; `server` and `conformance` get a real PostgreSQL from the global set-up;
// `real` needs the sample data beside the checkout and says so when it is not there.
export default defineConfig({
  test: {
    // One worker for each core; the default leaves one core idle, which of two is half of them.
    maxWorkers: "100%",
    projects: [
      {
        test: {
          ...forks,
          name: "unit",
          include: [
            "packages/{domain,contract,formats,simulator,client,console}/src/**/*.test.ts",
            "scripts/**/*.test.ts",
          ],
          exclude: ["**/*.real.test.ts"],
        },
      },
      {
        test: {
          ...forks,
          name: "server",
          include: ["packages/{server,cli,testkit}/src/**/*.test.ts"],
          exclude: ["**/*.real.test.ts"],
          globalSetup: ["packages/testkit/src/vitest-setup.ts"],
        },
      },
      {
        test: {
          ...forks,
          name: "conformance",
          include: ["conformance/src/**/*.test.ts"],
          globalSetup: ["packages/testkit/src/vitest-setup.ts"],
        },
      },
      {
        test: {
          ...forks,
          name: "real",
          include: ["packages/*/src/**/*.real.test.ts"],
          globalSetup: ["packages/testkit/src/vitest-setup.ts"],
        },
      },
    ],
  },
});
