import { platformsList } from "@breakwater/contract";
import { bind } from "../../binding.ts";
import type { Config } from "../../config/config.ts";
import type { ServerModule } from "../../context.ts";
import { negotiate } from "../../negotiate.ts";
import { toPlatformsPage } from "./page.ts";
import { type PlatformEntry, type PlatformsFile, readPlatformsFile } from "./platforms-file.ts";

const OFFERS = { json: ["application/json"], html: ["text/html"] } as const;

/**
 * `GET /platforms`: this installation and the sisters that its file names (platform.md 7).
 *
 * @throws ConfigError when there is a file and it cannot be used
 */
export function createPlatformsModule({ config }: { config: Config }): ServerModule {
  const file = config.platformsFile ? readPlatformsFile(config.platformsFile) : { self: {}, sisters: [] };
  return {
    bindings: [
      bind(platformsList, async ({ headers, origin }) => {
        const self = toSelf(file, origin);
        const count = file.sisters.length + 1;
        const vary = { headers: { Vary: "Accept" }, count };
        if (negotiate(headers.accept, OFFERS) === "html") {
          const text = toPlatformsPage([self, ...file.sisters]);
          return { text, contentType: "text/html;charset=UTF-8", ...vary };
        }
        const sisters = file.sisters.map((sister) => ({ ...sister, isSelf: false }));
        return { value: [{ ...self, isSelf: true }, ...sisters], ...vary };
      }),
    ],
  };
}

function toSelf({ self }: PlatformsFile, baseUrl: string): PlatformEntry {
  const gatewayUrl = self.gatewayUrl ?? baseUrl;
  return {
    name: "Breakwater",
    gatewayUrl,
    apiUrl: gatewayUrl,
    consoleUrl: `${gatewayUrl}/console`,
    usernameMarker: null,
    ...self,
  };
}
