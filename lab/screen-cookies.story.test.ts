// SYN cookies and translated destinations on the real kernel: while an outer address is flooded, a client that means it
// reaches the inner server through it. Policies see that server, records name both ends, and the flood leaves no sessions.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { diffTables } from "@merlon/compiler/nft/canonical-table.ts";
import { lowerTable } from "@merlon/compiler/nft/lower.ts";
import type { Gateway } from "@merlon/gateway/gateway.ts";
import { runIp } from "@merlon/gateway/kernel/run-ip.ts";
import { runProgram } from "@merlon/gateway/kernel/run-program.ts";
import { enclosed, skipReason } from "@merlon/gateway/kernel/story-watch.ts";
import { flowRecordOf } from "@merlon/gateway/log/flow-log.ts";
import { syslogLine } from "@merlon/gateway/log/syslog-line.ts";
import { openGateway, typeAs } from "@merlon/gateway/testing/test-gateway.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { formatIp } from "@merlon/model/ip/address.ts";
import { buildFrame, tcpFlags } from "./frames.ts";
import { NatNetwork } from "./nat-network.ts";
import { PacketSocket } from "./packet-socket.ts";
import { parseFrame } from "./parse-frame.ts";

/** Outer port 8080 is the server's 80, which a policy permits; 8081 is its 81, which a policy rejects. */
const text = `
set security zones security-zone client interfaces toclient
set security zones security-zone client screen edge
set security zones security-zone client host-inbound-traffic system-services all
set security zones security-zone server interfaces toserver
set security screen ids-option edge tcp syn-flood attack-threshold 1
set security screen ids-option edge tcp syn-flood destination-threshold 100000
set security address-book global address four 10.2.1.2/32
set security address-book global address six fd00:2::2/128
set applications application inner protocol tcp destination-port 80
set applications application other protocol tcp destination-port 81
set security policies from-zone client to-zone server policy web match source-address any
set security policies from-zone client to-zone server policy web match destination-address [ four six ]
set security policies from-zone client to-zone server policy web match application inner
set security policies from-zone client to-zone server policy web then permit
set security policies from-zone client to-zone server policy web then log session-init
set security policies from-zone client to-zone server policy web then log session-close
set security policies from-zone client to-zone server policy no match source-address any
set security policies from-zone client to-zone server policy no match destination-address [ four six ]
set security policies from-zone client to-zone server policy no match application other
set security policies from-zone client to-zone server policy no then reject
set security nat destination pool inner address 10.2.1.2/32 port 80
set security nat destination pool other address 10.2.1.2/32 port 81
set security nat destination pool inner6 address fd00:2::2/128 port 80
set security nat destination rule-set d from zone client
set security nat destination rule-set d rule own match destination-address 10.1.1.1/32
set security nat destination rule-set d rule own match destination-port 8080
set security nat destination rule-set d rule own then destination-nat pool inner
set security nat destination rule-set d rule no match destination-address 10.1.1.1/32
set security nat destination rule-set d rule no match destination-port 8081
set security nat destination rule-set d rule no then destination-nat pool other
set security nat destination rule-set d rule own6 match destination-address fd00:1::1/128
set security nat destination rule-set d rule own6 match destination-port 8080
set security nat destination rule-set d rule own6 then destination-nat pool inner6
set security nat static rule-set s from zone client
set security nat static rule-set s rule four match destination-address 203.0.113.80/32
set security nat static rule-set s rule four then static-nat prefix 10.2.1.2/32
set security nat static rule-set s rule six match destination-address 2001:db8::80/128
set security nat static rule-set s rule six then static-nat prefix fd00:2::2/128
`;

const sourceTranslation = `
set security nat source rule-set h from zone client
set security nat source rule-set h to zone server
set security nat source rule-set h rule h match source-address 10.1.1.0/24
set security nat source rule-set h rule h then source-nat interface
`;

