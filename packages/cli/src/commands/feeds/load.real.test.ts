import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { otDetectionList } from "@breakwater/client";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliProcess, createSandbox, runCli, type Sandbox, startCli } from "../../testing/cli-process.fixture.ts";

const shared = fileURLToPath(new URL("../../../../../../shared/data/", import.meta.url));
const MANAGER = { BREAKWATER_USERNAME: "acme_mgr1", BREAKWATER_PASSWORD: "Correct-horse-7-battery" };

let sandbox: Sandbox;
let database: TestDatabase;
let server: CliProcess;
let url: string;

describe.skipIf(!existsSync(`${shared}knowledge/csaf`))(
  "the mirror of the public advisories, through the command line",
  () => {
    beforeAll(async () => {
      [sandbox, database] = await Promise.all([createSandbox(), createTestDatabase()]);
      server = startCli(sandbox, ["serve", "--port", "0", "--log-level", "warn", "--output", "json"], {
        DATABASE_URL: database.url,
        BREAKWATER_ADMIN_USERNAME: MANAGER.BREAKWATER_USERNAME,
        BREAKWATER_ADMIN_PASSWORD: MANAGER.BREAKWATER_PASSWORD,
      });
      url = JSON.parse(await server.line(/"ready"/)).url;
    });
    afterAll(async () => {
      await server?.stopGroup("SIGTERM");
      await database?.drop();
      await sandbox?.remove();
    });

    const run = async (...args: string[]) => {
      const { code, stdout } = await runCli(sandbox, [...args, "--output", "json"], {
        ...MANAGER,
        BREAKWATER_URL: url,
      });
      return { code, jobs: JSON.parse(stdout) };
    };

    it("is one import; the hosts of captures that come later are in the advisories that name them", {
      timeout: 300_000,
    }, async () => {
      expect(await run("capture", "import", `${shared}ot/captures/enip/enip_cip_example.pcap`)).toMatchObject({
        code: 0,
      });
      expect(await run("feeds", "load", "csaf", `${shared}knowledge/csaf`)).toMatchObject({
        code: 0,
        jobs: [{ status: "COMPLETED", format: "csaf", counts: { recordsRead: 2379, recordsRefused: 0, warnings: 0 } }],
      });
      expect(await run("capture", "import", `${shared}ot/captures/s7comm/snap7.pcap`)).toMatchObject({ code: 0 });
      const form = new URLSearchParams({
        username: MANAGER.BREAKWATER_USERNAME,
        password: MANAGER.BREAKWATER_PASSWORD,
        token: "true",
      });
      const token = await (await fetch(`${url}/auth`, { method: "POST", body: form })).text();
      const list = `${url}${otDetectionList.versions["1.0"]}?pageSize=100`;
      const answer = await fetch(list, { headers: { authorization: `Bearer ${token}` } });
      const { vulnerabilities } = (await answer.json()) as {
        vulnerabilities: { cveIds: string[]; typeDetected: string }[];
      };
      const of = (type: string) =>
        vulnerabilities
          .filter(({ typeDetected }) => typeDetected === type)
          .flatMap(({ cveIds }) => cveIds)
          .sort();
      expect(of("Potential")).toEqual(["CVE-2019-13940"]);
      expect(of("Confirmed")).toEqual([
        ...["CVE-2018-17924", "CVE-2018-4843", "CVE-2019-10923", "CVE-2019-10936", "CVE-2019-19300", "CVE-2019-6568"],
        ...["CVE-2022-25622", "CVE-2022-30694", "CVE-2022-4304"],
      ]);
    });
  },
);
