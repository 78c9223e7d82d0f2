import { otDetectionGet, otHostGet } from "@breakwater/client";
import type { Command } from "commander";
import { addShowByIdCommand } from "../../noun-commands.ts";
import { addPagedListCommand } from "../../paged-list.ts";
import { ADVISORIES } from "./advisories.ts";
import { CONVERSATIONS } from "./conversations.ts";
import { DETECTIONS } from "./detections.ts";
import { EVENTS } from "./events.ts";
import { HOSTS } from "./hosts.ts";

/** `breakwater ot host …`, `detection …`, `advisory …`, `event …` and `network …`. */
export function addOtCommands(program: Command): void {
  const ot = program.command("ot").summary("look at OT hosts, their vulnerabilities and who talks to whom");
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
  addPagedListCommand(ot.command("advisory").summary("look at advisories that hosts are matched with"), ADVISORIES);
  addPagedListCommand(ot.command("event").summary("look at what was done to controllers"), EVENTS);
  addPagedListCommand(ot.command("network").summary("look at who talks to whom"), CONVERSATIONS);
}
