import { sql, type Transaction } from "kysely";
import { type DetectionWords, toWords } from "./describe-detections.ts";
import { writeTexts, writeWords } from "./detection-store.ts";
import { KnownAdvisories } from "./known-advisories.ts";

type About = { uuid: string; advisoryId: string; evidence: { cveId: string; productId: string }[] };

/**
 * Has the open detections of advisories say in their new words what they said before. No host is matched for it, and nothing
 * was detected again. The scores are locked; locks the assets.
 */
export async function rewordDetections(
  tx: Transaction<unknown>,
  subscriptionId: number,
  advisoryIds: readonly string[],
): Promise<void> {
  if (advisoryIds.length === 0) return;
  const isMeant = sql`d.subscription_id = ${subscriptionId} AND d.advisory_id = ANY (${advisoryIds}) AND d.status <> 'FIXED'`;
  await sql`SELECT FROM asset WHERE subscription_id = ${subscriptionId}
    AND id = ANY (ARRAY(SELECT d.asset_id FROM ot_detection d WHERE ${isMeant})) ORDER BY id FOR NO KEY UPDATE`.execute(
    tx,
  );
  const { rows } = await sql<About>`
    SELECT d.uuid, d.advisory_id AS "advisoryId", (SELECT json_agg(json_build_object('cveId', e.value->'cveId',
      'productId', e.value->'productId') ORDER BY e.ordinality) FROM jsonb_array_elements(d.evidence) WITH ORDINALITY e) AS evidence
    FROM ot_detection d WHERE ${isMeant}`.execute(tx);
  const known = new KnownAdvisories(subscriptionId);
  await known.learn(tx, advisoryIds);
  const worded = rows.map((one) => ({ uuid: one.uuid, words: wordsOf(known, one) }));
  await writeTexts(tx, subscriptionId, worded);
  await writeWords(tx, subscriptionId, worded);
}

function wordsOf(known: KnownAdvisories, { advisoryId, evidence }: About): DetectionWords {
  const key = [advisoryId, ...evidence.flatMap(({ cveId, productId }) => [cveId, productId])].join("\n");
  return known.wordsOf(key, () => {
    const vulnerabilities = new Map(known.vulnerabilitiesOf(advisoryId).map((one) => [one.cveId, one]));
    return toWords(evidence.map((one) => ({ ...vulnerabilities.get(one.cveId)!, evidence: one })));
  });
}
