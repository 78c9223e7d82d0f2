import { etmAssetGet } from "@breakwater/client";
import type { Command } from "commander";
import { addShowByIdCommand } from "../../noun-commands.ts";
import { addPagedListCommand } from "../../paged-list.ts";
import { ASSETS } from "./list.ts";
import { addAssetMergeCommand } from "./merge.ts";
import { addAssetSplitCommand } from "./split.ts";

/** `breakwater asset …`: which there are, why an asset is one, and what to do when it is not. */
export function addAssetCommands(program: Command): void {
  const asset = program.command("asset").summary("look at assets, take them apart, and merge them");
  addPagedListCommand(asset, ASSETS);
  addShowByIdCommand(asset, {
    summary: "show an asset, and which identifiers joined its sources",
    one: "asset",
    read: async (session, assetId) => (await session.call(etmAssetGet, { params: { assetId } })).json(),
  });
  addAssetSplitCommand(asset);
  addAssetMergeCommand(asset);
}
