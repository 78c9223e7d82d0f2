/** The shared store's address as the client knows it: `valkey:` and `valkeys:` are other names of `redis:` and `rediss:`. */
export function toStoreUrl(url: string): string {
  return url.replace(/^valkey(s?):/, "redis$1:");
}
