import { hardwareFields } from "./fields.ts";
import { PROJECT_FILE } from "./project-hosts.ts";
import { resolveField } from "./resolve-field.ts";
import type { Statement } from "./statement.ts";
import { vendorKey } from "./vendor.ts";

type HardwareNumbers = { orderNumber?: string | null | undefined; catalogNumber?: string | null | undefined };

/** Whether order or catalogue numbers, where both sides know any, show two different pieces of hardware. */
export function isOtherHardware(a: HardwareNumbers, b: HardwareNumbers): boolean {
  return areOther(toNumbers([a.orderNumber, a.catalogNumber]), toNumbers([b.orderNumber, b.catalogNumber]));
}

/**
 * Parts the statements about a host's own hardware that are about another piece of it, so that one description is never
 * put together from two devices. Among protocols that saw the host the surest order or catalogue number tells which is
 * meant. A project is refused as well where it names another manufacturer than what was seen as surely: somebody has put
 * something else there, and its firmware is not that of the project's module.
 */
export function partOtherHardware(statements: readonly Statement[]): { standing: Statement[]; refused: Statement[] } {
  const [planned, seen] = [statements.filter(isPlanned), statements.filter((statement) => !isPlanned(statement))];
  const numbers = surestNumbers(seen);
  const isOther = (said: readonly Statement[]) => areOther(numbersOf(said), numbers);
  const [others, meant] = partition([...Map.groupBy(seen, byProtocol).values()], isOther);
  const vendor = vendorOf(meant.flat());
  const isOtherPlan = (said: readonly Statement[]) => isOther(said) || isOtherVendor(vendor, vendorOf(said));
  const [otherPlans] = partition([...Map.groupBy(planned, byProtocol).values()], isOtherPlan);
  const refused = new Set([...others, ...otherPlans].flat().filter(({ field }) => isHardwareField(field)));
  return { standing: statements.filter((one) => !refused.has(one)), refused: [...refused] };
}

function partition<T>(all: readonly T[], holds: (one: T) => boolean): [T[], T[]] {
  return [all.filter(holds), all.filter((one) => !holds(one))];
}

/** The numbers of the protocol that tells one most surely, then most lately. */
function surestNumbers(seen: readonly Statement[]): string[] {
  const [best] = seen
    .filter(isNumber)
    .sort(
      (a, b) =>
        b.confidence - a.confidence ||
        b.lastSeenMs - a.lastSeenMs ||
        (a.protocol < b.protocol ? -1 : a.protocol > b.protocol ? 1 : 0),
    );
  return best === undefined ? [] : numbersOf(seen.filter(({ protocol }) => protocol === best.protocol));
}

function byProtocol({ protocol }: Statement): string {
  return protocol;
}

function vendorOf(statements: readonly Statement[]): Statement | null {
  return resolveField(statements.filter(({ field }) => field === "manufacturer"))?.best ?? null;
}

/** A guess, from a number in a broadcast or from the MAC, does not speak against what somebody planned. */
function isOtherVendor(seen: Statement | null, planned: Statement | null): boolean {
  if (seen === null || planned === null || seen.confidence < planned.confidence) return false;
  return vendorKey(seen.value) !== vendorKey(planned.value);
}

function numbersOf(statements: readonly Statement[]): string[] {
  return toNumbers(statements.filter(isNumber).map(({ value }) => value));
}

/** Order and catalogue numbers without blanks, case and series: `1756-EN2T/D` is a 1756-EN2T. */
function toNumbers(numbers: readonly (string | null | undefined)[]): string[] {
  return numbers.flatMap((number) => number?.replace(/\s/g, "").split("/")[0]?.toUpperCase() || []);
}

function areOther(ours: readonly string[], theirs: readonly string[]): boolean {
  return ours.length > 0 && theirs.length > 0 && !ours.some((number) => theirs.includes(number));
}

function isPlanned({ source }: Statement): boolean {
  return source === PROJECT_FILE;
}

function isNumber({ field }: Statement): boolean {
  return field === "orderNumber" || field === "catalogNumber";
}

function isHardwareField(field: string): boolean {
  return (hardwareFields as readonly string[]).includes(field);
}
