import type { ProjectModuleRecord } from "../records.ts";

/**
 * The modules with every parent before its children, else in their order. A parent that is missing, or that is reached
 * from itself, leaves its child at the root.
 */
export function orderModules(modules: readonly ProjectModuleRecord[]): ProjectModuleRecord[] {
  const byRef = new Map(modules.map((module) => [module.ref, module]));
  const ordered: ProjectModuleRecord[] = [];
  const placed = new Set<string>();
  for (const module of modules) {
    const branch: ProjectModuleRecord[] = [];
    const seen = new Set<string>();
    for (let at: ProjectModuleRecord | undefined = module; at && !placed.has(at.ref) && !seen.has(at.ref); ) {
      branch.push(at);
      seen.add(at.ref);
      at = at.parentRef === null ? undefined : byRef.get(at.parentRef);
    }
    for (const one of branch.reverse()) {
      const isBelow = one.parentRef !== null && placed.has(one.parentRef);
      ordered.push(isBelow ? one : { ...one, parentRef: null, bus: null });
      placed.add(one.ref);
    }
  }
  return ordered;
}
