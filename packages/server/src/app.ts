import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import type { Logger } from "pino";
import type { Config } from "./config/config.ts";
import type { Clock, ModuleContext, ServerModule } from "./context.ts";
import type { Database } from "./db/pool.ts";
import { buildGateway } from "./gateway/index.ts";
import type { Certificate } from "./gateway/tls/certificate.ts";
import { type Jobs, startJobs } from "./jobs/index.ts";
import { createMemoryLimiter, createSteadyClock, type Limiter, SharedLimiter } from "./limits/index.ts";
import { createAcceptancesModule } from "./modules/acceptances/index.ts";
import { createAuditModule } from "./modules/audit/index.ts";
import { createAuthModule } from "./modules/auth/index.ts";
import { createClientsModule } from "./modules/clients/index.ts";
import { createCorrectionsModule } from "./modules/corrections/index.ts";
import { createDetectionsModule } from "./modules/detections/index.ts";
import { createEntitiesModule } from "./modules/entities/index.ts";
import { createEtmModule } from "./modules/etm/index.ts";
import { createIdentityProvidersModule } from "./modules/identity-providers/index.ts";
import { createIngestModule } from "./modules/ingest/index.ts";
import { createKnowledgeModule } from "./modules/knowledge/index.ts";
import { createLifecycleModule, openLifecycle } from "./modules/lifecycle/index.ts";
import { createLimitsModule, readLimitsNamespace } from "./modules/limits/index.ts";
import { createNotificationsModule } from "./modules/notifications/index.ts";
import { createOtModule } from "./modules/ot/index.ts";
import { createPlatformsModule } from "./modules/platforms/index.ts";
import { createProjectFilesModule } from "./modules/projectfiles/index.ts";
import { createReportsModule } from "./modules/reports/index.ts";
import { createRiskRulesModule } from "./modules/risk-rules/index.ts";
import { createRolesModule } from "./modules/roles/index.ts";
import { createSchedulesModule } from "./modules/schedules/index.ts";
import { createScoresModule } from "./modules/scores/index.ts";
import { createSubscriptionsModule } from "./modules/subscriptions/index.ts";
import { createTagsModule } from "./modules/tags/index.ts";
import { createTrendsModule } from "./modules/trends/index.ts";
import { createUnitsModule } from "./modules/units/index.ts";
import { createUsersModule, type FirstManager, prepareInstallation } from "./modules/users/index.ts";
import { createWebhooksModule } from "./modules/webhooks/index.ts";

/** The product without a port: everything composed, over a migrated database. */
export type App = {
  gateway: Awaited<ReturnType<typeof buildGateway>>;
  /** Set by the start that made the installation. */
  firstManager: FirstManager | undefined;
  /** Finishes running calls, stops jobs at their next safe point, writes the limiter's journal. The database stays open. */
  close(): Promise<void>;
};

/** Release of the server, from its package. */
export const VERSION: string = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;

/**
 * Composes the product.
 *
 * @param options.db open and migrated; the caller closes it after the app
 * @param options.clock epoch ms; tests give their own
 * @param options.certificate undefined: plain HTTP
 * @param options.consoleDir where the build of the web console is; undefined: it is not served
 */
