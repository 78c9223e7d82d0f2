import type { Token } from "../token-table.ts";
import { token } from "../token-table.ts";

/** The two ends of what captures show between hosts: `{table}.client.…` and `{table}.server.…`. */
export function endTokens(table: "network" | "event"): readonly Token[] {
  return (["client", "server"] as const).flatMap((end) => [
    token(`${table}.${end}.address`, "address", `IP address of the ${end}.`, `${table}.${end}.address:192.168.20.0/24`),
    token(
      `${table}.${end}.assetId`,
      "integer",
      `Number of the host that the ${end} is, where it is one in scope.`,
      `${table}.${end}.assetId:1017`,
    ),
    token(`${table}.${end}.name`, "text", "Name of that host.", `${table}.${end}.name:PLC*`),
  ]);
}
