import type { Permission } from "@breakwater/client";
import { useSyncExternalStore } from "react";
import { currentSession, onSessionChange, type Session } from "./session.ts";

/** Who is signed in; undefined: nobody. */
export function useSession(): Session | undefined {
  return useSyncExternalStore(onSessionChange, currentSession);
}

/** Whether whoever is signed in holds all of them. What is shown goes by this; what is allowed, the server says. */
export function useHolds(...permissions: readonly Permission[]): boolean {
  const session = useSession();
  return permissions.every((permission) => session?.permissions.includes(permission) === true);
}
