import type { AssetRecord } from "../../records.ts";

const EC2_INSTANCE = /(?:^|[:/])(i-[0-9a-f]{8,17})$/i;
/** Ids that the cloud itself keeps unique: AWS, Azure, Google Cloud. */
const UNIQUE = [
  /^arn:[a-z-]{3,20}:[^\s]{3,}$/i,
  /^\/subscriptions\/[^\s]+\/providers\/[^\s]+$/i,
  /^\/\/[a-z.]+\.googleapis\.com\/[^\s]+$/i,
];

/** What identifies a cloud resource by its id: `i-…` of an EC2 instance, however the ARN is spelled, or the unique id itself. */
export function toCloudIdentifiers(...ids: readonly string[]): AssetRecord["identifiers"] {
  const values = ids.flatMap((text) => {
    const id = text.trim();
    const instance = EC2_INSTANCE.exec(id)?.[1];
    if (instance !== undefined) return [instance.toLowerCase()];
    return id.length <= 255 && UNIQUE.some((pattern) => pattern.test(id)) ? [id] : [];
  });
  return [...new Set(values)].map((value) => ({ kind: "cloud-instance-id", value }));
}
