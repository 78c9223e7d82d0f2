export { foldPresence, type Presence, type Teller, uniteTimelines } from "./fold.ts";
export {
  addAbsence,
  addSight,
  type Event,
  type Look,
  MAX_LOOKS,
  type Timeline,
  toMarks,
} from "./timeline.ts";
