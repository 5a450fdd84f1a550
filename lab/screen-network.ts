// A client, a gateway with a screen and a server for stories about screens: what the client sends are frames that no socket
// could send, and of what comes to the server they are told by their hop limit.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Gateway } from "@merlon/gateway/gateway.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import {
  clientIpv4,
  clientIpv6,
  enableForwarding,
  serverIpv4,
  serverIpv6,
  StoryNetwork,
} from "@merlon/gateway/kernel/story-network.ts";
import type { ScreenRecord } from "@merlon/gateway/log/screen-record.ts";
import { openGateway, TestClocks, typeAs } from "@merlon/gateway/testing/test-gateway.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { attackHopLimit, frameOf } from "./attack-packets.ts";
import type { Ends } from "./attack-packets.ts";
import { etherTypes, tcpFlags } from "./frames.ts";
import type { Frame, FrameContent } from "./frames.ts";
import { PacketSocket } from "./packet-socket.ts";

const base = `
set security zones security-zone client interfaces toclient
set security zones security-zone client screen edge
set security zones security-zone client host-inbound-traffic system-services all
set security zones security-zone server interfaces toserver
set security policies from-zone client to-zone server policy all match source-address any
set security policies from-zone client to-zone server policy all match destination-address any
set security policies from-zone client to-zone server policy all match application any
set security policies from-zone client to-zone server policy all then permit
`;

/** Statements of the screen as lines. */
export function screenLines(...words: readonly string[]): string {
  return words.map((line) => `set security screen ids-option edge ${line}\n`).join("");
}

interface Parts {
  readonly network: StoryNetwork;
  readonly gateway: Gateway;
  readonly ends: Ends;
  readonly records: readonly ScreenRecord[];
  readonly client: PacketSocket;
  readonly server: PacketSocket;
  readonly folder: string;
  readonly watch: Disposable;
}

export class ScreenNetwork implements AsyncDisposable {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  static async create(): Promise<ScreenNetwork> {
    const network = await StoryNetwork.create();
    enableForwarding();
    const folder = await mkdtemp(join(tmpdir(), "merlon-screen-"));
    const gateway = await openGateway(new LinuxKernel(), folder, new TestClocks());
    const { links } = await gateway.kernel.readNetwork();
    const ends = {
      sourceMac: "02:00:00:00:00:01",
      destinationMac: links.find(({ device }) => device === "toclient")?.macAddress ?? "",
      source4: clientIpv4,
      destination4: serverIpv4,
      source6: clientIpv6,
      destination6: serverIpv6,
    };
    const client = network.at("client", () => PacketSocket.open("eth0", { receives: false }));
    const server = network.at("server", () => PacketSocket.open("eth0", { receives: true }));
    const records: ScreenRecord[] = [];
    const watch = await gateway.kernel.watch((event) => {
      if (event.kind !== "packet-logged") return;
      const record = gateway.rules.screens.recordOf(event.packet, 0);
      if (record !== undefined) records.push(record);
    });
    return new ScreenNetwork({ network, gateway, ends, records, client, server, folder, watch });
  }

  get network(): StoryNetwork {
    return this.#parts.network;
  }

  get gateway(): Gateway {
    return this.#parts.gateway;
  }

  get ends(): Ends {
    return this.#parts.ends;
  }

  /** What has been logged of attacks. */
  get records(): readonly ScreenRecord[] {
    return this.#parts.records;
  }

  async start(screen: string): Promise<void> {
    const { tree } = loadConfiguration(emptyTree, base + screen, { action: "set", source: "story.conf" });
    const outcome = await this.gateway.commitInitial(tree, { user: "root", via: "boot" }, 1);
    assert(outcome.ok, "the screen is in force");
    // The gateway learns the server's address before packets wait for it.
    this.send([this.frame(4, udp(9)), this.frame(6, udp(9))]);
    await sleep(50);
    this.arrivals();
  }

  /** Makes these the only checks of the screen. */
  async change(...words: readonly string[]): Promise<void> {
    const lines = ["description next", ...words].map((line) => `set security screen ids-option edge ${line}`);
    const typed = ["configure", "delete security screen ids-option edge", ...lines, "commit"];
    assert.match(await typeAs(this.gateway, "anna", ...typed), /commit complete/);
  }

  frame(family: 4 | 6, content: FrameContent, more: Partial<Frame> = {}): Uint8Array {
    return frameOf(this.ends, family, content, more);
  }

  /** From the client. */
  send(frames: readonly Uint8Array[]): void {
    assert.equal(this.#parts.client.send(frames), frames.length);
  }

  /** IP packets of the client that have come to the server. */
  arrivals(): number {
    const { server } = this.#parts;
    let count = 0;
    for (let batch = server.receive(); batch.length > 0; batch = server.receive()) {
      count += batch.filter((bytes) => isOurs(bytes)).length;
    }
    return count;
  }

  /** Of each attack that was found. */
  async counts(): Promise<Readonly<Record<string, number>>> {
    const hits = await this.gateway.kernel.readHits("hits");
    const [screen] = this.gateway.running?.prepared.ir.screens ?? [];
    const entries = [...(screen?.ids ?? [])].map(([attack, id]): [string, number] => [
      attack,
      hits.get(id)?.packets ?? 0,
    ]);
    return Object.fromEntries(entries.filter(([, count]) => count > 0));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { watch, client, server, network, folder } = this.#parts;
    watch[Symbol.dispose]();
    client[Symbol.dispose]();
    server[Symbol.dispose]();
    await network[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  }
}

export function udp(port: number): FrameContent {
  return { kind: "udp", sourcePort: 4_000, destinationPort: port, payload: new Uint8Array(4) };
}

export function syn(port: number): FrameContent {
  const [sequence, acknowledgement] = [1, 0];
  const payload = new Uint8Array();
  return {
    kind: "tcp",
    sourcePort: 4_000,
    destinationPort: port,
    sequence,
    acknowledgement,
    flags: tcpFlags.syn,
    payload,
  };
}

export function echo(family: 4 | 6): FrameContent {
  return { kind: "icmp", type: family === 4 ? 8 : 128, code: 0, body: new Uint8Array(12) };
}

export function expectBetween(value: number, first: number, last: number): void {
  assert(value >= first && value <= last, `${value} is not between ${first} and ${last}`);
}

/** By the hop limit that no stack begins with, one hop later. */
function isOurs(bytes: Uint8Array): boolean {
  const type = ((bytes[12] ?? 0) << 8) | (bytes[13] ?? 0);
  return bytes[type === etherTypes.ipv4 ? 22 : 21] === attackHopLimit - 1;
}
