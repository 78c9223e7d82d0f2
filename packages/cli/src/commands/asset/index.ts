import type { Command } from "commander";
import { addAssetMergeCommand } from "./merge.ts";
import { addAssetShowCommand } from "./show.ts";
import { addAssetSplitCommand } from "./split.ts";

/** `breakwater asset …`: why an asset is one, and what to do when it is not. */
export function addAssetCommands(program: Command): void {
  const asset = program.command("asset").summary("look at assets, take them apart, and merge them");
  addAssetShowCommand(asset);
  addAssetSplitCommand(asset);
  addAssetMergeCommand(asset);
}
