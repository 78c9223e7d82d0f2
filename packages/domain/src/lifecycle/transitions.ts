import type { LifecycleEntry, LifecycleProfile } from "./lifecycle.ts";

/** A change of state by the passing of time; `at` in epoch ms. */
export type LifecycleTransition = { readonly to: "eos" | "eol"; readonly at: number };

/**
 * The changes of state that an entry will make or has made, in their order. Where the lenient profile keeps an entry in a
 * state, the changes beyond that state never come.
 */
export function lifecycleTransitions(entry: LifecycleEntry, profile: LifecycleProfile): LifecycleTransition[] {
  const kept = profile === "lenient" ? entry.lenientState : null;
  const transitions: LifecycleTransition[] = [];
  if (entry.eosAt !== null && kept !== "active") transitions.push({ to: "eos", at: entry.eosAt });
  if (entry.eolAt !== null && (kept === null || kept === "eol")) transitions.push({ to: "eol", at: entry.eolAt });
  return transitions;
}
