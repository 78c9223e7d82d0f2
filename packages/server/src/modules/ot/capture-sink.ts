import { type AddressStatements, type DeviceStatements, groupDevices, mergeAll } from "@breakwater/domain/ot/index";
import type { CaptureEvent, ProcessEventRecord } from "@breakwater/formats/records";
import type { Transaction } from "kysely";
import { lockScores, rescoreAssets } from "../findings/index.ts";
import type { ImportRun, ImportSink } from "../ingest/sink.ts";
import { retagAssets } from "../tags/index.ts";
import { CaptureClock } from "./capture-clock.ts";
import { CaptureCollector, type CollectorLimits, type Conversation } from "./capture-collector.ts";
import { writeEvents } from "./event-store.ts";
import { listHostAddresses, writeConversations, writeEvidence } from "./evidence-store.ts";
import { resolveAssets } from "./host-assets.ts";
import { refreshHosts } from "./host-refresh.ts";

/** Of one file; what is done to a plant in earnest is far less. */
const MAX_EVENTS = 20_000;

const defaultLimits: CollectorLimits = { maxPending: 50_000, maxDevices: 100_000, maxValues: 64 };

type Batch = {
  nodes: AddressStatements[];
  conversations: Conversation[];
  records: number;
  /** Addresses of hosts of which nothing but that they spoke is told. */
  silent: ReadonlySet<string>;
};

/**
 * Turns what a capture tells into OT hosts, their evidence and conversations. Nothing depends on the order of captures
 * or on how often one is imported; memory is bounded by the limits, not by the capture.
 */
export function createCaptureSink(run: ImportRun, limits: Partial<CollectorLimits> = {}): ImportSink<CaptureEvent> {
  const collector = new CaptureCollector({ ...defaultLimits, ...limits });
  const clock = new CaptureClock(run.importedAt);
  // A resumed import cuts the same events into the same batches, so that it need not write those it has written.
  const resumeFrom = Number(run.resumeFrom.batches ?? 0);
  let batches = 0;
  let pendingEvents: ProcessEventRecord[] = [];
  let eventsTaken = 0;
  let eventsDropped = 0;

  const addEvent = (event: ProcessEventRecord) => {
    if (eventsTaken >= MAX_EVENTS) {
      eventsDropped += 1;
      return;
    }
    eventsTaken += 1;
    pendingEvents.push(event);
  };

  const flush = async (isLast: boolean) => {
    const taken = pendingEvents;
    pendingEvents = [];
    if (batches < resumeFrom) {
      collector.take();
      batches += 1;
      return;
    }
    await run.commit(
      async (tx) => {
        const silent = isLast ? await listHostAddresses(tx, origin(run), collector.silentAddresses()) : [];
        await writeBatch(tx, run, { ...collector.take(silent), silent: new Set(silent) });
        await writeEvents(tx, { ...origin(run), importedAt: run.importedAt }, taken);
        run.counts.recordsRead += taken.length;
      },
      { batches: batches + 1 },
    );
    batches += 1;
  };

  return {
    write: async (events) => {
      for (const event of events.map((told) => clock.correct(told))) {
        if (event.type === "identity") collector.addIdentity(event.identity);
        else if (event.type === "conversation") collector.addConversation(event.conversation);
        else if (event.type === "address") collector.addAddress(event.address);
        else if (event.type === "event") addEvent(event.event);
        else if (event.type === "issue") run.issue(event.issue);
        if (collector.isFull) await flush(false);
      }
    },
    end: async () => {
      reportDropped(run, collector);
      reportClock(run, clock);
      if (eventsDropped > 0)
        run.issue({
          level: "warning",
          code: "too-many-events",
          where: "whole file",
          message: `The file shows more process-integrity events than one import takes; ${eventsDropped} were left out.`,
        });
      await flush(true);
    },
  };
}

function origin(run: ImportRun) {
  const { subscriptionId, jobId, connection } = run;
  const { id: connectionId, network, product } = connection;
  return { subscriptionId, jobId, connectionId, network, product };
}

async function writeBatch(tx: Transaction<unknown>, run: ImportRun, batch: Batch): Promise<void> {
  const from = origin(run);
  await lockScores(tx, "shared");
  const devices = groupDevices(batch.nodes);
  // One that another machine had at that time is no host by that.
  const mayBeNew = ({ addresses }: DeviceStatements) => !addresses.every((address) => batch.silent.has(address));
  const { resolved, assetsNew, assetsMerged, mergedInto } = await resolveAssets(tx, from, devices, mayBeNew);
  const callers = await writeConversations(tx, from, batch.conversations);
  const byAsset = Map.groupBy(resolved, ({ assetId }) => assetId);
  const evidence = [...byAsset].flatMap(([assetId, parts]) =>
    mergeAll(parts.flatMap(({ device }) => device.statements)).map((statement) => ({ ...statement, assetId })),
  );
  const told = await writeEvidence(tx, from, evidence);
  const assetIds = [...byAsset.keys()];
  // What a host is follows from its evidence and its calls alone: where neither is new, it stands as it is.
  const isTouched = (assetId: number) =>
    told.has(assetId) ||
    mergedInto.has(assetId) ||
    byAsset.get(assetId)!.some(({ device }) => device.addresses.some((address) => callers.has(address)));
  const { hostsNew, hostsUpdated } = await refreshHosts(tx, from, assetIds.filter(isTouched));
  await retagAssets(tx, from.subscriptionId, assetIds, run.importedAt);
  await rescoreAssets(tx, from.subscriptionId, assetIds);
  run.counts.recordsRead += batch.records;
  run.counts.assetsNew += assetsNew;
  run.counts.assetsMerged += assetsMerged;
  run.counts.hostsNew += hostsNew;
  run.counts.hostsUpdated += hostsUpdated;
}

function reportDropped(run: ImportRun, collector: CaptureCollector): void {
  const { devices, values, addresses, loopback } = collector.dropped;
  const warn = (code: string, message: string) => run.issue({ level: "warning", code, where: "whole file", message });
  if (devices > 0)
    warn("too-many-devices", `The file names more devices than one import takes; ${devices} records were left out.`);
  if (values > 0)
    warn("too-many-values", `A device told the same property in too many ways; ${values} statements were left out.`);
  if (loopback > 0)
    warn(
      "loopback-addresses",
      `${loopback} conversations are of a machine with itself, by a loopback address that names no device; they were left out.`,
    );
  if (addresses > 0)
    warn("too-many-addresses", `The file names more addresses than one import takes; ${addresses} were left out.`);
}

function reportClock(run: ImportRun, { absurd }: CaptureClock): void {
  if (absurd === 0) return;
  const message = `the time of ${absurd} records is before 1990 or still to come: the clock that gave it is wrong, and the time of the import counts`;
  run.issue({ level: "warning", code: "capture-clock-absurd", where: "whole file", message });
}
