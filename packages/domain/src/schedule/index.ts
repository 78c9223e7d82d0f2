export { type GivenRhythm, nextRun, type Rhythm, toRhythm, WEEKDAYS, type Weekday } from "./rhythm.ts";
