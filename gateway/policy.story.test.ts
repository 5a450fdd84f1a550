// Policies on the real kernel, with packets: the gateway itself as a zone, names whose addresses change, wildcard masks,
// schedulers, and living sessions that are asked again. Every packet is a UDP datagram; what passes is in the connection
// table under the number of its policy, what does not is not there.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { formatIp, parseIpv4 } from "@merlon/model/ip/address.ts";
import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { Gateway } from "./gateway.ts";
import { closeFile, SystemCallFailure } from "./kernel/libc.ts";
import { LinuxKernel } from "./kernel/linux-kernel.ts";
import { clientIpv4, enableForwarding, serverIpv4, StoryNetwork } from "./kernel/story-network.ts";
import { openUdpSocket, sendUdp } from "./kernel/story-traffic.ts";
import { enclosed, skipReason } from "./kernel/story-watch.ts";
import { Reconciler } from "./reconcile.ts";
import { ScheduleTimer } from "./schedule/schedule-timer.ts";
import { openGateway, TestClocks, typeAs } from "./testing/test-gateway.ts";

const gatewayIpv4 = "10.1.1.1";
const payload = new Uint8Array(4);

const base = `
set security zones security-zone client interfaces toclient
set security zones security-zone client host-inbound-traffic system-services dns
set security zones security-zone server interfaces toserver
set applications application any-udp protocol udp
`;

function policy(from: string, to: string, name: string, words: string, then = "permit"): string {
  const place = `set security policies from-zone ${from} to-zone ${to} policy ${name}`;
  const terms = { "source-address": "any", "destination-address": "any", application: "any-udp" };
  const given = words
    .split(";")
    .map((word) => word.trim())
    .filter((word) => word !== "");
  const free = Object.entries(terms).filter(([word]) => !given.some((text) => text.startsWith(`match ${word} `)));
  const lines = [...free.map(([word, value]) => `match ${word} ${value}`), ...given, `then ${then}`];
  return lines.map((line) => `${place} ${line}\n`).join("");
}

