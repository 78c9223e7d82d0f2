/** A public platform of the documented service (platform.md 7). */
export type PublicPlatform = { readonly name: string; readonly url: string };

/** The fourteen public platforms. */
export const PUBLIC_PLATFORMS: readonly PublicPlatform[] = [
  { name: "US1", url: "https://gateway.qg1.apps.qualys.com" },
  { name: "US2", url: "https://gateway.qg2.apps.qualys.com" },
  { name: "US3", url: "https://gateway.qg3.apps.qualys.com" },
  { name: "US4", url: "https://gateway.qg4.apps.qualys.com" },
  { name: "GOV1", url: "https://gateway.gov1.qualys.us" },
  { name: "EU1", url: "https://gateway.qg1.apps.qualys.eu" },
  { name: "EU2", url: "https://gateway.qg2.apps.qualys.eu" },
  { name: "EU3", url: "https://gateway.qg3.apps.qualys.it" },
  { name: "IN1", url: "https://gateway.qg1.apps.qualys.in" },
  { name: "CA1", url: "https://gateway.qg1.apps.qualys.ca" },
  { name: "AE1", url: "https://gateway.qg1.apps.qualys.ae" },
  { name: "UK1", url: "https://gateway.qg1.apps.qualys.co.uk" },
  { name: "AU1", url: "https://gateway.qg1.apps.qualys.com.au" },
  { name: "KSA1", url: "https://gateway.qg1.apps.qualysksa.com" },
];

/** The public platform of that name, in any case. */
export function findPlatform(name: string): PublicPlatform | undefined {
  const wanted = name.trim().toUpperCase();
  return PUBLIC_PLATFORMS.find((platform) => platform.name === wanted);
}

/** The names that {@link toBaseUrl} knows. */
export function platformNames(): string[] {
  return PUBLIC_PLATFORMS.map(({ name }) => name);
}

/**
 * The base URL of a platform by its name, or of any other server by its URL; without a slash at the end.
 *
 * @throws RangeError for anything else, naming the platforms there are
 * @example toBaseUrl("eu1"); toBaseUrl("https://breakwater.example/")
 */
export function toBaseUrl(nameOrUrl: string): string {
  const platform = findPlatform(nameOrUrl);
  if (platform) return platform.url;
  const url = URL.parse(nameOrUrl);
  if (url?.protocol === "http:" || url?.protocol === "https:") return nameOrUrl.trim().replace(/\/+$/, "");
  throw new RangeError(
    `${JSON.stringify(nameOrUrl)} is neither a URL nor a platform; the platforms are ${platformNames().join(", ")}`,
  );
}
