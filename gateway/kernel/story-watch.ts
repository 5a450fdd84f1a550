// The surroundings of a story about events: a network with a ruleset, a watch that keeps what it is told, and a client
// and a server to make traffic with. All of it goes away with `await using`.

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { expect } from "vitest";
import type { KernelEvent, KernelSession, LoggedPacket } from "./kernel.ts";
import { KernelWatch } from "./kernel-watch.ts";
import { closeFile } from "./libc.ts";
import { StoryNetwork, enableForwarding, loadRuleset } from "./story-network.ts";

/** Stories need namespaces of their own, which `tools/setup/enclose.sh` makes. */
export const enclosed = process.env["MERLON_ENCLOSED"] === "1";
/** Stands behind the name of a suite that is skipped. */
export const skipReason = enclosed ? "" : " (skipped: run tools/setup/enclose.sh npx vitest run gateway/kernel)";

/** Marks: 17 UDP, 18 TCP, 19 echo. Denied: 2 over IPv6, 3 over IPv4. */
const ruleset = `
table inet merlon {
  counter tcp_original { }
  counter tcp_reply { }
  chain forward {
    type filter hook forward priority filter; policy drop;
    meta l4proto tcp ct direction original tcp dport 80 counter name tcp_original
    meta l4proto tcp ct direction reply tcp sport 80 counter name tcp_reply
    ct state established,related accept
    udp dport { 53, 10000-60000 } ct mark set 17 accept
    tcp dport 80 ct mark set 18 accept
    icmp type echo-request icmp code 0 ct mark set 19 accept
    icmpv6 type echo-request ct mark set 19 accept
    meta nfproto ipv6 meta mark set 2 log group 5 prefix "deny six" snaplen 96 queue-threshold 64 drop
    meta mark set 3 log group 5 prefix "deny" snaplen 64 queue-threshold 64
  }
}
`;

/** One network with the ruleset above and a watch on it. */
export class StoryWatch implements AsyncDisposable {
  readonly events: KernelEvent[] = [];
  readonly #resources = new AsyncDisposableStack();
  readonly network: StoryNetwork;

  private constructor(network: StoryNetwork) {
    this.network = this.#resources.use(network);
  }

  static async open(watch: { readonly receiveBufferBytes?: number } = {}): Promise<StoryWatch> {
    const story = new StoryWatch(await StoryNetwork.create());
    enableForwarding();
    await loadRuleset(ruleset);
    story.#resources.use(new KernelWatch((event) => story.events.push(event), watch));
    return story;
  }

  socket(open: () => number): number {
    const fd = this.network.at("client", open);
    this.#resources.defer(() => closeFile(fd));
    return fd;
  }

  async run(place: "client" | "server", program: string): Promise<ChildProcess> {
    const child = this.network.at(place, () =>
      spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] }),
    );
    this.#resources.defer(() => void child.kill());
    if (child.stdout !== null) await once(child.stdout, "data");
    return child;
  }

  opened(mark: number): readonly KernelSession[] {
    return this.events.flatMap((event) =>
      event.kind === "session-opened" && event.session.mark === mark ? [event.session] : [],
    );
  }

  closed(mark: number): readonly KernelSession[] {
    return this.events.flatMap((event) =>
      event.kind === "session-closed" && event.session.mark === mark ? [event.session] : [],
    );
  }

  logged(): readonly LoggedPacket[] {
    return this.events.flatMap((event) => (event.kind === "packet-logged" ? [event.packet] : []));
  }

  lost(source: "sessions" | "packets"): readonly (number | undefined)[] {
    return this.events.flatMap((event) =>
      event.kind === "events-lost" && event.source === source ? [event.count] : [],
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

/** Waits until the value is what is expected, and fails when it never is. */
export async function eventually(value: () => number, expected: number, timeoutMs = 10_000): Promise<void> {
  await expect.poll(value, { timeout: timeoutMs, interval: 20 }).toBe(expected);
}
