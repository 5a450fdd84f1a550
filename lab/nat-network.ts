// A client, a gateway and a server for stories about translation: packets go out as frames that no socket could send, and
// what arrives on the other side is read byte by byte. Networks behind the client and the server need no hosts, because the
// gateway has routes to them.

import { setTimeout as sleep } from "node:timers/promises";
import { withFoundDevices } from "@merlon/compiler/found-devices.ts";
import { lowerTable } from "@merlon/compiler/nft/lower.ts";
import { diffTables } from "@merlon/compiler/nft/canonical-table.ts";
import { planCommit } from "@merlon/compiler/nft/plan-commit.ts";
import type { Ir } from "@merlon/compiler/ir.ts";
import type { KernelSession } from "@merlon/gateway/kernel/kernel.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import { runIp } from "@merlon/gateway/kernel/run-ip.ts";
import {
  clientIpv4,
  clientIpv6,
  enableForwarding,
  serverIpv4,
  serverIpv6,
  StoryNetwork,
} from "@merlon/gateway/kernel/story-network.ts";
import { buildFrame, tcpFlags } from "./frames.ts";
import type { Frame, FrameContent } from "./frames.ts";
import { PacketSocket } from "./packet-socket.ts";
import { parseFrame } from "./parse-frame.ts";
import type { ParsedFrame } from "./parse-frame.ts";

export type Side = "client" | "server";

/** `udp 10.1.1.2 4000 > 10.2.1.2 53`, `tcp …`, or `icmp 10.1.1.2 > 10.2.1.2 7` with an identifier. */
export type PacketText = string;

const other: Readonly<Record<Side, Side>> = { client: "server", server: "client" };
const deviceTo: Readonly<Record<Side, string>> = { client: "toclient", server: "toserver" };
const arrivalWaitMs = 1_000;
const silenceMs = 60;

export class NatNetwork implements AsyncDisposable {
  readonly kernel = new LinuxKernel();
  readonly network: StoryNetwork;
  readonly #sockets: Readonly<Record<Side, PacketSocket>>;
  readonly #macs: Readonly<Record<Side, { readonly own: string; readonly gateway: string }>>;
  #generation = 0;

  private constructor(
    network: StoryNetwork,
    sockets: Readonly<Record<Side, PacketSocket>>,
    macs: Readonly<Record<Side, { readonly own: string; readonly gateway: string }>>,
  ) {
    this.network = network;
    this.#sockets = sockets;
    this.#macs = macs;
  }

  /** `networks` are reached through the client or the server. */
  static async create(networks: Readonly<Record<Side, readonly string[]>>): Promise<NatNetwork> {
    const network = await StoryNetwork.create();
    enableForwarding();
    const kernel = new LinuxKernel();
    const open = (side: Side) => network.at(side, () => PacketSocket.open("eth0", { receives: true }));
    const sockets = { client: open("client"), server: open("server") };
    const links = async () => new Map((await kernel.readNetwork()).links.map((link) => [link.device, link.macAddress]));
    const outer = await links();
    const macOf = async (side: Side) => ({
      own: (await network.at(side, links)).get("eth0") ?? "",
      gateway: outer.get(deviceTo[side]) ?? "",
    });
    const macs = { client: await macOf("client"), server: await macOf("server") };
    const via = { client: [clientIpv4, clientIpv6], server: [serverIpv4, serverIpv6] };
    const neighbors = (["client", "server"] as const).flatMap((side) =>
      via[side].map((address) => `neighbor replace ${address} lladdr ${macs[side].own} dev ${deviceTo[side]}`),
    );
    const routes = (["client", "server"] as const).flatMap((side) =>
      networks[side].map((prefix) => `route add ${prefix} via ${via[side][prefix.includes(":") ? 1 : 0] ?? ""}`),
    );
    await runIp([...neighbors, ...routes]);
    return new NatNetwork(network, sockets, macs);
  }