describe.skipIf(!enclosed)(`SYN cookies and translated destinations${skipReason}`, () => {
  let net: NatNetwork;
  let folder: string;
  let gateway: Gateway;
  let client: PacketSocket;
  let watch: Disposable;
  let server: { readonly end: () => Promise<void> };
  const lines: string[] = [];

  beforeAll(async () => {
    // 2001:db8::/64 leads back to where it comes from, 203.0.113.80 nowhere, as with proxy ARP.
    net = await NatNetwork.create({ client: ["2001:db8::/64", "10.66.0.0/16", "fd66::/64"], server: [] });
    await runIp(["route add 203.0.113.80 dev lo"]);
    folder = await mkdtemp(join(tmpdir(), "merlon-cookies-"));
    gateway = await openGateway(net.kernel, folder);
    const { tree } = loadConfiguration(emptyTree, text, { action: "set", source: "story.conf" });
    expect(await gateway.commitInitial(tree, { user: "root", via: "boot" }, 1)).toMatchObject({ ok: true });
    client = net.network.at("client", () => PacketSocket.open("eth0", { receives: true }));
    watch = await net.kernel.watch((event) => {
      const record = flowRecordOf(event, gateway);
      if (record !== undefined) lines.push(syslogLine(record, "gw"));
    });
    server = await net.network.at("server", startServer);
  }, 30_000);
  afterAll(async () => {
    watch[Symbol.dispose]();
    client[Symbol.dispose]();
    await server.end();
    await net[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  function flood(address: string, port: number): void {
    const six = address.includes(":");
    const frames = Array.from({ length: 1_000 }, (_, at) =>
      buildFrame({
        ...net.macs("client"),
        source: six ? `fd66::${1 + at}` : `10.66.${1 + Math.floor(at / 250)}.${1 + (at % 250)}`,
        destination: address,
        content: synTo(port, 3_000 + at),
      }),
    );
    client.send(frames);
  }

  function connect(to: Target, patienceMs: number, before?: () => void): Promise<string> {
    return net.network.at("client", () => helloOf(to, patienceMs, before));
  }

  function connectUnderFlood(to: Target, patienceMs = 3_000): Promise<string> {
    return connect(to, patienceMs, () => flood(to.host, to.port));
  }

  /** A record of the client's own session. */
  function mine(word: "CREATE" | "CLOSE"): RegExp {
    return new RegExp(`SESSION_${word}.* source-address="(10\\.1\\.1\\.|fd00:1::)2"`);
  }

  async function recordOf(pattern: RegExp): Promise<string> {
    for (let waitedMs = 0; waitedMs < 3_000; waitedMs += 50) {
      const found = lines.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      await sleep(50);
    }
    return `nothing but ${lines.join("\n")}`;
  }

  test.each([
    ["an address of the gateway, and a port", "10.1.1.1", 8_080, "10.2.1.2"],
    ["an address that leads nowhere", "203.0.113.80", 80, "10.2.1.2"],
    ["an address of the gateway, and a port", "fd00:1::1", 8_080, "fd00:2::2"],
    ["an address that leads elsewhere", "2001:db8::80", 80, "fd00:2::2"],
  ])("through %s: %s", async (_, address, port, inner) => {
    // Neighbours are asked for their addresses once, by a session without a cookie.
    const to = { host: address, port };
    expect(await connect(to, 5_000)).toBe("hello hello");
    await typeAs(gateway, "anna", "clear security flow session all");
    await recordOf(mine("CLOSE"));
    lines.length = 0;
    const before = validCookies();
    expect(await connectUnderFlood(to)).toBe("hello hello");
    expect(validCookies() - before).toBeGreaterThan(0);
    // What is below the threshold began sessions, and the rest of the flood none.
    expect((await net.sessions()).length).toBeLessThan(8);
    const opened = await recordOf(mine("CREATE"));
    expect(opened).toContain(`destination-address="${address}" destination-port="${port}"`);
    expect(opened).toContain(`nat-destination-address="${inner}" nat-destination-port="80"`);
    expect(opened).toContain('policy-name="web" source-zone-name="client" destination-zone-name="server"');
    expect(opened).toMatch(/dst-nat-rule-type="(destination|static) rule"/);
    await typeAs(gateway, "anna", "clear security flow session all");
    expect(await recordOf(mine("CLOSE"))).toMatch(/bytes-from-server="[1-9]/);
  });

  test("what a policy rejects is reset below the threshold, and has no session above it", async () => {
    const to = { host: "10.1.1.1", port: 8_081 };
    expect(await connect(to, 3_000)).toBe("ECONNREFUSED");
    const rejected = async () => {
      const policy = gateway.running?.prepared.ir.contexts
        .flatMap(({ rules }) => rules)
        .find((it) => it.policy.name === "no");
      return (await net.kernel.readHits("hits")).get(policy?.id ?? 0)?.packets ?? 0;
    };
    const before = await rejected();
    expect(await connectUnderFlood(to, 300)).toBe("no answer");
    expect((await rejected()) - before).toBeGreaterThan(0);
    const ends = (await net.sessions()).map(({ reply }) => reply.sourcePort);
    expect(ends).not.toContain(81);
  });

  test("the gateway's own ports are not opened", async () => {
    flood("10.1.1.1", 22);
    flood("fd00:1::1", 22);
    await sleep(50);
    while (client.receive().length > 0);
    for (const address of ["10.1.1.1", "fd00:1::1"]) {
      const source = address.includes(":") ? "fd66::9999" : "10.66.99.99";
      client.send([buildFrame({ ...net.macs("client"), source, destination: address, content: synTo(22, 4_444) })]);
    }
    await sleep(50);
    expect(answersFrom(22)).toEqual([]);
    // While an outer port answers.
    flood("10.1.1.1", 8_080);
    await sleep(50);
    expect(answersFrom(8_080).length).toBeGreaterThan(900);
  });

  test("a port that has just been used may be used again, where nothing is translated", async () => {
    const to = { host: "10.2.1.2", port: 80, localPort: 7_776 };
    for (let times = 0; times < 3; times++) expect(await connectUnderFlood(to)).toBe("hello hello");
  });

  test("both ends are translated, and the table is as it shall be", async () => {
    const change = sourceTranslation.trim().split("\n");
    expect(await typeAs(gateway, "anna", "configure", ...change, "commit")).toContain("commit complete");
    expect(await connectUnderFlood({ host: "10.1.1.1", port: 8_080, localPort: 7_777 })).toBe("hello hello");
    const ours = (await net.sessions()).filter(({ original }) => original.sourcePort === 7_777);
    expect(ours.map(({ reply }) => [formatIp(reply.source), reply.sourcePort, formatIp(reply.destination)])).toEqual([
      ["10.2.1.2", 80, "10.2.1.1"],
    ]);
    const { running, kernel } = gateway;
    const table = await kernel.readTable();
    if (running === undefined || table === undefined) throw new Error("nothing is in force");
    expect(diffTables(table, lowerTable(running.prepared.ir, running.generation))).toEqual([]);
    const listed = await runProgram({
      program: "nft",
      arguments: ["list", "table", "inet", "merlon"],
      timeoutMs: 10_000,
      outputBytesMax: 1_000_000,
      debianPackage: "nftables",
    });
    expect([listed.exitCode, listed.output.includes("chain screen_clients")]).toEqual([0, true]);
  });

  test("commits lead from the one way to the other and back", async () => {
    const changes = { "deactivate security nat": "10.2.1.2", "activate security nat": "fd00:2::2" };
    for (const [change, host] of Object.entries(changes)) {
      expect(await typeAs(gateway, "anna", "configure", change, "commit")).toContain("commit complete");
      const before = validCookies();
      expect(await connectUnderFlood({ host, port: 80 })).toBe("hello hello");
      expect(validCookies() - before).toBeGreaterThan(0);
      expect(await connect({ host, port: 81 }, 3_000)).toBe("ECONNREFUSED");
    }
  });

  /** Ports of the client to which a SYN with an acknowledgement came from this port. */
  function answersFrom(port: number): readonly number[] {
    const found: number[] = [];
    for (let batch = client.receive(); batch.length > 0; batch = client.receive()) {
      for (const bytes of batch) {
        const content = parseFrame(bytes)?.content;
        if (content?.kind !== "tcp" || content.sourcePort !== port) continue;
        if (content.flags === (tcpFlags.syn | tcpFlags.ack)) found.push(content.destinationPort);
      }
    }
    return found;
  }
});

function synTo(port: number, from: number) {
  const [sequence, acknowledgement, payload] = [from, 0, new Uint8Array()];
  return {
    kind: "tcp",
    sourcePort: from,
    destinationPort: port,
    sequence,
    acknowledgement,
    flags: tcpFlags.syn,
    payload,
  } as const;
}

/** Cookies that came back, of the namespace that the thread is in; a line for each processor behind a head. */
function validCookies(): number {
  const rows = readFileSync("/proc/thread-self/net/stat/synproxy", "utf8").trim().split("\n").slice(1);
  return rows.reduce((total, row) => total + Number.parseInt(row.split(/\s+/)[3] ?? "", 16), 0);
}

/** The server speaks first, says what it has heard, and closes. */
async function startServer(): Promise<{ readonly end: () => Promise<void> }> {
  const program = `
    const server = require("node:net").createServer((socket) => {
      socket.on("error", () => {});
      socket.write("hello ");
      socket.on("data", (data) => socket.end(data));
    });
    server.listen({ host: "::", port: 80, ipv6Only: false }, () => console.log("ready"));`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
  return {
    end: async () => {
      const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/**
 * What a connection from the namespace that the thread is in has heard when it was closed: `hello hello` of the server. The
 * program is there when `before` is called, and connects right after it.
 */
async function helloOf(to: Target, patienceMs: number, before?: () => void): Promise<string> {
  const program = `
    const patience = () => setTimeout(() => done(text === "" ? "no answer" : text + "..."), ${patienceMs});
    let text = "";
    const done = (word) => { console.log(word); process.exit(); };
    process.stdin.once("data", () => {
      const socket = require("node:net").connect(${JSON.stringify(to)});
      socket.on("data", (data) => {
        if (text === "") socket.write("hello");
        text += data;
      });
      socket.on("close", () => done(text));
      socket.on("error", (error) => done(error.code));
      patience();
    });
    console.log("ready");`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["pipe", "pipe", "inherit"] });
  let said = "";
  const ready = new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
  child.stdout.on("data", (data: Buffer) => (said += data.toString()));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await ready;
  before?.();
  child.stdin.write("go\n");
  await ended;
  return said.replace("ready\n", "").trim();
}

interface Target {
  readonly host: string;
  readonly port: number;
  readonly localPort?: number;
}
