import { otDetectionGet, otHostGet } from "@breakwater/client";
import type { Command } from "commander";
import { addShowByIdCommand } from "../../noun-commands.ts";
import { addPagedListCommand } from "../../paged-list.ts";
import { DETECTIONS } from "./detections.ts";
import { HOSTS } from "./hosts.ts";

/** `breakwater ot host …` and `breakwater ot detection …`. */
export function addOtCommands(program: Command): void {
  const ot = program.command("ot").summary("look at OT hosts and their vulnerabilities");
  const host = ot.command("host").summary("look at OT hosts");
  addPagedListCommand(host, HOSTS);
  addShowByIdCommand(host, {
    summary: "show an OT host with every source's word",
    one: "host",
    read: async (session, hostId) => (await session.call(otHostGet, { params: { hostId } })).json(),
  });
  const detection = ot.command("detection").summary("look at vulnerabilities of OT hosts");
  addPagedListCommand(detection, DETECTIONS);
  addShowByIdCommand(detection, {
    summary: "show a vulnerability of an OT host with its history",
    one: "detection",
    read: async (session, detectionId) => (await session.call(otDetectionGet, { params: { detectionId } })).json(),
  });
}
