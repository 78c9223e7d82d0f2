import { etmScoreSettingsGet, etmScoreSettingsUpdate } from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import { changeSettings, getSettings, type ScoreParts } from "./service.ts";

export function scoreRoutes(parts: ScoreParts): readonly Binding[] {
  return [
    bind(etmScoreSettingsGet, async ({ db }) => ({ value: await getSettings(db) })),
    bind(etmScoreSettingsUpdate, async ({ db, caller, address, body }) => ({
      value: await changeSettings(db, parts, { caller, address }, body),
    })),
  ];
}
