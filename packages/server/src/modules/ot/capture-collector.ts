import {
  type AddressStatements,
  cleanValue,
  isDeviceIp,
  isDeviceMac,
  isIdentityField,
  isOtProtocol,
  mergeStatements,
  type Statement,
  statementKey,
  toInterfaceField,
  toInterfaceValue,
  toModuleField,
} from "@breakwater/domain/ot/index";
import type {
  AddressRecord,
  ConversationRecord,
  HardwareIdentity,
  OtIdentityRecord,
} from "@breakwater/formats/records";

/** The inventory source of all that captures tell. */
export const PASSIVE_SENSOR = "Passive Sensor";

/** Two addresses that talked, each the IP or, without one, the MAC. */
export type Conversation = {
  client: string;
  server: string;
  transport: string;
  port: number;
  protocol: string | null;
  firstSeenMs: number;
  lastSeenMs: number;
};

export type CollectorLimits = {
  /** Statements, conversations and addresses held at once; more are written in between. */
  maxPending: number;
  /** Different devices of one file; more are left out. */
  maxDevices: number;
  /** Different values of one property of one device between two writes; more are left out. */
  maxValues: number;
};

type Node = { macAddresses: Set<string>; statements: Map<string, Statement>; valuesByField: Map<string, number> };

/** What packets' own addresses say, below any device's word about itself. */
const TRAFFIC_CONFIDENCE = 50;

/** Gathers what a capture's events say, each thing once, until it is taken to be written. */
export class CaptureCollector {
  readonly #limits: CollectorLimits;
  #nodes = new Map<string, Node>();
  #conversations = new Map<string, Conversation>();
  readonly #addresses = new Map<string, AddressRecord>();
  readonly #devices = new Set<string>();
  #statements = 0;
  /** Events since the last take. */
  records = 0;
  /** Devices and values left out because of the limits. */
  readonly dropped = { devices: 0, values: 0, addresses: 0, loopback: 0 };

  constructor(limits: CollectorLimits) {
    this.#limits = limits;
  }

  get isFull(): boolean {
    return this.#statements + this.#conversations.size >= this.#limits.maxPending;
  }

  addIdentity({ ipAddress, macAddress, hardware, modules, evidence, serves }: OtIdentityRecord): void {
    this.records += 1;
    // Below IP the address is only what the device says; one that no device has leaves its MAC.
    const ip = serves?.transport === "ethernet" && ipAddress !== null && !isDeviceIp(ipAddress) ? null : ipAddress;
    const node = this.#touch(ip, macAddress, evidence.seenAt, evidence.seenAt);
    if (node === null) return;
    const say = (field: string, value: string | undefined) => {
      const clean = value === undefined ? null : cleanValue(value);
      if (clean === null) return;
      const seen = { firstSeenMs: evidence.seenAt, lastSeenMs: evidence.seenAt };
      const confidence = Math.min(100, Math.max(0, Math.round(evidence.confidence)));
      const { protocol, frame } = evidence;
      this.#add(node, { field, value: clean, protocol, source: PASSIVE_SENSOR, confidence, ...seen, frame });
    };
    for (const [field, value] of entriesOf(hardware)) say(field, value);
    for (const { rack, slot, hardware: module } of modules)
      for (const [field, value] of entriesOf(module)) say(toModuleField({ rack, slot }, field), value);
    if (serves !== undefined && isOtProtocol(evidence.protocol)) {
      const { protocol, seenAt } = evidence;
      const field = toInterfaceField(ip ?? macAddress!);
      this.#add(node, traffic(field, toInterfaceValue({ protocol, ...serves }), seenAt, seenAt, protocol));
    }
  }

