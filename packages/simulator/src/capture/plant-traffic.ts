import {
  ENIP_IO_PORT,
  ENIP_PORT,
  implicitData,
  listIdentityAnswer,
  listIdentityRequest,
  registerSession,
  unregisterSession,
} from "./enip-messages.ts";
import { arpFrame, BROADCAST, type Endpoint, toEndpoint, udpFrame } from "./packets.ts";
import type { Plant, PlantDevice, RockwellDevice, SiemensDevice } from "./plant.ts";
import {
  cotpConnectConfirm,
  cotpConnectRequest,
  IDENTIFICATION_LISTS,
  nextFragmentRequest,
  readSzlAnswers,
  readSzlRequest,
  readVariableAnswer,
  readVariableRequest,
  S7COMM_PORT,
  setupAnswer,
  setupRequest,
} from "./s7comm-messages.ts";
import { seededRandom } from "./seeded-random.ts";
import { TcpDialogue } from "./tcp-dialogue.ts";

const FIRST_EPHEMERAL_PORT = 49_152;
const EPHEMERAL_PORTS = 16_384;
const PROCESS_BYTES = 64;

type Peer<Device extends PlantDevice> = { device: Device; endpoint: Endpoint };

/** The frames of a plant, round after round: the station resolves, asks and polls every device. */
export class PlantTraffic {
  readonly #random: (limit: number) => number;
  readonly #station: Endpoint;
  readonly #peers: Peer<PlantDevice>[];
  readonly #cyclesPerRound: number;
  #portsUsed = 0;
  #cyclesSent = 0;

  /** @param cyclesPerRound process-data exchanges with every device in every round */
  constructor(plant: Plant, seed: number, cyclesPerRound: number) {
    this.#random = seededRandom(seed);
    this.#station = toEndpoint(plant.engineeringStation, this.#random(0x10000));
    this.#peers = plant.devices.map((device) => ({ device, endpoint: toEndpoint(device, this.#random(0x10000)) }));
    this.#cyclesPerRound = cyclesPerRound;
  }

  *round(): Generator<Uint8Array> {
    for (const { endpoint } of this.#peers) {
      yield arpFrame(1, this.#station, endpoint);
      yield arpFrame(2, endpoint, this.#station);
    }
    yield* this.#discoverByBroadcast();
    for (const { device, endpoint } of this.#peers) {
      if (device.kind === "rockwell") yield* this.#askRockwell({ device, endpoint });
      else yield* this.#askSiemens({ device, endpoint });
    }
  }

  *#discoverByBroadcast(): Generator<Uint8Array> {
    const context = this.#random(2 ** 31);
    const port = this.#nextPort();
    yield udpFrame(this.#station, BROADCAST, port, ENIP_PORT, listIdentityRequest(context));
    for (const { device, endpoint } of this.#peers) {
      if (device.kind !== "rockwell") continue;
      yield udpFrame(endpoint, this.#station, ENIP_PORT, port, listIdentityAnswer(device, context));
    }
  }

  *#askRockwell({ device, endpoint }: Peer<RockwellDevice>): Generator<Uint8Array> {
    const dialogue = this.#dial(endpoint, ENIP_PORT);
    const context = this.#random(2 ** 31);
    const session = 1 + this.#random(2 ** 31 - 1);
    yield* dialogue.open();
    yield dialogue.request(registerSession(0, context));
    yield dialogue.answer(registerSession(session, context));
    yield dialogue.request(listIdentityRequest(context));
    yield dialogue.answer(listIdentityAnswer(device, context));
    for (let cycle = 0; cycle < this.#cyclesPerRound; cycle++) {
      const sequence = this.#cyclesSent++ >>> 0;
      yield this.#implicit(this.#station, endpoint, sequence, 0x2000_0000);
      yield this.#implicit(endpoint, this.#station, sequence, 0x2100_0000);
    }
    yield dialogue.request(unregisterSession(session, context));
    yield* dialogue.close();
  }

  #implicit(source: Endpoint, target: Endpoint, sequence: number, connection: number): Uint8Array {
    const data = implicitData(connection + (target.ip[3] ?? 0), sequence, this.#processData());
    return udpFrame(source, target, ENIP_IO_PORT, ENIP_IO_PORT, data);
  }

  *#askSiemens({ device, endpoint }: Peer<SiemensDevice>): Generator<Uint8Array> {
    const dialogue = this.#dial(endpoint, S7COMM_PORT);
    let reference = 0;
    yield* dialogue.open();
    yield dialogue.request(cotpConnectRequest(0x0001));
    yield dialogue.answer(cotpConnectConfirm(0x0001, 0x4431));
    yield dialogue.request(setupRequest(++reference));
    yield dialogue.answer(setupAnswer(reference, device.maxPduBytes));
    for (const [index, id] of IDENTIFICATION_LISTS.entries()) {
      const sequence = index + 1;
      for (const [part, answer] of readSzlAnswers(device, id, sequence).entries()) {
        reference += 1;
        yield dialogue.request(part === 0 ? readSzlRequest(reference, id) : nextFragmentRequest(reference, sequence));
        yield dialogue.answer(answer(reference));
      }
    }
    for (let cycle = 0; cycle < this.#cyclesPerRound; cycle++) {
      reference = (reference + 1) & 0xffff;
      yield dialogue.request(readVariableRequest(reference, PROCESS_BYTES));
      yield dialogue.answer(readVariableAnswer(reference, this.#processData()));
    }
    yield* dialogue.close();
  }

  #dial(server: Endpoint, port: number): TcpDialogue {
    const sequences = [this.#random(2 ** 32), this.#random(2 ** 32)] as const;
    return new TcpDialogue(this.#station, this.#nextPort(), server, port, ...sequences);
  }

  #nextPort(): number {
    return FIRST_EPHEMERAL_PORT + (this.#portsUsed++ % EPHEMERAL_PORTS);
  }

  #processData(): Uint8Array {
    const data = new Uint8Array(PROCESS_BYTES);
    const view = new DataView(data.buffer);
    for (let at = 0; at < PROCESS_BYTES; at += 4) view.setFloat32(at, this.#random(10_000) / 100);
    return data;
  }
}
