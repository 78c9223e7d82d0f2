import type { ResolvedField } from "./resolve-field.ts";

/**
 * How sure a firmware version is that stands in a project and that nothing holds the installed module to. No source that
 * has seen the device is so unsure.
 */
export const CONFIGURED_FIRMWARE_CONFIDENCE = 30;

/** Whether the version is what runs, as far as sources can tell, and not what somebody configured. True without one. */
export function isFirmwareProven(resolved: ResolvedField | undefined): boolean {
  return resolved === undefined || resolved.best.confidence > CONFIGURED_FIRMWARE_CONFIDENCE;
}