export async function createApp(options: {
  config: Config;
  db: Database;
  clock?: Clock;
  log: Logger;
  certificate?: Certificate;
  consoleDir?: string;
}): Promise<App> {
  const { config, db, log } = options;
  const clock = options.clock ?? Date.now;
  await mkdir(config.dataDir, { recursive: true });
  const { adminUsername, adminPassword } = config;
  const firstManager = await prepareInstallation(db, {
    ...(adminUsername ? { username: adminUsername } : {}),
    ...(adminPassword ? { password: adminPassword } : {}),
  });

  let startedJobs: Jobs | undefined;
  const jobs: Jobs = {
    enqueue: async (taskName, key) => startedJobs?.enqueue(taskName, key),
    stop: async () => startedJobs?.stop(),
  };
  const context: ModuleContext = { db, config, clock, log, jobs };
  const limiter = await openLimiter(config, options.clock, db, log);
  const audit = createAuditModule(context);
  const auth = await createAuthModule(context);
  const lifecycle = await openLifecycle({ db, clock, log });
  const forget = (subscriptionId: number) => auth.forgetSubscription(subscriptionId);
  const modules: readonly ServerModule[] = [
    auth,
    audit,
    createLifecycleModule(context, lifecycle),
    createLimitsModule(context, limiter, forget),
    createSubscriptionsModule(context, forget),
    ...createPlainModules(context),
  ];
  let isOpen = true;
  const gateway = await buildGateway({
    config,
    bindings: modules.flatMap((module) => module.bindings),
    db,
    limiter,
    lifecycle: { ...lifecycle, profile: config.profile },
    authenticate: auth.authenticate,
    clock,
    log,
    ...(options.certificate ? { certificate: options.certificate } : {}),
    ...(options.consoleDir ? { consoleDir: options.consoleDir } : {}),
    system: { version: VERSION, isReady: async () => isOpen && (await isDatabaseUp(db)) },
  });
  const tasks = modules.flatMap((module) => module.tasks ?? []);
  startedJobs = await startJobs({ db, tasks, concurrency: config.limits.jobConcurrency, log });
  const close = async () => {
    isOpen = false;
    // Whoever has not finished by then is cut off, so that the rest can still stop in order.
    const cutOff = setTimeout(() => gateway.server.closeAllConnections(), CALLS_GRACE_MS);
    await Promise.all([gateway.close(), jobs.stop()]);
    clearTimeout(cutOff);
    await limiter.close();
    await audit.close();
  };
  return { gateway, firstManager, close };
}

/** Those that need nothing but the context. */
function createPlainModules(context: ModuleContext): readonly ServerModule[] {
  return [
    createUsersModule(context),
    createRolesModule(context),
    createUnitsModule(context),
    createTagsModule(context),
    createClientsModule(context),
    createIdentityProvidersModule(context),
    createIngestModule(context),
    createEtmModule(context),
    createAcceptancesModule(context),
    createCorrectionsModule(context),
    createKnowledgeModule(context),
    createScoresModule(context),
    createRiskRulesModule(context),
    createOtModule(context),
    createProjectFilesModule(context),
    createDetectionsModule(context),
    createReportsModule(context),
    createSchedulesModule(context),
    createTrendsModule(context),
    createEntitiesModule(context),
    createNotificationsModule(context),
    createPlatformsModule(context),
    createWebhooksModule(context),
  ];
}

/** How long running calls may take to finish when the server stops. */
const CALLS_GRACE_MS = 8_000;

/** Longer than the longest call: an upload may take an hour. Only a slot that was lost is ever taken back by time. */
const LEASE_MS = 2 * 3_600_000;

/**
 * One node keeps its limits in memory; several share a store, whose clock holds for them. A clock given by a test is taken
 * as it is; the machine's own is guarded against being set back.
 */
async function openLimiter(config: Config, clock: Clock | undefined, db: Database, log: Logger): Promise<Limiter> {
  if (config.valkeyUrl !== undefined) {
    return SharedLimiter.open({
      url: config.valkeyUrl,
      namespace: await readLimitsNamespace(db),
      onLost: (cause) =>
        log.error({ err: cause }, "the store of the limits is out of reach; this node goes on within its part of them"),
      onBack: () => log.info("the store of the limits is back and knows the calls admitted meanwhile"),
    });
  }
  return createMemoryLimiter({
    clock: clock ?? createSteadyClock(),
    leaseMs: LEASE_MS,
    journal: {
      path: join(config.dataDir, "limits.journal"),
      onProblem: (problem) =>
        log.warn({ problem }, "the limiter's journal has a problem; limits hold, a restart may forget some calls"),
    },
  });
}

async function isDatabaseUp(db: Database): Promise<boolean> {
  try {
    await sql`SELECT 1`.execute(db.read);
    return true;
  } catch {
    return false;
  }
}
