import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  type SearchSchemaInput,
} from "@tanstack/react-router";
import { type AuditSearch, readAuditSearch } from "./pages/audit/audit-search.ts";
import { NotFoundPage } from "./pages/not-found/not-found-page.tsx";
import { SignInPage } from "./pages/sign-in/sign-in-page.tsx";
import { Waiting } from "./parts/page.tsx";
import { type ListSearch, parseSearch, readListSearch, stringifySearch } from "./parts/search/list-search.ts";
import { currentSession } from "./session/session.ts";
import { FailedPage } from "./shell/failed-page.tsx";
import { Shell } from "./shell/shell.tsx";

const root = createRootRoute({ component: Outlet });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: SignInPage,
  validateSearch: ({ to }: Record<string, unknown>): { to?: string } => (typeof to === "string" ? { to } : {}),
  beforeLoad: () => {
    if (currentSession() !== undefined) throw redirect({ to: "/" });
  },
});

/** Everything but signing in: who is not signed in is asked to, and comes back to where they were going. */
const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  component: Shell,
  beforeLoad: ({ location }) => {
    if (currentSession() !== undefined) return;
    throw redirect({ to: "/sign-in", search: location.href === "/" ? {} : { to: location.href } });
  },
});

/** What a page says of itself in the address. */
const list = { validateSearch: (raw: ListSearch & SearchSchemaInput) => readListSearch({ ...raw }) };

const within = { getParentRoute: () => shell };

/** One line a page; its code is loaded when it is gone to. */
const pages = [
  createRoute({
    ...within,
    path: "/",
    component: lazyRouteComponent(() => import("./pages/dashboard/dashboard-page.tsx"), "DashboardPage"),
  }),
  createRoute({
    ...within,
    ...list,
    path: "/findings",
    component: lazyRouteComponent(() => import("./pages/findings/findings-page.tsx"), "FindingsPage"),
  }),
  createRoute({
    ...within,
    path: "/findings/$findingId",
    component: lazyRouteComponent(() => import("./pages/finding/finding-page.tsx"), "FindingPage"),
  }),
  createRoute({
    ...within,
    ...list,
    path: "/assets",
    component: lazyRouteComponent(() => import("./pages/assets/assets-page.tsx"), "AssetsPage"),
  }),
  createRoute({
    ...within,
    path: "/assets/$assetId",
    component: lazyRouteComponent(() => import("./pages/asset/asset-page.tsx"), "AssetPage"),
  }),
  createRoute({
    ...within,
    ...list,
    path: "/ot/hosts",
    component: lazyRouteComponent(() => import("./pages/ot-hosts/ot-hosts-page.tsx"), "OtHostsPage"),
  }),
  createRoute({
    ...within,
    path: "/ot/hosts/$hostId",
    component: lazyRouteComponent(() => import("./pages/ot-host/ot-host-page.tsx"), "OtHostPage"),
  }),
  createRoute({
    ...within,
    ...list,
    path: "/ot/detections",
    component: lazyRouteComponent(() => import("./pages/ot-detections/ot-detections-page.tsx"), "OtDetectionsPage"),
  }),
  createRoute({
    ...within,
    path: "/ot/detections/$detectionId",
    component: lazyRouteComponent(() => import("./pages/ot-detection/ot-detection-page.tsx"), "OtDetectionPage"),
  }),
  createRoute({
    ...within,
    ...list,
    path: "/ot/advisories",
    component: lazyRouteComponent(() => import("./pages/ot-advisories/ot-advisories-page.tsx"), "OtAdvisoriesPage"),
  }),
  createRoute({
    ...within,
    ...list,
    path: "/ot/events",
    component: lazyRouteComponent(() => import("./pages/ot-events/ot-events-page.tsx"), "OtEventsPage"),
  }),
  createRoute({
    ...within,
    ...list,
    path: "/ot/networks",
    component: lazyRouteComponent(() => import("./pages/ot-networks/ot-networks-page.tsx"), "OtNetworksPage"),
  }),
  createRoute({
    ...within,
    ...list,
    path: "/ot/files",
    component: lazyRouteComponent(() => import("./pages/project-files/project-files-page.tsx"), "ProjectFilesPage"),
  }),
  createRoute({
    ...within,
    path: "/ot/files/$projectFileId",
    component: lazyRouteComponent(() => import("./pages/project-file/project-file-page.tsx"), "ProjectFilePage"),
  }),
  createRoute({
    ...within,
    ...list,
    path: "/reports",
    component: lazyRouteComponent(() => import("./pages/reports/reports-page.tsx"), "ReportsPage"),
  }),
  createRoute({
    ...within,
    ...list,
    path: "/imports",
    component: lazyRouteComponent(() => import("./pages/imports/imports-page.tsx"), "ImportsPage"),
  }),
  createRoute({
    ...within,
    path: "/imports/$importId",
    component: lazyRouteComponent(() => import("./pages/import/import-page.tsx"), "ImportPage"),
  }),
  createRoute({
    ...within,
    path: "/feeds",
    component: lazyRouteComponent(() => import("./pages/feeds/feeds-page.tsx"), "FeedsPage"),
  }),
  createRoute({
    ...within,
    path: "/audit",
    validateSearch: (raw: AuditSearch & SearchSchemaInput) => readAuditSearch({ ...raw }),
    component: lazyRouteComponent(() => import("./pages/audit/audit-page.tsx"), "AuditPage"),
  }),
  createRoute({ ...within, path: "$", component: NotFoundPage }),
];

export const router = createRouter({
  routeTree: root.addChildren([signIn, shell.addChildren(pages)]),
  basepath: "/console",
  parseSearch,
  stringifySearch,
  defaultErrorComponent: FailedPage,
  defaultPendingComponent: Waiting,
  scrollRestoration: true,
});