  /** Puts the table of an IR into force, and says in what the kernel's differs from it. */
  async enforce(ir: Ir): Promise<readonly string[]> {
    const { links } = await this.kernel.readNetwork();
    const table = lowerTable(withFoundDevices(ir, links), ++this.#generation);
    const { install, sweep } = planCommit(await this.kernel.readTable(), table);
    await this.kernel.applyTransaction(install);
    await this.kernel.applyTransaction(sweep);
    const found = await this.kernel.readTable();
    return found === undefined ? ["there is no table"] : diffTables(found, table).map(({ sentence }) => sentence);
  }

  /** The link addresses of what a side sends. */
  macs(from: Side): Pick<Frame, "sourceMac" | "destinationMac"> {
    const { own, gateway } = this.#macs[from];
    return { sourceMac: own, destinationMac: gateway };
  }

  /** Sends a packet as often as said: when this returns, the gateway has seen it. */
  cast(from: Side, text: PacketText, times = 1): void {
    const frame = buildFrame({ ...this.macs(from), ...contentOf(text) });
    this.castFrames(from, Array<Uint8Array>(times).fill(frame));
  }

  /** The same with frames that were made elsewhere. */
  castFrames(from: Side, frames: readonly Uint8Array[]): void {
    this.#sockets[from].send(frames);
  }

  /** Sends a packet and answers what arrived on the other side, or where it says; `nothing` when it was refused. */
  async send(from: Side, text: PacketText, at: Side = other[from]): Promise<string> {
    this.#drain();
    const packet = contentOf(text);
    this.cast(from, text);
    return (await this.#arrival(at, packet.content)) ?? "nothing";
  }

  async sessions(): Promise<readonly KernelSession[]> {
    const all: KernelSession[] = [];
    for await (const batch of this.kernel.dumpSessions()) all.push(...batch);
    return all;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of Object.values(this.#sockets)) socket[Symbol.dispose]();
    await this.network[Symbol.asyncDispose]();
  }

  #drain(): void {
    for (const socket of Object.values(this.#sockets)) while (socket.receive().length > 0);
  }

  async #arrival(side: Side, sent: FrameContent): Promise<string | undefined> {
    // A frame that was let through is there when `send` returns; a little time is for a machine that is busy.
    for (let waitedMs = 0; waitedMs < arrivalWaitMs; waitedMs += silenceMs) {
      for (const bytes of this.#sockets[side].receive()) {
        const frame = parseFrame(bytes);
        if (frame !== undefined && isAnswerTo(frame.content, sent)) return textOf(frame);
      }
      if (waitedMs >= silenceMs) break;
      await sleep(silenceMs);
    }
    return undefined;
  }
}

/** Neighbor discovery and other noise of the link is left out: what was sent has this payload. */
const mark = new Uint8Array([0x6d, 0x65, 0x72, 0x6c]);

function contentOf(text: PacketText): {
  readonly source: string;
  readonly destination: string;
  readonly content: FrameContent;
} {
  const read = /^(\w+) (\S+)(?: (\d+))? > (\S+) (\d+)(?: (answer))?$/.exec(text);
  if (read === null) throw new Error(`no packet: ${text}`);
  const [, protocol, source = "", sourcePort = "0", destination = "", detail = "0", answer] = read;
  const ends = { sourcePort: Number(sourcePort), destinationPort: Number(detail) };
  const addresses = { source, destination };
  if (protocol === "udp") return { ...addresses, content: { kind: "udp", ...ends, payload: mark } };
  if (protocol === "tcp") {
    const flags = answer === "answer" ? tcpFlags.syn | tcpFlags.ack : tcpFlags.syn;
    return {
      ...addresses,
      content: { kind: "tcp", ...ends, sequence: 1, acknowledgement: 2, flags, payload: new Uint8Array() },
    };
  }
  if (protocol !== "icmp") throw new Error(`no packet: ${text}`);
  const v6 = source.includes(":");
  const id = Number(detail);
  const body = new Uint8Array([id >> 8, id & 255, 0, 1, ...mark]);
  const type = answer === "answer" ? (v6 ? 129 : 0) : v6 ? 128 : 8;
  return { ...addresses, content: { kind: "icmp", type, code: 0, body } };
}

function isAnswerTo(content: FrameContent, sent: FrameContent): boolean {
  if (content.kind !== sent.kind) return false;
  return content.kind !== "icmp" || content.body.length === 8;
}

function textOf({ source, destination, content, checksumsRight }: ParsedFrame): string {
  const wrong = checksumsRight ? "" : " (wrong checksum)";
  switch (content.kind) {
    case "udp":
    case "tcp":
      return `${content.kind} ${source} ${content.sourcePort} > ${destination} ${content.destinationPort}${wrong}`;
    case "icmp":
      return `icmp ${source} > ${destination} ${((content.body[0] ?? 0) << 8) | (content.body[1] ?? 0)}${wrong}`;
    case "other":
      return `${content.protocol} ${source} > ${destination}${wrong}`;
  }
}

/** The answer to what arrived. */
export function answerTo(text: PacketText): PacketText {
  const ported = /^(\w+) (\S+) (\d+) > (\S+) (\d+)$/.exec(text);
  if (ported !== null) return `${ported[1]} ${ported[4]} ${ported[5]} > ${ported[2]} ${ported[3]} answer`;
  const echo = /^icmp (\S+) > (\S+) (\d+)$/.exec(text);
  if (echo === null) throw new Error(`there is no answer to ${text}`);
  return `icmp ${echo[2]} > ${echo[1]} ${echo[3]} answer`;
}
