// The fast path beside what else a gateway does with sessions: translated ones keep their addresses there and end with
// every byte counted; a screen that must see every packet keeps its zone away, others lose nothing by it; and what
// crosses a secure wire never goes there.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { boot } from "@merlon/gateway/boot.ts";
import type { Gateway } from "@merlon/gateway/gateway.ts";
import { runIp } from "@merlon/gateway/kernel/run-ip.ts";
import { writeSysctl } from "@merlon/gateway/kernel/sysctl.ts";
import { flowRecordOf } from "@merlon/gateway/log/flow-log.ts";
import type { FlowRecord } from "@merlon/gateway/log/flow-record.ts";
import { rulesetDifferences } from "@merlon/gateway/ruleset-differences.ts";
import { openGateway, typeAs } from "@merlon/gateway/testing/test-gateway.ts";
import { attackPackets } from "../../attack-packets.ts";
import { buildFrame } from "../../frames.ts";
import { NatNetwork, answerTo } from "../../nat-network.ts";
import type { Side } from "../../nat-network.ts";
import { PacketSocket } from "../../packet-socket.ts";
import { placeWitness, seenByWitness } from "./witness.ts";

/** 198.51.100.10 is what 10.9.0.0/24 looks like outside, 198.51.100.1 is its server there. */
const configuration = `
interfaces {
  wire-a { unit 0 { family ethernet-switching; } }
  wire-b { unit 0 { family ethernet-switching; } }
}
security {
  forwarding-options { secure-wire w { interface [ wire-a.0 wire-b.0 ]; } }
  screen { ids-option edge { ip { record-route-option; spoofing; } tcp { land; } } }
  nat {
    source {
      pool four { address { 198.51.100.10/32; } port { no-translation; } }
      pool six { address { fd00:ffff::10/128; } port { no-translation; } }
      rule-set s {
        from zone in; to zone out;
        rule four { match { source-address 10.9.0.0/24; } then { source-nat { pool { four; } } } }
        rule six { match { source-address fd00:9::/64; } then { source-nat { pool { six; } } } }
      }
    }
    destination {
      pool web { address 10.9.0.80/32 port 8080; }
      rule-set d {
        from zone out;
        rule web {
          match { destination-address 198.51.100.1/32; destination-port 80; }
          then { destination-nat { pool { web; } } }
        }
      }
    }
  }
  zones {
    security-zone in { screen edge; interfaces { toclient.0; } }
    security-zone out { interfaces { toserver.0; } }
    security-zone left { interfaces { wire-a.0; } }
    security-zone right { interfaces { wire-b.0; } }
  }
  policies {
    from-zone in to-zone out { ${policy("surf")} }
    from-zone out to-zone in { ${policy("serve")} }
    from-zone left to-zone right { ${policy("cross")} }
  }
}`;

function policy(name: string): string {
  return `policy ${name} {
    match { source-address any; destination-address any; application any; }
    then { permit; log { session-close; } count; }
  }`;
}

/** IP and UDP headers and the four bytes of `NatNetwork`. */
const sizeBytes = { 4: 20 + 8 + 4, 6: 40 + 8 + 4 } as const;
const patience = { timeout: 20_000, interval: 50 };
/** A frame that is let through is there when it was sent; this is for a machine that is busy. */
const silenceMs = 100;

