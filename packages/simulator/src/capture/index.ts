export type { CaptureLayout } from "./capture-writers.ts";
export { writeControlTour } from "./control-tour.ts";
export { demoPlant } from "./demo-plant.ts";
export type { Plant, PlantDevice, PlantHost, RockwellDevice, SiemensDevice } from "./plant.ts";
export { writeProtocolTour } from "./protocol-tour.ts";
export { type PlantCaptureOptions, writePlantCapture } from "./write-plant-capture.ts";
