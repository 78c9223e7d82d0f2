import type { HostInterface } from "@breakwater/domain/ot/index";
import type { QueryRecord } from "@breakwater/domain/query/index";
import { sql } from "kysely";
import type { Database } from "../../db/pool.ts";

/** A host as a list test states it; tags by number from 0, times epoch ms. */
export type SeededHost = {
  name: string;
  manufacturer: string | null;
  family: string | null;
  orderNumber: string | null;
  serialNumber: string | null;
  purdueLevel: number | null;
  risk: number;
  criticality: number;
  findings: number;
  tags: number[];
  created: number;
  updated: number;
  interfaces: HostInterface[];
};

const tagNames = ["north", "East", "line 4"];

/** @returns ids in the order of the hosts, and of the three tags */
export async function seedHosts(
  db: Database,
  subscriptionId: number,
  hosts: readonly SeededHost[],
): Promise<{ ids: number[]; tagIds: number[] }> {
  const tagIds: number[] = [];
  for (const name of tagNames) {
    const { rows } = await sql<{ id: number }>`
      INSERT INTO tag (subscription_id, name) VALUES (${subscriptionId}, ${name}) RETURNING id`.execute(db.write);
    tagIds.push(rows[0]!.id);
  }
  const ids: number[] = [];
  for (const host of hosts) {
    const addresses = host.interfaces.flatMap(({ address }) => address ?? []);
    const macs = host.interfaces.flatMap(({ macAddress }) => macAddress ?? []);
    const times = { created: new Date(host.created), updated: new Date(host.updated) };
    const inventory = [
      { source: "Passive Sensor", created: times.created.toISOString(), lastUpdated: times.updated.toISOString() },
    ];
    const { rows } = await sql<{ id: number }>`
      WITH a AS (
        INSERT INTO asset (subscription_id, name, ip_addresses, mac_addresses, sources, is_ot, tag_ids, risk, criticality,
                           finding_count, created_at, updated_at)
        VALUES (${subscriptionId}, ${host.name}, ${addresses}::inet[], ${macs}::text[], '{Passive Sensor}', true,
                ${host.tags.map((tag) => tagIds[tag])}::integer[], ${host.risk}, ${host.criticality}, ${host.findings},
                ${times.created}, ${times.updated})
        RETURNING subscription_id, id)
      INSERT INTO ot_host (subscription_id, asset_id, manufacturer, family, order_number, serial_number, purdue_level,
                           inventory, interfaces, created_in)
      SELECT subscription_id, id, ${host.manufacturer}::text, ${host.family}::text, ${host.orderNumber}::text,
             ${host.serialNumber}::text, ${host.purdueLevel}::smallint, ${JSON.stringify(inventory)}::jsonb,
             ${JSON.stringify(host.interfaces)}::jsonb, gen_random_uuid() FROM a
      RETURNING asset_id AS id`.execute(db.write);
    ids.push(rows[0]!.id);
  }
  return { ids, tagIds };
}

/** The host as the query language sees it. */
export function toRecord(host: SeededHost, assetId: number): QueryRecord {
  return {
    "asset.assetId": assetId,
    "asset.name": host.name,
    "asset.created": host.created,
    "asset.lastUpdated": host.updated,
    "asset.risk": host.risk,
    "asset.criticality": host.criticality,
    "asset.vulnerabilityCount": host.findings,
    "asset.purdueLevel": host.purdueLevel,
    "asset.tags.name": host.tags.map((tag) => tagNames[tag]!),
    "hardware.manufacturer": host.manufacturer,
    "hardware.family": host.family,
    "hardware.orderNumber": host.orderNumber,
    "hardware.serialNumber": host.serialNumber,
    "inventory.source": ["Passive Sensor"],
    interfaces: host.interfaces.map(({ address, macAddress, protocol, transport, port }) => ({
      "interfaces.address": address,
      "interfaces.macAddress": macAddress,
      "interfaces.protocol": protocol,
      "interfaces.transport.protocol": transport.protocol,
      "interfaces.port": port,
    })),
  };
}

/** Hosts by number, alike but for name, risk and address. */
export async function seedManyHosts(db: Database, subscriptionId: number, count: number): Promise<void> {
  await sql`
    WITH a AS (
      INSERT INTO asset (subscription_id, name, ip_addresses, sources, is_ot, risk, created_at, updated_at)
      SELECT ${subscriptionId}, 'plc-' || n, ARRAY['10.0.0.0'::inet + n], '{Passive Sensor}', true, n % 1000, now(), now()
      FROM generate_series(1, ${count}::integer) AS n
      RETURNING subscription_id, id, ip_addresses)
    INSERT INTO ot_host (subscription_id, asset_id, manufacturer, type, interfaces, inventory, created_in)
    SELECT subscription_id, id, 'Siemens', 'Programmable Logic Controller (PLC)',
           jsonb_build_array(jsonb_build_object('address', host(ip_addresses[1]), 'protocol', 's7comm', 'port', 102,
             'macAddress', NULL, 'transport', jsonb_build_object('protocol', 'tcp'))), '[]', gen_random_uuid() FROM a`.execute(
    db.write,
  );
}
