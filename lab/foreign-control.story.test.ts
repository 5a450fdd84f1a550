// Rules of others that take sessions or packets out of Merlon's hands, made by the programs themselves: what is said of
// each, and by packets that it is so.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { boot } from "@merlon/gateway/boot.ts";
import { foreignFindings } from "@merlon/gateway/foreign-findings.ts";
import type { Gateway } from "@merlon/gateway/gateway.ts";
import { closeFile } from "@merlon/gateway/kernel/libc.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import { runIp } from "@merlon/gateway/kernel/run-ip.ts";
import { runProgram } from "@merlon/gateway/kernel/run-program.ts";
import { clientIpv4, loadRuleset, serverIpv4, StoryNetwork } from "@merlon/gateway/kernel/story-network.ts";
import { enclosed, skipReason } from "@merlon/gateway/kernel/story-watch.ts";
import { openUdpSocket, sendUdp } from "@merlon/gateway/kernel/story-traffic.ts";
import { Reconciler } from "@merlon/gateway/reconcile.ts";
import { openGateway, typeAs } from "@merlon/gateway/testing/test-gateway.ts";
import { foreignTables } from "./foreign-tables.ts";
import { PacketSocket } from "./packet-socket.ts";

const configuration = `
security {
  zones {
    security-zone client { interfaces { toclient; } }
    security-zone server { interfaces { toserver; } }
  }
  policies {
    from-zone client to-zone server {
      policy some { match { source-address any; destination-address any; application few; } then { permit; } }
    }
  }
}
applications { application few { protocol udp; destination-port 7000-7999; } }`;

const chain = "chain c of table";
const remarks =
  "sets the connection mark, where Merlon keeps the policy of sessions: they may break off, be in no list or log, and " +
  "outlive their policy; let it set no bits but 0xff000000";
const expects = "lets in what sessions announce, without a policy; delete that rule";
const silences = "keeps back events of sessions: logs lack that they begin or end; let it keep new and destroy";
const relabels = "sets labels of sessions, where Merlon keeps their translation: logs may name other rules";
const copies = "sends copies of packets elsewhere, past every policy; delete that rule";
const diverts = "hands packets to another device, past every policy; delete that rule";
const answers =
  "answers for servers that are behind it (SYN proxy): what it begins with them meets no policy between zones; delete that rule";
const intercepts = "gives packets to a program of this host: for policies they end at the gateway itself";
const untracks = "takes packets out of connection tracking, and Merlon drops them in transit";
const queues = "hands packets to a program, which may drop or change them";

const nftObjects = `
  ct helper ftp { type "ftp" protocol tcp; l3proto ip; }
  ct expectation later { protocol udp; dport 9876; timeout 1m; size 12; l3proto ip; }
  synproxy proxy { mss 1460; wscale 7; timestamp; }`;

/** The family, the chain and its rule; and what is said of the chain. */
const nftRows: readonly (readonly [place: string, rule: string, said: readonly string[]])[] = [
  ["inet forward 10", "ct mark set 0x99", [`against ${remarks}`]],
  ["ip forward 10", "ct state new ct mark set meta mark", [`against ${remarks}`]],
  ["ip6 postrouting 10", "ct mark set ct mark and 0xff000000", [`against ${remarks}`]],
  ["ip prerouting -150", "ct mark set ip dscp map { 1 : 0x7 }", [`against ${remarks}`]],
  ["inet prerouting -150", "ct mark set ct mark or 0x1000000", []],
  ["inet forward 10", "ct mark set ct mark and 0x00ffffff", []],
  ["inet prerouting -150", "meta mark set ct mark", []],
  ["inet forward 10", "ct mark 0x99 meta mark set 0x4000 accept", []],
  ["inet input 10", "ct mark set 0x99", [`beside ${remarks.replace("of sessions", "of the gateway's own sessions")}`]],
  ["inet forward 10", "ct event set new", [`against ${silences}`]],
  ["inet forward 10", "ct event set new,destroy,assured", []],
  ["inet forward 10", "ct label set 3", [`before ${relabels}`]],
  ["inet forward 10", 'tcp dport { 21, 2121 } ct helper set "ftp"', [`against ${expects}`]],
  [
    "inet input 10",
    'tcp dport 21 ct helper set "ftp"',
    ["before lets in what sessions announce, without host-inbound-traffic; delete that rule"],
  ],
  ["inet forward 10", 'ct expectation set "later"', [`against ${expects}`]],
  ["inet prerouting -300", "udp dport 53 notrack", [`against ${untracks}`]],
  ["inet prerouting -150", "udp dport 53 notrack", []],
  [
    "inet output -300",
    "udp dport 53 notrack",
    ["beside takes what the gateway itself sends out of connection tracking, and Merlon refuses the answers"],
  ],
  ["inet forward -20", "tcp dport 80 synproxy mss 1460 wscale 7", [`against ${answers}`]],
  ["inet forward -20", 'tcp dport 80 synproxy name "proxy"', [`against ${answers}`]],
  ["inet prerouting -150", "meta l4proto tcp tproxy ip to :3128", [`before ${intercepts}`]],
  ["ip prerouting -150", "dup to 10.2.1.2", [`against ${copies}`]],
  ["ip output -150", "dup to 10.2.1.2 device toserver", [`beside ${copies}`]],
  ["netdev ingress 0", "dup to toserver", [`against ${copies}`]],
  ["netdev ingress 0", "udp dport 53 fwd to toserver", [`against ${diverts}`]],
  ["netdev egress 0", "udp dport 53 fwd to lo", [`against ${diverts}`]],
  ["netdev ingress 0", "meta mark set 4", []],
];

