import { toAddress } from "@breakwater/domain/identity/index";
import { sql, type Transaction } from "kysely";

/** When connections said what stands, epoch ms by the connection's id. */
type Sayers = Readonly<Record<string, number>>;
export type DescribedBy = Readonly<Partial<Record<string, Sayers>>>;

/** How much a connection is believed; `name` decides between equals. */
export type Standing = { rank: number; name: string };

/** A word about an asset: who says it and when, and what is known of the others. */
export type Hearing = {
  connection: string;
  at: number;
  /**
   * When each connection last looked at the asset, epoch ms: what it said before still holds then. 0 or none: not noted
   * there, as where several products share it, and its words have their own times.
   */
  seenAt: Readonly<Record<string, number>>;
  /** For what nobody is known to have said. */
  unknownAt: number;
  standings: ReadonlyMap<string, Standing>;
};

const UNKNOWN: Standing = { rank: 50, name: "" };

type Value = string | null | readonly unknown[];
export type Heard<V extends Value> = { value: V; sayers: Sayers };

/**
 * A field of an asset after a source's word: that of the lowest trust rank stands, then the newest, then that of the
 * connection whose name comes first; so the order of imports does not matter. What a source leaves open says nothing.
 */
export function hearField<V extends Value>(known: Heard<V>, said: V, hearing: Hearing): Heard<V> {
  const { connection, at, seenAt } = hearing;
  const { [connection]: own, ...others } = known.sayers;
  const lookedAt = seenAt[connection] ?? 0;
  if (isEmpty(said) || (own !== undefined && at < Math.max(own, lookedAt))) return known;
  if (JSON.stringify(said) === JSON.stringify(known.value)) {
    // Said again. Where the look is noted with the source, the asset stays as it is.
    const isNoted = own !== undefined && (lookedAt > 0 || at === own);
    return isNoted ? known : { value: known.value, sayers: { ...known.sayers, [connection]: at } };
  }
  const isOnlyOwn = own !== undefined && Object.keys(others).length === 0;
  if (isEmpty(known.value) || isOnlyOwn || isBelieved(others, hearing))
    return { value: said, sayers: { [connection]: at } };
  return own === undefined ? known : { value: known.value, sayers: others };
}

/** {@link hearField} for names: an address is none as long as there is another. */
export function hearName(known: Heard<string>, said: string, hearing: Hearing): Heard<string> {
  const [isAddress, wasAddress] = [toAddress(said) !== null, toAddress(known.value) !== null];
  if (isAddress && !wasAddress) return known;
  if (!isAddress && wasAddress) return { value: said, sayers: { [hearing.connection]: hearing.at } };
  return hearField(known, said, hearing);
}

/** Whether the word outdoes what the others said. */
function isBelieved(others: Sayers, { connection, at, seenAt, unknownAt, standings }: Hearing): boolean {
  const keyOf = (id: string, said: number) => ({
    ...(standings.get(id) ?? UNKNOWN),
    at: Math.max(said, seenAt[id] ?? 0),
  });
  const mine = keyOf(connection, at);
  const theirs = Object.entries(others).map(([id, said]) => keyOf(id, said));
  const rivals = theirs.length > 0 ? theirs : [{ ...UNKNOWN, at: unknownAt }];
  return rivals.every((one) => {
    if (mine.rank !== one.rank) return mine.rank < one.rank;
    // Of what nobody is known to have said the same time is no reason to keep it.
    return at !== one.at ? at > one.at : one.name === "" || mine.name < one.name;
  });
}

function isEmpty(value: Value): boolean {
  return value === null || value.length === 0;
}

/** Standings of all connections, the deleted ones among them. */
export async function readStandings(tx: Transaction<unknown>, subscriptionId: number): Promise<Map<string, Standing>> {
  const { rows } = await sql<{ id: string } & Standing>`
    SELECT id::text AS id, trust_rank AS rank, lower(name) || ' ' || id AS name FROM connection
    WHERE subscription_id = ${subscriptionId}`.execute(tx);
  return new Map(rows.map(({ id, ...standing }) => [id, standing]));
}
