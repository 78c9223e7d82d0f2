import type { AssetRecord, CloudProvider } from "../../records.ts";

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

const PROVIDERS: readonly (readonly [CloudProvider, RegExp])[] = [
  ["AWS", /^(aws(-cn|-us-gov)?|amazon( web services)?|ec2|arn:aws[a-z-]{0,17}:.*|i-[0-9a-f]{8,17})$/i],
  ["AZURE", /^(azure|microsoft azure|\/subscriptions\/.*)$/i],
  ["GCP", /^(gcp|google|google cloud( platform)?|\/\/[a-z.]+\.googleapis\.com\/.*)$/i],
  ["OCI", /^(oci|oracle|oracle cloud( infrastructure)?|ocid1\..*)$/i],
];

/** The provider by its name as sources write it, or by the id of one of its resources: the first text that tells one. */
export function toCloudProvider(...texts: readonly (string | undefined)[]): CloudProvider | undefined {
  for (const text of texts) {
    const found = PROVIDERS.find(([, pattern]) => text !== undefined && pattern.test(text.trim()));
    if (found) return found[0];
  }
  return undefined;
}