describe("the fast path beside other services", () => {
  const stack = new AsyncDisposableStack();
  let net: NatNetwork;
  let gateway: Gateway;
  const records: FlowRecord[] = [];

  beforeAll(async () => {
    net = stack.use(
      await NatNetwork.create({
        client: ["10.9.0.0/16", "fd00:9::/32"],
        server: ["10.8.0.0/16", "fd00:8::/32"],
      }),
    );
    for (const [port, place] of [
      ["wire-a", "client"],
      ["wire-b", "server"],
    ] as const) {
      const namespace = basename(net.network.pathOf(place));
      await runIp([`link add ${port} type veth peer name eth1 netns ${namespace}`]);
      // What a host of IPv6 says to all would cross the wire, and be seen.
      net.network.at(place, () => writeSysctl("net.ipv6.conf.eth1.disable_ipv6", "1"));
      await net.network.at(place, () => runIp(["link set eth1 up"]));
    }
    const folder = await mkdtemp(join(tmpdir(), "merlon-services-"));
    stack.defer(() => rm(folder, { recursive: true }));
    gateway = await openGateway(net.kernel, folder);
    stack.use(
      await net.kernel.watch((event) => {
        const record = flowRecordOf(event, gateway);
        if (record?.kind === "session-close") records.push(record);
      }),
    );
    await boot(gateway, { text: configuration, source: "services.conf" });
    expect(gateway.alarms.list()).toEqual([]);
    await placeWitness();
  });
  afterAll(() => stack.disposeAsync());

  const commit = async (...lines: readonly string[]): Promise<void> =>
    expect(await typeAs(gateway, "anna", "configure", ...lines, "commit")).toContain("commit complete");
  const fastDevices = async (): Promise<readonly string[]> =>
    (await gateway.kernel.readTable())?.flowtables?.[0]?.devices ?? [];
  /** As often as said, both ways: what is sent, and what the other side sees. */
  const talk = async (from: Side, sent: string, seen: string, times: number): Promise<void> => {
    const back = from === "client" ? "server" : "client";
    for (let i = 0; i < times; i++) {
      expect(await net.send(from, sent)).toBe(seen);
      expect(await net.send(back, answerTo(seen))).toBe(answerTo(sent).replace(/ answer$/, ""));
    }
  };
  /** Past the chains, but for a packet or two: where routes have changed, a session leaves the path for one packet. */
  const talkFast = async (from: Side, sent: string, seen: string, times: number): Promise<void> => {
    const before = await seenByWitness();
    await talk(from, sent, seen, times);
    expect((await seenByWitness()) - before).toBeLessThan(times / 2);
  };
  const closed = (source: string) => records.filter((record) => record.source === source);

  test("the devices of routed zones are fast, also with a screen, and those of a wire are not", async () => {
    expect(await fastDevices()).toEqual(["toclient", "toserver"]);
    expect(await rulesetDifferences(gateway.kernel, gateway.running ?? expect.fail())).toEqual([]);
  });

  test.each([
    [4, "client", "udp 10.9.0.2 4001 > 10.8.0.2 53", "udp 198.51.100.10 4001 > 10.8.0.2 53", "10.9.0.2", "surf"],
    [4, "server", "udp 10.8.0.2 4001 > 198.51.100.1 80", "udp 10.8.0.2 4001 > 10.9.0.80 8080", "10.8.0.2", "serve"],
    [6, "client", "udp fd00:9::2 4001 > fd00:8::2 53", "udp fd00:ffff::10 4001 > fd00:8::2 53", "fd00:9::2", "surf"],
  ] as const)("IPv%s from the %s: %s", async (family, from, sent, seen, source, name) => {
    await talk(from, sent, seen, 2);
    await talkFast(from, sent, seen, 10);
    const counted = { packetsOriginal: 12, packetsReply: 12, offloaded: true };
    expect(await net.sessions()).toContainEqual(expect.objectContaining(counted));
    // A commit that takes its rule or its policy away ends it, and what comes next is another session, or none.
    if (name === "surf") {
      const pool = family === 4 ? "four address 198.51.100.10/32" : "six address fd00:ffff::10/128";
      const other = family === 4 ? "four address 198.51.100.11/32" : "six address fd00:ffff::11/128";
      await commit(`delete security nat source pool ${pool}`, `set security nat source pool ${other}`);
      expect(await net.send(from, sent)).toBe(seen.replace("10 4001", "11 4001"));
    } else {
      await commit(`deactivate security policies from-zone out to-zone in policy ${name}`);
      expect(await net.send(from, sent)).toBe("nothing");
    }
    const packets = { packetsFromClient: 12, packetsFromServer: 12 };
    const bytes = { bytesFromClient: 12 * sizeBytes[family], bytesFromServer: 12 * sizeBytes[family] };
    await expect.poll(() => closed(source), patience).toMatchObject([{ ...packets, ...bytes, policy: { name } }]);
  });

  test("a screen sees what it looks for in a session on the fast path", async () => {
    const { sourceMac, destinationMac } = net.macs("client");
    const addresses = {
      source4: "10.9.0.5",
      destination4: "10.8.0.2",
      source6: "fd00:9::5",
      destination6: "fd00:8::2",
    };
    const attack = attackPackets({ sourceMac, destinationMac, ...addresses }).find(
      ({ attack: name }) => name === "record-route",
    );
    const [sent, seen] = ["udp 10.9.0.5 4000 > 10.8.0.2 53", "udp 198.51.100.11 4000 > 10.8.0.2 53"];
    await talk("client", sent, seen, 3);
    net.castFrames("client", attack?.frames ?? []);
    await talk("client", sent, seen, 1);
    expect(await shown("IP record route option")).toBe(1);
    const session = (await net.sessions()).find(({ original }) => original.sourcePort === 4000);
    expect(session).toMatchObject({ packetsOriginal: 4, packetsReply: 4, offloaded: true });
  });

  test("a screen that counts every packet has its zone meet the chains again, and ends a flood", async () => {
    const [sent, seen] = ["udp 10.9.0.5 4000 > 10.8.0.2 53", "udp 198.51.100.11 4000 > 10.8.0.2 53"];
    await commit("set security screen ids-option edge udp flood threshold 20");
    expect(await fastDevices()).toEqual([]);
    const before = await seenByWitness();
    await talk("client", sent, seen, 3);
    expect(await seenByWitness()).toBe(before + 6);
    net.cast("client", sent, 200);
    const passed = (await seenByWitness()) - before - 6;
    const cut = await shown("UDP flood");
    expect(passed + cut).toBe(200);
    expect(cut).toBeGreaterThan(100);
    await commit("delete security screen ids-option edge udp");
    expect(await fastDevices()).toEqual(["toclient", "toserver"]);
    await talk("client", sent, seen, 2);
    await talkFast("client", sent, seen, 5);
  });

  test("what crosses a wire stays on its bridge, and is counted there", async () => {
    const open = (place: Side) => net.network.at(place, () => PacketSocket.open("eth1", { receives: true }));
    using client = open("client");
    using server = open("server");
    const [a, b] = ["02:00:00:00:00:0a", "02:00:00:00:00:0b"];
    const payload = Buffer.from("across");
    const port = 4007;
    const frame = (there: boolean) =>
      buildFrame({
        sourceMac: there ? a : b,
        destinationMac: there ? b : a,
        source: there ? "10.5.0.2" : "10.5.0.3",
        destination: there ? "10.5.0.3" : "10.5.0.2",
        content: { kind: "udp", sourcePort: there ? port : 53, destinationPort: there ? 53 : port, payload },
      });
    const came = (socket: PacketSocket): number =>
      socket.receive().filter((bytes) => Buffer.from(bytes).includes(payload)).length;
    const before = await seenByWitness();
    for (let i = 0; i < 6; i++) {
      client.send([frame(true)]);
      server.send([frame(false)]);
    }
    await wait(silenceMs);
    expect([came(server), came(client)]).toEqual([6, 6]);
    expect(await seenByWitness()).toBe(before + 12);
    const session = (await net.sessions()).find(({ original }) => original.sourcePort === port);
    expect(session).toMatchObject({ packetsOriginal: 6, packetsReply: 6 });
    expect(session?.offloaded).toBeUndefined();
    await commit("deactivate security policies from-zone left to-zone right policy cross");
    await expect
      .poll(() => records.filter(({ policy: { name } }) => name === "cross"), patience)
      .toMatchObject([{ packetsFromClient: 6, packetsFromServer: 6 }]);
    expect(gateway.alarms.list()).toEqual([]);
  });

  /** The count of an attack, by the command that people use. */
  async function shown(title: string): Promise<number> {
    const text = await typeAs(gateway, "anna", "show security screen statistics zone in");
    return Number(new RegExp(`${title} +(\\d+)`).exec(text)?.[1]);
  }
});
