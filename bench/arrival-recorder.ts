// Records which packets of a numbered stream arrive at a host and by which policy they passed: the gateway writes the policy
// of a passing packet into its type of service, because a connection mark does not travel. One byte for each number.

import { inNetwork } from "@merlon/lab/network-namespace.ts";
import {
  MessageBatch,
  addressFamily,
  bindSocket,
  closeFile,
  interfaceIndex,
  openSocket,
  setSocketOption,
  socketLevel,
  socketOption,
  socketType,
} from "@merlon/gateway/kernel/libc.ts";
import { hostDevice } from "./bench-network.ts";
import { gatePorts } from "./gate-policies.ts";
import { arrival } from "./judge-arrivals.ts";

/** ETH_P_IP in network order. */
const ipv4Type = 0x0008;
const slotSizeBytes = 64;
const batchCount = 256;
/** A packet takes less than 1,000 bytes of it: more than half a second of the stream. */
const receiveBufferBytes = 64 * 1024 * 1024;
const drainMs = 2;
/** Batches in one turn, so that timers and requests get theirs. */
const batchesPerTurnMax = 64;
const offset = { typeOfService: 15, destinationPort: 36, number: 42 } as const;

/** Rules for the gateway: what passes by a policy with one of these ids says so. Place 0 is the first gate. */
export function labelRules(ruleIds: readonly number[]): string {
  return [
    "table ip bench_label {",
    "chain leave {",
    "type filter hook postrouting priority 300; policy accept;",
    ...ruleIds.map((id, gate) => `ct mark & 0x00ffffff == ${id} ip dscp set ${gate + 1}`),
    "}",
    "}",
    "",
  ].join("\n");
}

export class ArrivalRecorder implements Disposable {
  /** By number; see `arrival`. */
  readonly arrivals: Uint8Array;
  /** Packets that came twice, to a port or with a number that none was sent with. */
  strange = 0;
  /** All packets that were read. */
  count = 0;
  readonly #fd: number;
  readonly #batch = new MessageBatch(batchCount, slotSizeBytes);
  readonly #view = new DataView(this.#batch.bytes.buffer);
  readonly #timer: NodeJS.Timeout;

  /** Records from now on; `countMax` numbers at most. */
  constructor(host: string, countMax: number) {
    this.arrivals = new Uint8Array(countMax);
    this.#fd = inNetwork(host, openReceiver);
    this.#timer = setInterval(() => this.#drain(), drainMs);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    closeFile(this.#fd);
  }

  #drain(): void {
    for (let turn = 0; turn < batchesPerTurnMax; turn++) {
      const received = this.#batch.receive(this.#fd);
      for (let slot = 0; slot < received; slot++) this.#record(slot * slotSizeBytes);
      this.count += received;
      if (received < batchCount) return;
    }
  }

  #record(at: number): void {
    const number = this.#view.getUint32(at + offset.number);
    const port = this.#view.getUint16(at + offset.destinationPort);
    if (port !== gatePorts[number % 2] || this.arrivals[number] !== arrival.none) {
      this.strange++;
      return;
    }
    const gate = this.#view.getUint8(at + offset.typeOfService) >> 2;
    this.arrivals[number] = gate === 0 ? arrival.noGate : arrival.firstGate + gate - 1;
  }
}

function openReceiver(): number {
  const index = interfaceIndex(hostDevice);
  if (index === undefined) throw new Error(`the host has no ${hostDevice}`);
  const fd = openSocket(addressFamily.packet, socketType.raw, 0);
  setSocketOption(fd, socketLevel.socket, socketOption.receiveBufferForce, receiveBufferBytes);
  const address = new DataView(new ArrayBuffer(20));
  address.setUint16(0, addressFamily.packet, true);
  address.setUint16(2, ipv4Type, true);
  address.setUint32(4, index, true);
  bindSocket(fd, new Uint8Array(address.buffer));
  return fd;
}
