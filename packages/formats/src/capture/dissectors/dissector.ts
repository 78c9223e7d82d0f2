import type { HardwareIdentity, OtModuleRecord, ProcessEventKind } from "../../records.ts";
import type { MemoryBudget } from "../limits.ts";

/** One protocol data unit. The object and its bytes are valid during the call only. */
export type Message = {
  bytes: Uint8Array;
  start: number;
  /** Past the last byte. */
  end: number;
  /** Sent by the side that has the protocol's port. */
  isFromServer: boolean;
  /** Frame that completed the unit, 1-based. */
  frame: number;
  /** Epoch ms of that frame. */
  seenAt: number;
};

/** What a message says about its sender. */
export type Statement = {
  hardware: HardwareIdentity;
  modules?: OtModuleRecord[];
  /** 0..100 */
  confidence: number;
  /** Where it is not the dissector's own: `umas` inside Modbus. */
  protocol?: string;
  /** The device's address where the message names another than its sender's, or where the sender's has none. */
  ipAddress?: string;
  macAddress?: string;
  /** The message is about whom it was sent to: who asks a device by its number knows that it is one. UDP only. */
  isAboutReceiver?: true;
};

export type Emit = (statement: Statement) => void;

/** What a message does to the process of its conversation's server. */
export type EventStatement = {
  kind: ProcessEventKind;
  /** The operation in the protocol's own words, or what it is about; empty where the message does not say. */
  detail: string;
  /** Where it is not the dissector's own: `umas` inside Modbus. */
  protocol?: string;
};

export type EmitEvent = (event: EventStatement) => void;

/** How a protocol cuts its byte stream into data units. */
export type Framing = {
  /** Bytes that tell the unit's length. */
  headerBytes: number;
  /** Length of the whole unit whose header is at `at`; 0 when this is no header of the protocol. `end`: of what is known. */
  pduBytes(bytes: Uint8Array, at: number, end: number): number;
};

/** What a dissector remembers of one TCP connection. */
export type Session = {
  /** Reads one unit; answers the application protocol's name when it recognised one. Never throws for bad bytes. */
  message(message: Message, emit: Emit, emitEvent: EmitEvent): string | null;
  /** Bytes of one direction were lost: half-joined units of it are void. */
  gap(isFromServer: boolean): void;
  /** Gives back what was taken from the budget. */
  close(): void;
};

/** A protocol that tells who a device is. A new one is a folder beside this file and a line in `index.ts`. */
export type Dissector = {
  /** Name of the evidence, e.g. `enip`. */
  protocol: string;
  tcp?: {
    ports: readonly number[];
    framing: Framing;
    openSession(budget: MemoryBudget): Session;
    /**
     * Whether a client's first bytes open this protocol and no other, so that it is known on any port. Left out where
     * the first bytes do not tell.
     */
    isOpening?(bytes: Uint8Array, start: number, end: number): boolean;
  };
  udp?: { ports: readonly number[]; datagram(message: Message, emit: Emit, emitEvent: EmitEvent): string | null };
  /** Below IP. The message is what follows the EtherType, padding included; `isFromServer` is not known there. */
  ethernet?: { etherTypes: readonly number[]; frame(message: Message, emit: Emit): void };
};
