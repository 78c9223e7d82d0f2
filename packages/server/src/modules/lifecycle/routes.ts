import { adminVersionGet, adminVersionList, adminVersionReset, adminVersionSet } from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import { findRoute, type LifecycleParts, resetVersion, setVersion } from "./service.ts";
import { listEntries, type StoredEntry } from "./store.ts";
import { toApiVersion, type VersionRoute } from "./views.ts";

export function lifecycleRoutes(parts: LifecycleParts): readonly Binding[] {
  const view = (route: VersionRoute, entry: StoredEntry | undefined) =>
    toApiVersion(route, entry, { timeMs: parts.clock(), profile: parts.profile });
  const routeOf = (api: string) => findRoute(parts.routes, api, "invalid-parameter");
  return [
    bind(adminVersionList, async ({ db }) => {
      const entries = new Map((await listEntries(db.read)).map((entry) => [entry.api, entry]));
      const value = parts.routes.map((route) => view(route, entries.get(route.api)));
      return { value, count: value.length };
    }),
    bind(adminVersionGet, async ({ db, query }) => {
      const route = findRoute(parts.routes, query.api, "not-found");
      const entries = await listEntries(db.read);
      return {
        value: view(
          route,
          entries.find(({ api }) => api === route.api),
        ),
      };
    }),
    bind(adminVersionSet, async ({ db, caller, address, body }) => {
      return { value: view(routeOf(body.api), await setVersion(db, parts, { caller, address }, body)) };
    }),
    bind(adminVersionReset, async ({ db, caller, address, body }) => {
      return { value: view(routeOf(body.api), await resetVersion(db, parts, { caller, address }, body.api)) };
    }),
  ];
}