const toMark = `against chain PREROUTING of table ip mangle at hook prerouting ${remarks}`;
const raw = "chain PREROUTING of table ip raw at hook prerouting";

/** As typed behind `iptables`; and what is said where it stands over nftables. */
const iptablesRows: readonly (readonly [rule: string, said: readonly string[]])[] = [
  ["-t mangle -A PREROUTING -j CONNMARK --set-mark 0x99", [toMark]],
  // As the network plugin of AWS writes it.
  [
    "-t mangle -A PREROUTING -i toclient -m addrtype --dst-type LOCAL --limit-iface-in -j CONNMARK --set-xmark 0x80/0x80",
    [toMark],
  ],
  ["-t mangle -A PREROUTING -j CONNMARK --save-mark --nfmask 0xffff --ctmask 0xffff", [toMark]],
  ["-t mangle -A PREROUTING -j CONNMARK --set-xmark 0x1000000/0xff000000", []],
  ["-t mangle -A PREROUTING -j CONNMARK --save-mark --nfmask 0xff000000 --ctmask 0xff000000", []],
  ["-t mangle -A PREROUTING -j CONNMARK --restore-mark --nfmask 0x80 --ctmask 0x80", []],
  ["-t mangle -A PREROUTING -m connmark --mark 0x80 -j MARK --set-xmark 0x4000/0x4000", []],
  [
    "-t mangle -A PREROUTING -j TEE --gateway 10.2.1.2",
    [`against chain PREROUTING of table ip mangle at hook prerouting ${copies}`],
  ],
  [
    "-t mangle -A PREROUTING -p tcp -j TPROXY --on-port 3128",
    [`before chain PREROUTING of table ip mangle at hook prerouting ${intercepts}`],
  ],
  [
    "-t mangle -A PREROUTING -m connlabel --label 3 --set",
    [`before chain PREROUTING of table ip mangle at hook prerouting ${relabels}`],
  ],
  ["-t mangle -A PREROUTING -m connlabel --label 3 -j CONNSECMARK --save", []],
  ["-t raw -A PREROUTING -j CT --notrack", [`against ${raw} ${untracks}`]],
  ["-t raw -A PREROUTING -p tcp --dport 21 -j CT --helper ftp", [`against ${raw} ${expects}`]],
  ["-t raw -A PREROUTING -j CT --ctevents new", [`against ${raw} ${silences}`]],
  ["-t raw -A PREROUTING -j CT --zone 3", []],
  ["-A FORWARD -p tcp -j SYNPROXY --mss 1460", [`against chain FORWARD of table ip filter at hook forward ${answers}`]],
  ["-A FORWARD -p udp -j NFQUEUE --queue-num 3", [`beside chain FORWARD of table ip filter at hook forward ${queues}`]],
];

