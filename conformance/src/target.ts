import {
  type CaptureLayout,
  demoPlant,
  writeControlTour,
  writePlantCapture,
  writeProtocolTour,
} from "@breakwater/simulator/capture/index";
import { createTestDatabase } from "@breakwater/testkit/database";
import { MANAGER, startInstallation, type TestInstallationOptions } from "@breakwater/testkit/installation";
import { afterAll, beforeAll, type TestContext, test } from "vitest";

/** Who logs in. */
export type Login = { username: string; password: string };

/** The server under test: a base URL and its Manager. */
export type Target = { readonly url: string; readonly manager: Login };

/** A target that this suite started, over which it has the clock and the switch. */
export type OwnTarget = Target & {
  /** Stops the server and starts it again over the same data. */
  restart(): Promise<void>;
};

const given = process.env.CONFORMANCE_URL?.replace(/\/+$/, "");

/**
 * The target of a test file: the server that CONFORMANCE_URL names (its Manager in CONFORMANCE_USERNAME and
 * CONFORMANCE_PASSWORD), else an installation made for the file and removed after it.
 */
export function useTarget(): Target {
  if (given === undefined) return useOwnTarget();
  const { CONFORMANCE_USERNAME: username, CONFORMANCE_PASSWORD: password } = process.env;
  if (!username || !password) throw new Error("CONFORMANCE_URL needs CONFORMANCE_USERNAME and CONFORMANCE_PASSWORD");
  return { url: given, manager: { username, password } };
}

/** An installation for this file alone; its tests are written with {@link ownTest}. */
export function useOwnTarget(options: TestInstallationOptions = {}): OwnTarget {
  let installation: Awaited<ReturnType<typeof startInstallation>> | undefined;
  const running = () => {
    if (!installation) throw new Error("the installation runs only while tests do");
    return installation;
  };
  beforeAll(async () => {
    if (given === undefined) installation = await startInstallation(options);
  });
  afterAll(() => installation?.close());
  return {
    get url() {
      return running().url;
    },
    manager: MANAGER,
    restart: () => running().restart(),
  };
}

/** A clause that can be tried only on an installation of the suite's own: fresh, with its clock, or restarted. */
export function ownTest(name: string, run: () => Promise<void>): void {
  test(name, async ({ skip }: TestContext) => {
    if (given !== undefined) skip("needs an installation of its own; not tried on CONFORMANCE_URL");
    await run();
  });
}

/** A clock that stands still until it is moved; epoch ms. */
export class HandClock {
  nowMs: number;

  constructor(start: string) {
    this.nowMs = Date.parse(start);
  }

  readonly read = (): number => this.nowMs;

  advance(seconds: number): void {
    this.nowMs += seconds * 1000;
  }

  set(time: string): void {
    this.nowMs = Date.parse(time);
  }
}

/** A generated capture of a plant of twelve devices: seven speak EtherNet/IP, five S7comm. */
export async function makePlantCapture(layout: CaptureLayout = { format: "pcap" }): Promise<Buffer> {
  const options = { ...layout, startAt: Date.UTC(2025, 2, 3, 8), seed: 7 };
  return Buffer.concat(await Array.fromAsync(writePlantCapture(demoPlant(), options)));
}

/** A capture in which one device per further protocol tells who it is. */
export function makeProtocolCapture(): Buffer {
  return Buffer.from(writeProtocolTour({ format: "pcap", startAt: Date.UTC(2025, 2, 3, 9) }));
}

/** A plant's supervision, and controllers that are stopped, loaded and started (simulator, `writeControlTour`). */
export function makeControlCapture(): Buffer {
  return Buffer.from(writeControlTour({ format: "pcap", startAt: Date.UTC(2025, 2, 3, 9) }));
}

/** A migrated database without an installation in it, for a server that is started as a process; `DATABASE_URL` of it. */
export async function makeDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  return createTestDatabase();
}
