import type { AssetMatch } from "@breakwater/domain/identity/index";
import type { Scope } from "../../caller.ts";

/** Before each match that was refused; what is told after it is another asset's. */
const REFUSED = "not asset ";

/** `mac 00:1b:1b:12:34:56`, and what was refused before. */
export function explainMatch({ decidedBy, refused }: AssetMatch): string | null {
  const parts = refused.map(
    ({ assetId, offeredBy, contradictedBy: by }) =>
      `${REFUSED}${assetId} by ${toText(offeredBy)}: its ${by.kind} is ${by.theirs.join(", ")}`,
  );
  if (decidedBy) parts.unshift(toText(decidedBy));
  return parts.length > 0 ? parts.join("; ").slice(0, 1000).toWellFormed() : null;
}

/** What {@link explainMatch} told, for a caller: the assets that were refused may be outside of a scope. */
export function matchInScope(told: string | null, scope: Scope): string | null {
  if (told === null || scope.kind === "all") return told;
  if (told.startsWith(REFUSED)) return null;
  return told.split(`; ${REFUSED}`, 1)[0] ?? null;
}

function toText(identifier: { kind: string; value: string }): string {
  return `${identifier.kind} ${identifier.value}`;
}