  addConversation(record: ConversationRecord): void {
    this.records += 1;
    if (isLoopback(record.server.ipAddress)) this.dropped.loopback += 1;
    const { client, server, transport, protocol, firstSeen, lastSeen } = record;
    const clientAddress = client.ipAddress ?? client.macAddress;
    const serverAddress = server.ipAddress ?? server.macAddress;
    if (!isDeviceAddress(clientAddress) || !isDeviceAddress(serverAddress)) return;
    this.#addConversation({
      client: clientAddress,
      server: serverAddress,
      transport,
      port: server.port ?? 0,
      protocol,
      firstSeenMs: firstSeen,
      lastSeenMs: lastSeen,
    });
    if (!isOtProtocol(protocol) || isUnanswered(record)) return;
    this.#touch(client.ipAddress, client.macAddress, firstSeen, lastSeen);
    const node = this.#touch(server.ipAddress, server.macAddress, firstSeen, lastSeen);
    const value = toInterfaceValue({ protocol, transport, port: server.port });
    if (node !== null) this.#add(node, traffic(toInterfaceField(serverAddress), value, firstSeen, lastSeen, protocol));
  }

  /** Kept until the end of the file: only then is it known which of the addresses are devices'. */
  addAddress(record: AddressRecord): void {
    this.records += 1;
    if (!isDeviceIp(record.ipAddress) || !isDeviceMac(record.macAddress)) return;
    const key = `${record.ipAddress} ${record.macAddress}`;
    const known = this.#addresses.get(key);
    if (known === undefined && this.#addresses.size >= this.#limits.maxPending) {
      this.dropped.addresses += 1;
      return;
    }
    this.#addresses.set(key, {
      ...record,
      firstSeen: Math.min(record.firstSeen, known?.firstSeen ?? record.firstSeen),
      lastSeen: Math.max(record.lastSeen, known?.lastSeen ?? record.lastSeen),
    });
  }

  /** IP addresses that spoke but of which nothing else is known yet: hosts of earlier writes may be among them. */
  silentAddresses(): string[] {
    const silent = [...this.#addresses.values()].filter(({ ipAddress }) => !this.#nodes.has(ipAddress));
    return [...new Set(silent.map(({ ipAddress }) => ipAddress))];
  }

  /**
   * Gives all that is pending and starts anew.
   *
   * @param hosts addresses that are known to be hosts' although nothing was said about them since the last take
   */
  take(hosts: readonly string[] = []): { nodes: AddressStatements[]; conversations: Conversation[]; records: number } {
    const wanted = new Set(hosts);
    for (const { ipAddress, macAddress, firstSeen, lastSeen } of this.#addresses.values())
      if (this.#nodes.has(ipAddress) || wanted.has(ipAddress)) this.#touch(ipAddress, macAddress, firstSeen, lastSeen);
    const nodes = [...this.#nodes].map(([address, { macAddresses, statements }]) => ({
      address,
      macAddresses: [...macAddresses],
      statements: [...statements.values()],
    }));
    const taken = { nodes, conversations: [...this.#conversations.values()], records: this.records };
    this.#nodes = new Map();
    this.#conversations = new Map();
    this.#statements = 0;
    this.records = 0;
    return taken;
  }

  /** The node of an address, which exists from then on; null for addresses that no device has, or one too many. */
  #touch(ipAddress: string | null, macAddress: string | null, firstSeen: number, lastSeen: number): Node | null {
    const ip = ipAddress !== null && isDeviceIp(ipAddress) ? ipAddress : null;
    const mac = macAddress !== null && isDeviceMac(macAddress) ? macAddress : null;
    const address = ip ?? (ipAddress === null ? mac : null);
    if (address === null) return null;
    let node = this.#nodes.get(address);
    if (node === undefined) {
      if (!this.#devices.has(address) && this.#devices.size >= this.#limits.maxDevices) {
        this.dropped.devices += 1;
        return null;
      }
      this.#devices.add(address);
      node = { macAddresses: new Set(), statements: new Map(), valuesByField: new Map() };
      this.#nodes.set(address, node);
    }
    if (ip !== null) this.#add(node, traffic("ipAddress", ip, firstSeen, lastSeen));
    if (mac !== null) {
      node.macAddresses.add(mac);
      this.#add(node, traffic("macAddress", mac, firstSeen, lastSeen));
      if (ip !== null) this.#add(node, traffic(`macAddress:${ip}`, mac, firstSeen, lastSeen));
    }
    return node;
  }

  #add(node: Node, statement: Statement): void {
    const key = statementKey(statement);
    const known = node.statements.get(key);
    if (known !== undefined) {
      node.statements.set(key, mergeStatements(known, statement));
      return;
    }
    const values = node.valuesByField.get(statement.field) ?? 0;
    if (values >= this.#limits.maxValues) {
      this.dropped.values += 1;
      return;
    }
    node.valuesByField.set(statement.field, values + 1);
    node.statements.set(key, statement);
    this.#statements += 1;
  }

  #addConversation(conversation: Conversation): void {
    const { client, server, transport, port } = conversation;
    const key = `${client} ${server} ${transport} ${port}`;
    const known = this.#conversations.get(key);
    this.#conversations.set(key, {
      ...conversation,
      protocol: conversation.protocol ?? known?.protocol ?? null,
      firstSeenMs: Math.min(conversation.firstSeenMs, known?.firstSeenMs ?? conversation.firstSeenMs),
      lastSeenMs: Math.max(conversation.lastSeenMs, known?.lastSeenMs ?? conversation.lastSeenMs),
    });
  }
}

function entriesOf(hardware: HardwareIdentity) {
  return Object.entries(hardware).flatMap(([field, value]) =>
    isIdentityField(field) ? ([[field, value]] as const) : [],
  );
}

function traffic(
  field: string,
  value: string,
  firstSeenMs: number,
  lastSeenMs: number,
  protocol = "traffic",
): Statement {
  return {
    field,
    value,
    protocol,
    source: PASSIVE_SENSOR,
    confidence: TRAFFIC_CONFIDENCE,
    firstSeenMs,
    lastSeenMs,
    frame: null,
  };
}

/** Where a machine talks to itself, which says nothing of where it is. */
function isLoopback(ipAddress: string | null): boolean {
  return ipAddress === "::1" || ipAddress?.startsWith("127.") === true;
}

function isDeviceAddress(address: string | null): address is string {
  return (
    address !== null && (/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(address) ? isDeviceMac(address) : isDeviceIp(address))
  );
}

/**
 * Datagrams to someone who never spoke: a scan's questions or a broadcast address, not a server. PROFINET devices answer
 * their controller from another port.
 */
function isUnanswered({ transport, protocol, isAnswered }: ConversationRecord): boolean {
  return transport === "udp" && !isAnswered && protocol !== "profinet-io";
}