describe.skipIf(!enclosed)(`policies and packets${skipReason}`, () => {
  let network: StoryNetwork;
  let folder: string;
  let gateway: Gateway;
  let clocks: TestClocks;
  const sockets: number[] = [];

  beforeEach(async () => {
    network = await StoryNetwork.create();
    enableForwarding();
    folder = await mkdtemp(join(tmpdir(), "merlon-policy-"));
    clocks = new TestClocks();
    gateway = await openGateway(new LinuxKernel(), folder, clocks);
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) closeFile(socket);
    await network[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  async function start(text: string): Promise<void> {
    const { tree } = loadConfiguration(emptyTree, base + text, { action: "set", source: "story.conf" });
    const outcome = await gateway.commitInitial(tree, { user: "root", via: "boot" }, 1);
    expect(outcome).toMatchObject({ ok: true });
  }

  async function commit(...lines: readonly string[]): Promise<void> {
    expect(await typeAs(gateway, "anna", "configure", ...lines, "commit")).toContain("commit complete");
  }

  /** A socket of the client, or of the gateway itself, that goes on with one session for as long as it is used. */
  function socketAt(place: "client" | "gateway"): number {
    const socket = network.at(place, () => openUdpSocket(4));
    sockets.push(socket);
    return socket;
  }

  /** Sends one datagram; answers the name of the policy whose session it made, `refused` without one. */
  async function send(to: string, port: number, socket = socketAt("client")): Promise<string> {
    try {
      sendUdp(socket, to, port, payload);
    } catch (error) {
      // What the gateway may not send, its own kernel refuses at once.
      if (!(error instanceof SystemCallFailure) || error.code !== "EPERM") throw error;
    }
    return policyOf(to, port);
  }

  async function policyOf(to: string, port: number): Promise<string> {
    for await (const sessions of gateway.kernel.dumpSessions()) {
      for (const { original, mark } of sessions) {
        if (formatIp(original.destination) === to && original.destinationPort === port) {
          return gateway.rules.find(mark)?.policy.name ?? `mark ${mark}`;
        }
      }
    }
    return "refused";
  }

  test("policies to the gateway itself are asked after host-inbound-traffic", async () => {
    await start("");
    expect(await send(gatewayIpv4, 53)).toBe("host-inbound-traffic");
    expect(await send(gatewayIpv4, 500)).toBe("refused");
    await commit(...policy("client", "junos-host", "no", `match source-address any-ipv6`, "deny").trim().split("\n"));
    expect(await send(gatewayIpv4, 53)).toBe("host-inbound-traffic");
    await commit(...policy("client", "junos-host", "yes", "").trim().split("\n"));
    expect(await send(gatewayIpv4, 500)).toBe("refused");
    await gateway.kernel.reviewSessions(() => ({ kind: "end" }));
    expect(await send(gatewayIpv4, 53)).toBe("yes");
    await commit(
      "delete security policies from-zone client to-zone junos-host policy yes then permit",
      "set security policies from-zone client to-zone junos-host policy yes then reject",
    );
    expect(await policyOf(gatewayIpv4, 53)).toBe("refused");
    expect(await send(gatewayIpv4, 53)).toBe("refused");
  });

  test("a session with the gateway ends when host-inbound-traffic is narrowed, another goes on", async () => {
    await start("set security zones security-zone client host-inbound-traffic system-services ike\n");
    expect(await send(gatewayIpv4, 53)).toBe("host-inbound-traffic");
    expect(await send(gatewayIpv4, 500)).toBe("host-inbound-traffic");
    await commit("delete security zones security-zone client host-inbound-traffic system-services dns");
    expect(await policyOf(gatewayIpv4, 53)).toBe("refused");
    expect(await policyOf(gatewayIpv4, 500)).toBe("host-inbound-traffic");
  });

  test("what the gateway sends follows policies from junos-host, and the default policy behind them", async () => {
    await start("");
    expect(await send(serverIpv4, 4000, socketAt("gateway"))).toBe("mark 0");
    const lines = policy("junos-host", "server", "out", "match application junos-dns-udp");
    await commit(...lines.trim().split("\n"));
    expect(await send(serverIpv4, 53, socketAt("gateway"))).toBe("out");
    expect(await send(serverIpv4, 4001, socketAt("gateway"))).toBe("refused");
    expect(await send(clientIpv4, 4002, socketAt("gateway"))).toBe("mark 0");
  });

  test("policy-rematch ends sessions and gives others their new policy", async () => {
    await start(
      policy("client", "server", "p", "") + policy("client", "server", "q", "match application junos-dns-udp"),
    );
    const [dns, other] = [socketAt("client"), socketAt("client")];
    expect(await send(serverIpv4, 53, dns)).toBe("p");
    expect(await send(serverIpv4, 4000, other)).toBe("p");
    const narrow = [
      "delete security policies from-zone client to-zone server policy p match application any-udp",
      "set security policies from-zone client to-zone server policy p match application junos-http",
    ];
    await commit("set security policies policy-rematch", ...narrow);
    expect(await policyOf(serverIpv4, 53)).toBe("q");
    expect(await policyOf(serverIpv4, 4000)).toBe("refused");
    expect(await send(serverIpv4, 4000, other)).toBe("refused");
    expect(await send(serverIpv4, 53, dns)).toBe("q");
  });

  test("without policy-rematch a session outlives a change of its policy's match", async () => {
    await start(policy("client", "server", "p", ""));
    expect(await send(serverIpv4, 4000)).toBe("p");
    await commit(
      "delete security policies from-zone client to-zone server policy p match application any-udp",
      "set security policies from-zone client to-zone server policy p match application junos-http",
    );
    expect(await policyOf(serverIpv4, 4000)).toBe("p");
  });

  test("wildcard masks", async () => {
    const books = `set security address-book global address in wildcard-address 10.0.0.2/255.0.0.255
set security address-book global address out wildcard-address 10.0.0.3/255.0.0.255
`;
    await start(
      books +
        policy("client", "server", "out", "match source-address out") +
        policy("client", "server", "but", "match source-address in; match source-address-excluded") +
        policy("client", "server", "in", "match source-address in"),
    );
    expect(await send(serverIpv4, 4000)).toBe("in");
  });

  test("addresses of a name join and leave without a new generation", async () => {
    await start(
      "set security address-book global address name dns-name server.example\n" +
        policy("client", "server", "named", "match destination-address name") +
        policy(
          "client",
          "server",
          "others",
          "match destination-address name; match destination-address-excluded; match application junos-dns-udp",
        ),
    );
    const generation = gateway.running?.generation;
    const answer = (text: string) => {
      const value = parseIpv4(text) ?? 0;
      const ranges = rangeSetOf([{ family: 4, first: value, last: value }]);
      return gateway.exclusively(() => gateway.replaceAnswers(new Map([["server.example", ranges]])));
    };
    expect(await send(serverIpv4, 4000)).toBe("refused");
    expect(await send(serverIpv4, 53)).toBe("refused");
    await answer(serverIpv4);
    expect(await send(serverIpv4, 4001)).toBe("named");
    await answer("192.0.2.1");
    expect(await send(serverIpv4, 4002)).toBe("refused");
    expect(await send(serverIpv4, 53)).toBe("others");
    expect(gateway.running?.generation).toBe(generation);
    using reconciler = new Reconciler(gateway);
    await reconciler.checkRuleset();
    expect(gateway.alarms.list()).toEqual([]);
  });

  test("a scheduler's time begins and ends", async () => {
    await start(
      "set schedulers scheduler hour daily start-time 07:00 stop-time 08:00\n" +
        policy("client", "server", "p", "scheduler-name hour"),
    );
    const timer = new ScheduleTimer(gateway);
    expect(await send(serverIpv4, 4000)).toBe("refused");
    clocks.pass(3_600_000);
    await timer.tick();
    expect(await send(serverIpv4, 4000)).toBe("p");
    clocks.pass(3_600_000);
    await timer.tick();
    expect(await send(serverIpv4, 4001)).toBe("refused");
    expect(await policyOf(serverIpv4, 4000)).toBe("p");
  });
});
