// A network for stories and measurements: a client, a gateway and a server, each a network namespace of its own, joined
// by veth pairs. The calling thread stands in the gateway's namespace from `create` until the network is disposed of,
// so everything under test acts on the gateway without knowing of the others. Needs the enclosure
// (`tools/setup/enclose.sh`).
//
//   client 10.1.1.2, fd00:1::2 ── toclient │ gateway │ toserver ── 10.2.1.2, fd00:2::2 server

import { closeFile, enterNamespace, networkNamespace, openFile } from "./libc.ts";
import { runIp } from "./run-ip.ts";
import { runProgram } from "./run-program.ts";
import { readSysctl, writeSysctl } from "./sysctl.ts";

export const clientIpv4 = "10.1.1.2";
export const serverIpv4 = "10.2.1.2";
export const clientIpv6 = "fd00:1::2";
export const serverIpv6 = "fd00:2::2";

export class StoryNetwork implements AsyncDisposable {
  readonly #names: Readonly<Record<Place, string>>;
  readonly #descriptors: Readonly<Record<Place | "home", number>>;

  private constructor(names: Record<Place, string>, descriptors: Record<Place | "home", number>) {
    this.#names = names;
    this.#descriptors = descriptors;
  }

  static async create(): Promise<StoryNetwork> {
    if (process.env["MERLON_ENCLOSED"] !== "1") throw new Error("stories run only inside tools/setup/enclose.sh");
    const prefix = `m${process.pid}`;
    const names = { client: `${prefix}c`, gateway: `${prefix}g`, server: `${prefix}s` };
    await runIp(layout(names));
    const descriptors = {
      home: openFile("/proc/thread-self/ns/net"),
      client: openFile(`/run/netns/${names.client}`),
      gateway: openFile(`/run/netns/${names.gateway}`),
      server: openFile(`/run/netns/${names.server}`),
    };
    enterNamespace(descriptors.gateway, networkNamespace);
    const network = new StoryNetwork(names, descriptors);
    for (const place of ["client", "gateway", "server"] as const) {
      network.at(place, makeIpv6ReadyAtOnce);
      // The program keeps the namespace that the thread is in when it begins.
      await network.at(place, () => runIp(addresses[place]));
    }
    return network;
  }

  /** Runs `act` with the thread in another namespace; `act` must do its system calls before it returns. */
  at<T>(place: Place, act: () => T): T {
    enterNamespace(this.#descriptors[place], networkNamespace);
    try {
      return act();
    } finally {
      enterNamespace(this.#descriptors.gateway, networkNamespace);
    }
  }

  /** The path by which another process enters the namespace (`nsenter --net=…`). */
  pathOf(place: Place): string {
    return `/run/netns/${this.#names[place]}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    enterNamespace(this.#descriptors.home, networkNamespace);
    for (const descriptor of Object.values(this.#descriptors)) closeFile(descriptor);
    await runIp(Object.values(this.#names).map((name) => `netns delete ${name}`));
  }
}

export type Place = "client" | "gateway" | "server";

function layout(names: Readonly<Record<Place, string>>): readonly string[] {
  return [
    ...Object.values(names).map((name) => `netns add ${name}`),
    `link add toclient netns ${names.gateway} type veth peer name eth0 netns ${names.client}`,
    `link add toserver netns ${names.gateway} type veth peer name eth0 netns ${names.server}`,
  ];
}

const addresses: Readonly<Record<Place, readonly string[]>> = {
  client: [...end("eth0", `${clientIpv4}/24`, `${clientIpv6}/64`), ...defaults("10.1.1.1", "fd00:1::1")],
  server: [...end("eth0", `${serverIpv4}/24`, `${serverIpv6}/64`), ...defaults("10.2.1.1", "fd00:2::1")],
  gateway: [...end("toclient", "10.1.1.1/24", "fd00:1::1/64"), ...end("toserver", "10.2.1.1/24", "fd00:2::1/64")],
};

function end(device: string, ipv4: string, ipv6: string): readonly string[] {
  return [
    "link set lo up",
    `address add ${ipv4} dev ${device}`,
    `address add ${ipv6} dev ${device} nodad`,
    `link set ${device} up`,
  ];
}

function defaults(ipv4: string, ipv6: string): readonly string[] {
  return [`route add default via ${ipv4}`, `route add default via ${ipv6}`];
}

/** Without duplicate detection, which would keep addresses (link-local ones too) unusable for a second or two. */
function makeIpv6ReadyAtOnce(): void {
  for (const device of ["all", "default", "eth0", "toclient", "toserver"]) {
    const name = `net.ipv6.conf.${device}.accept_dad`;
    if (readSysctl(name) !== undefined) writeSysctl(name, "0");
  }
}

/** What a gateway sets before it enforces: forwarding, and sessions that are counted, timed and told of. */
export function enableForwarding(): void {
  for (const name of ["net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"]) writeSysctl(name, "1");
  for (const what of ["acct", "timestamp", "events"]) writeSysctl(`net.netfilter.nf_conntrack_${what}`, "1");
}

/** Loads nftables text in the namespace that the thread is in. */
export async function loadRuleset(text: string): Promise<void> {
  const result = await runProgram({
    program: "nft",
    arguments: ["-f", "-"],
    input: text,
    timeoutMs: 10_000,
    outputBytesMax: 65_536,
    debianPackage: "nftables",
  });
  if (result.exitCode !== 0) throw new Error(`nft: ${result.errors}`);
}
