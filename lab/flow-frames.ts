// Frames that each begin a new UDP flow: an endless sequence over source ports and source addresses, made by patching a
// template, because building each frame anew would cost more than sending it. Each carries its number, so that a receiver
// can tell which one is missing.

import { addressBytes, buildFrame, ethernetSizeBytes, fold, pseudoHeader, sumOf } from "./frames.ts";

export interface FlowFramesOptions {
  readonly sourceMac: string;
  readonly destinationMac: string;
  /** Used in turn; each gives `portsPerSource` flows. */
  readonly sources: readonly string[];
  readonly destination: string;
  readonly destinationPort: number;
}

/** Source ports 1,024 to 65,535: flows per source address before one repeats. */
export const firstSourcePort = 1_024;
export const portsPerSource = 65_536 - firstSourcePort;

const payloadSizeBytes = 16;
const udpSizeBytes = 8;

interface Template {
  readonly frame: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  /** Where UDP begins. */
  readonly offset: number;
  /** The checksum's sum without source port and number. */
  readonly sum: number;
}

export class FlowFrames {
  readonly #templates: readonly Template[];
  #next = 0;

  constructor(options: FlowFramesOptions) {
    if (options.sources.length === 0) throw new Error("a stream of flows needs at least one source address");
    this.#templates = options.sources.map((source) => templateOf(options, source));
  }

  /** Flows before the first one repeats. */
  get flowCount(): number {
    return this.#templates.length * portsPerSource;
  }

  /** The next frame. Its bytes are valid until the call after the next use of the same source address. */
  next(): Uint8Array {
    const number = this.#next++;
    const flow = number % this.flowCount;
    const template = this.#templates[Math.floor(flow / portsPerSource)];
    if (template === undefined) throw new Error("no template for this flow");
    const { frame, view, offset, sum } = template;
    const port = firstSourcePort + (flow % portsPerSource);
    const [high, low] = [Math.floor(number / 65_536) % 65_536, number % 65_536];
    view.setUint16(offset, port);
    view.setUint16(offset + udpSizeBytes, high);
    view.setUint16(offset + udpSizeBytes + 2, low);
    const checksum = ~fold(sum + port + high + low) & 0xffff;
    view.setUint16(offset + 6, checksum === 0 ? 0xffff : checksum);
    return frame;
  }
}

function templateOf(options: FlowFramesOptions, source: string): Template {
  const { sourceMac, destinationMac, destination, destinationPort } = options;
  const payload = new Uint8Array(payloadSizeBytes);
  const content = { kind: "udp", sourcePort: 0, destinationPort, payload } as const;
  const frame = buildFrame({ sourceMac, destinationMac, source, destination, content });
  const addresses = [addressBytes(source), addressBytes(destination)] as const;
  const offset = ethernetSizeBytes + (addresses[0].length === 4 ? 20 : 40);
  const view = new DataView(frame.buffer);
  view.setUint16(offset + 6, 0);
  const udp = frame.subarray(offset);
  return { frame, view, offset, sum: sumOf(udp) + sumOf(pseudoHeader(...addresses, 17, udp.length)) };
}
