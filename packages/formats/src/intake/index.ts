export { type Format, formats } from "./formats.ts";
export { defaultIntakeLimits, type IntakeLimits } from "./limits.ts";
export { type IntakeEvent, type IntakeMember, openIntake } from "./open-intake.ts";
export { formatsWithTable } from "./own-table.ts";
