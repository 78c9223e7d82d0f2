import type { AssetInput } from "./asset-input.ts";
import { BoundedMap } from "./bounded-map.ts";
import { Pending } from "./pending.ts";
import type { CheckInput, PlaceInput, ScanWriter } from "./scan-writer.ts";

type Held = { key: string; checkId: string; place: PlaceInput; where: string };

/**
 * Findings of files that may name the asset before or behind them: an asset is known by a key of the mapping's own, such
 * as the place in the file of the run or project that holds both.
 */
export class AwaitedAssets {
  readonly #assets = new BoundedMap<AssetInput>();
  readonly #pending = new Pending<Held>();

  /** Names the asset of a key; the first word counts. */
  name(key: string, asset: AssetInput, out: ScanWriter): void {
    if (this.#assets.has(key)) return;
    if (this.#assets.add(key, asset)) out.asset(asset);
    else out.refuse("held-too-many", key, "the file names more assets than are held at once; split the file");
  }

  /** Tells the finding now if its asset is known, else at the end. The check is told now in either case. */
  finding(key: string, check: CheckInput, place: PlaceInput, out: ScanWriter, where: string): void {
    const asset = this.#assets.get(key);
    if (asset) out.finding(asset, check, place, where);
    else if (out.check(check, where)) this.#pending.add({ key, checkId: check.id, place, where }, out, where);
  }

  /** Tells what was held. @param unnamed the asset of a key that the file never named; null refuses its findings */
  end(out: ScanWriter, unnamed: (key: string) => AssetInput | null): void {
    for (const { key, checkId, place, where } of this.#pending.take()) {
      const asset = this.#assets.get(key) ?? (out.isCutOff ? undefined : (unnamed(key) ?? { name: "" }));
      if (asset) out.finding(asset, { id: checkId, title: checkId, severity: 1 }, place, where);
      else out.refuseCutOff(where);
    }
  }
}