describe.skipIf(!enclosed)(`rules of others that take control away${skipReason}`, () => {
  let network: StoryNetwork;
  let stack: AsyncDisposableStack;
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    network = stack.use(await StoryNetwork.create());
  });
  afterEach(() => stack.disposeAsync());

  const findingsNow = async () =>
    foreignFindings(await new LinuxKernel().readForeignRules()).map(
      ({ weight, where, sentence }) => `${weight} ${where} ${sentence}`,
    );

  test("nft", async () => {
    for (const [place, rule, said] of nftRows) {
      await loadRuleset(foreignChain(place, rule));
      const [family = "", hook = ""] = place.split(" ");
      const expected = said.map((line) => {
        const [weight = ""] = line.split(" ", 1);
        return `${weight} ${chain} ${family} t at hook ${hook} ${line.slice(weight.length + 1)}`;
      });
      expect(await findingsNow(), rule).toEqual(expected);
      await loadRuleset(`delete table ${family} t`);
    }
    expect(await findingsNow()).toEqual([]);
  });

  test.each(["iptables-nft", "iptables-legacy"])("%s", async (program) => {
    for (const [rule, said] of iptablesRows) {
      const words = rule.split(" ");
      await run(program, words);
      const found = await findingsNow();
      if (program === "iptables-nft") expect(found, rule).toEqual(said);
      else {
        // Of the old tables it is said besides that their rules may drop.
        const ownWords = found.filter((line) => !line.includes("has 1 rule"));
        expect(ownWords, rule).toEqual(
          said.map((line) => line.replace(/chain \w+ of table ip (\w+) at hook \w+/, "table $1 of iptables-legacy")),
        );
      }
      await run(
        program,
        words.map((word) => (word === "-A" ? "-D" : word)),
      );
    }
  });

  test("where secure wires stand, the mark of packets and the chains of bridges count too", async () => {
    const marks = "sets the mark of packets, by which Merlon knows the ports of secure wires; let it pass them by";
    await new LinuxKernel().writeWirePorts(new Map([["toclient", 0x100_0001]]));
    for (const place of ["ip prerouting -150", "bridge prerouting -100"]) {
      await loadRuleset(foreignChain(place, "meta mark set 0x4000"));
      const [family = ""] = place.split(" ");
      expect(await findingsNow()).toEqual([`against chain c of table ${family} t at hook prerouting ${marks}`]);
      await loadRuleset(`delete table ${family} t`);
    }
    await new LinuxKernel().writeWirePorts(new Map());
    await loadRuleset(foreignChain("bridge prerouting -100", "meta mark set 0x4000"));
    expect(await findingsNow()).toEqual([]);
  });

  const start = async (): Promise<Gateway> => {
    const folder = await mkdtemp(join(tmpdir(), "merlon-control-"));
    stack.defer(() => rm(folder, { recursive: true }));
    const gateway = await openGateway(new LinuxKernel(), folder);
    await boot(gateway, { text: configuration, source: "story.conf" });
    return gateway;
  };

  const markOf = async (gateway: Gateway, port: number): Promise<number | undefined> => {
    for await (const sessions of gateway.kernel.dumpSessions()) {
      const found = sessions.find(({ original }) => original.destinationPort === port);
      if (found !== undefined) return found.mark;
    }
    return undefined;
  };

  test.each<[rule: string, isHeld: boolean]>([
    ["ct mark set 0x99", false],
    ["ct mark set ct mark or 0x1000000", true],
  ])("%s: whether a commit ends the sessions of a policy that it deletes is %s", async (rule, isHeld) => {
    const gateway = await start();
    const socket = network.at("client", () => openUdpSocket(4));
    stack.defer(() => closeFile(socket));
    await loadRuleset(foreignChain("inet forward 10", rule));
    using reconciler = new Reconciler(gateway);
    await reconciler.checkForeignRules();
    const alarms = gateway.alarms.list().map(({ message }) => message);
    expect(alarms).toEqual(
      isHeld ? [] : [expect.stringMatching(/^chain c of table inet t at hook forward sets the connection mark/)],
    );
    sendUdp(socket, serverIpv4, 7001, new Uint8Array(4));
    expect(await markOf(gateway, 7001)).toBeDefined();
    const shown = await typeAs(gateway, "anna", "show security flow session");
    if (isHeld) expect(shown).toContain("Policy name: some");
    else expect(shown).not.toContain("Policy name: some");
    await typeAs(gateway, "anna", "configure", "delete security policies from-zone client to-zone server", "commit");
    expect((await markOf(gateway, 7001)) === undefined).toBe(isHeld);
  });

  test("a session breaks off when its mark is taken away", async () => {
    await start();
    const socket = network.at("client", () => openUdpSocket(4));
    stack.defer(() => closeFile(socket));
    const server = stack.use(network.at("server", () => PacketSocket.open("eth0", { receives: true })));
    const arrives = (word: string) => {
      sendUdp(socket, serverIpv4, 7004, Buffer.from(word));
      return server.receive().some((frame) => Buffer.from(frame).includes(word));
    };
    await expect.poll(() => arrives("free"), { timeout: 3_000, interval: 20 }).toBe(true);
    // The mark of the packet, which is 0.
    await run("iptables-nft", ["-t", "mangle", "-A", "PREROUTING", "-j", "CONNMARK", "--save-mark"]);
    for (let round = 0; round < 20; round++) expect(arrives(`cut ${round}`)).toBe(false);
  });

  test.each<[what: string, place: string, rule: string]>([
    ["sent on at its device", "netdev ingress 0", "udp dport 9999 fwd ip to 10.2.1.2 device toserver"],
    ["copied before its route", "ip prerouting -150", "udp dport 9999 dup to 10.2.1.2 device toserver"],
  ])("what no policy permits arrives when it is %s", async (_, place, rule) => {
    await start();
    const socket = network.at("client", () => openUdpSocket(4));
    stack.defer(() => closeFile(socket));
    const server = stack.use(network.at("server", () => PacketSocket.open("eth0", { receives: true })));
    const arrives = (word: string) => {
      sendUdp(socket, serverIpv4, 9999, Buffer.from(word));
      return server.receive().some((frame) => Buffer.from(frame).includes(word));
    };
    for (let round = 0; round < 20; round++) expect(arrives(`before ${round}`)).toBe(false);
    await loadRuleset(foreignChain(place, rule));
    await expect.poll(() => arrives("behind"), { timeout: 3_000, interval: 20 }).toBe(true);
  });

  test("the bridge of Docker, which is in no zone", async () => {
    const gateway = await start();
    await run("iptables-nft-restore", [], foreignTables["docker"]?.text);
    const shown = () => typeAs(gateway, "anna", "show system foreign-rules");
    expect(await shown()).not.toContain("bridge docker0");
    await runIp(["link add docker0 type bridge", "address add 172.17.0.1/16 dev docker0"]);
    expect(await shown()).toMatch(
      /^Against the policies:\n[^]*\nBeside the policies:\n {2}bridge docker0 has addresses, rules of others route for it/,
    );
    const zone = "set security zones security-zone container interfaces docker0";
    await typeAs(gateway, "anna", "configure", zone, "commit");
    expect(await shown()).not.toContain("bridge docker0");
  });

  test("what a session announces passes without a policy", async () => {
    const gateway = await start();
    const [client, server] = [
      network.at("client", () => openUdpSocket(4)),
      network.at("server", () => openUdpSocket(4)),
    ];
    stack.defer(() => [client, server].forEach((socket) => closeFile(socket)));
    const passes = async (port: number): Promise<boolean> => {
      sendUdp(client, serverIpv4, port, new Uint8Array(4));
      sendUdp(server, clientIpv4, 9876, new Uint8Array(4));
      return (await markOf(gateway, 9876)) !== undefined;
    };
    expect(await passes(7002)).toBe(false);
    await loadRuleset(foreignChain("inet forward 10", 'ct expectation set "later"'));
    expect(await passes(7003)).toBe(true);
  });

  test("a SYN proxy begins connections with servers that no policy permits", async () => {
    await start();
    const server = stack.use(network.at("server", () => PacketSocket.open("eth0", { receives: true })));
    await loadRuleset(`table inet t {
  chain early { type filter hook prerouting priority -300; policy accept; tcp dport 8080 tcp flags syn notrack
  }
  chain c { type filter hook forward priority -20; policy accept; tcp dport 8080 ct state invalid,untracked synproxy mss 1460
  }
}
`);
    await new LinuxKernel().writeSysctl("net.netfilter.nf_conntrack_tcp_loose", "0");
    const line = `exec 3<>/dev/tcp/${serverIpv4}/8080`;
    await run("nsenter", [`--net=${network.pathOf("client")}`, "bash", "-c", line]);
    const port = Buffer.of(8080 >>> 8, 8080 & 0xff);
    expect(server.receive().map((frame) => Buffer.from(frame.subarray(36, 38)))).toContainEqual(port);
  });
});

/** `inet forward 10`: a table `t` with a chain `c` and one rule. */
function foreignChain(place: string, rule: string): string {
  const [family = "", hook = "", priority = ""] = place.split(" ");
  const device = family === "netdev" ? " device toclient" : "";
  return `table ${family} t {${family === "inet" ? nftObjects : ""}
  chain c {
    type filter hook ${hook}${device} priority ${priority}; policy accept;
    ${rule}
  }
}
`;
}

async function run(program: string, args: readonly string[], input = ""): Promise<void> {
  const limits = { timeoutMs: 10_000, outputBytesMax: 1_000_000, debianPackage: "iptables" };
  const result = await runProgram({ program, arguments: args, input, ...limits });
  if (result.exitCode !== 0) throw new Error(`${program} ${args.join(" ")}: ${result.errors}`);
}
