// Members on the real kernel, with packets: who is none is refused, joins and passes, leaves and is refused. What a living
// session does then is what policy-rematch says. The drift of a member is found and mended. Nothing of a deny list leaks while
// its members move between the sets that they stand in.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { formatIp, parseIpv4 } from "@merlon/model/ip/address.ts";
import { parsePrefix, rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { RangeSet } from "@merlon/model/ip/range-set.ts";
import type { Gateway } from "../gateway.ts";
import { closeFile } from "../kernel/libc.ts";
import { LinuxKernel } from "../kernel/linux-kernel.ts";
import {
  clientIpv4,
  clientIpv6,
  enableForwarding,
  serverIpv4,
  serverIpv6,
  StoryNetwork,
} from "../kernel/story-network.ts";
import { openUdpSocket, sendUdp } from "../kernel/story-traffic.ts";
import { enclosed, skipReason } from "../kernel/story-watch.ts";
import { Reconciler } from "../reconcile.ts";
import { rulesetDifferences } from "../ruleset-differences.ts";
import { openGateway, TestClocks, typeAs } from "../testing/test-gateway.ts";

const place = "set security policies from-zone client to-zone server policy";
const base = `
set security zones security-zone client interfaces toclient
set security zones security-zone server interfaces toserver
set applications application any-udp protocol udp
set security dynamic-address address-name good
${place} let match source-address good
${place} let match destination-address any
${place} let match application any-udp
${place} let then permit
`;
/** So many policies in front that they are a lookup, none of them about this client. */
const many = Array.from({ length: 20 }, (_, at) =>
  [
    `set security address-book global address h${at} 10.200.0.${at}`,
    ...["match destination-address any", "match application any-udp", "then deny", `match source-address h${at}`].map(
      (line) => `${place} p${at} ${line}`,
    ),
    "",
  ].join("\n"),
).join("");

function policyOf(
  name: string,
  { source, then }: { readonly source: string; readonly then: string },
): readonly string[] {
  const match = [`source-address ${source}`, "destination-address any", "application any-udp"];
  return [...match.map((it) => `${place} ${name} match ${it}`), `${place} ${name} then ${then}`];
}

/** Datagrams as fast as they go; each begins a new flow, because those that are refused leave no session. */
const floodProgram = `
  const socket = require("node:dgram").createSocket("udp4");
  socket.on("error", () => {});
  const burst = () => {
    for (let at = 0; at < 16; at++) socket.send("x", 4000 + at, "${serverIpv4}");
    setImmediate(burst);
  };
  burst();`;

function setOf(...texts: readonly string[]): RangeSet {
  return rangeSetOf(texts.map((text) => rangeOfPrefix(parsePrefix(text) ?? expect.fail(text))));
}

describe.skipIf(!enclosed)(`members and packets${skipReason}`, () => {
  let network: StoryNetwork;
  let folder: string;
  let gateway: Gateway;
  const sockets: number[] = [];
  const client = setOf(clientIpv4);

  beforeEach(async () => {
    network = await StoryNetwork.create();
    enableForwarding();
    folder = await mkdtemp(join(tmpdir(), "merlon-member-"));
    gateway = await openGateway(new LinuxKernel(), folder, new TestClocks());
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) closeFile(socket);
    await network[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  async function start(text: string): Promise<void> {
    const { tree } = loadConfiguration(emptyTree, text, { action: "set", source: "story.conf" });
    expect(await gateway.commitInitial(tree, { user: "root", via: "boot" }, 1)).toMatchObject({ ok: true });
  }

  function socketOfClient(family: 4 | 6 = 4): number {
    const socket = network.at("client", () => openUdpSocket(family));
    sockets.push(socket);
    return socket;
  }

  /** The name of the policy whose session a datagram makes or belongs to; `refused` without one. */
  async function send(port: number, socket = socketOfClient(), server = serverIpv4): Promise<string> {
    sendUdp(socket, server, port, new Uint8Array(4));
    for await (const sessions of gateway.kernel.dumpSessions()) {
      for (const { original, mark } of sessions) {
        if (formatIp(original.destination) === server && original.destinationPort === port) {
          return gateway.rules.find(mark)?.policy.name ?? `mark ${mark}`;
        }
      }
    }
    return "refused";
  }

  test.each([
    ["a list", base],
    ["a list behind a lookup", many + base],
  ])("in %s: refused, joins and passes, leaves and is refused", async (_, text) => {
    await start(text);
    expect(await send(1001)).toBe("refused");
    const joined = await gateway.membership.change("good", { add: setOf("10.0.0.1", clientIpv4, "10.99.0.1") });
    expect(joined.how).toBe("elements");
    expect(await send(1002)).toBe("let");
    await gateway.membership.change("good", { remove: client });
    expect(await send(1003)).toBe("refused");
    const running = gateway.running ?? expect.fail("nothing is in force");
    expect(await rulesetDifferences(gateway.kernel, running)).toEqual([]);
  });

  test("of IPv6 as a host, within a range, as a host again, and not at all", async () => {
    await start(base);
    const run = `${clientIpv6.slice(0, -1)}0/124`;
    const rows = [
      [{ replace: setOf(clientIpv6) }, "let"],
      [{ replace: setOf(run) }, "let"],
      [{ replace: setOf(clientIpv6, "fd00:9::/64") }, "let"],
      [{ remove: setOf(run) }, "refused"],
    ] as const;
    await gateway.membership.change("good", { add: setOf(clientIpv6) });
    // Neighbors find each other a second later.
    const first = socketOfClient(6);
    await expect.poll(() => send(4000, first, serverIpv6), { timeout: 10_000 }).toBe("let");
    await gateway.membership.change("good", { remove: setOf(clientIpv6) });
    for (const [at, [change, expected]] of rows.entries()) {
      expect((await gateway.membership.change("good", change)).how).toBe("elements");
      expect(await send(4001 + at, socketOfClient(6), serverIpv6)).toBe(expected);
    }
  });

  test.each([
    ["goes on", "", "let"],
    ["ends", "set security policies policy-rematch extensive\n", "refused"],
  ])("a living session of a member that leaves %s", async (_, rematch, then) => {
    await start(base + rematch);
    await gateway.membership.change("good", { add: client });
    const socket = socketOfClient();
    expect(await send(2001, socket)).toBe("let");
    await gateway.membership.change("good", { remove: client });
    expect(await send(2001, socket)).toBe(then);
    expect(await send(2002)).toBe("refused");
  });

  test("a commit of something else leaves members in force, and one who was put there by hand is thrown out", async () => {
    await start(base);
    await gateway.membership.change("good", { add: client });
    await typeAs(gateway, "anna", "configure", "set system host-name other", "commit");
    expect(await send(3001)).toBe("let");
    await gateway.membership.change("good", { remove: client });
    using reconciler = new Reconciler(gateway);
    await reconciler.checkRuleset();
    const range = { family: 4 as const, first: parseIpv4(clientIpv4) ?? 0, last: parseIpv4(clientIpv4) ?? 0 };
    const sets = (await gateway.kernel.readTable())?.sets ?? [];
    const set = sets.find(({ name }) => name.startsWith("hosts4")) ?? expect.fail("there is no set of members");
    const elements = [{ key: [{ kind: "addresses" as const, range }] }];
    await gateway.kernel.applyTransaction([{ kind: "add-elements", set: set.name, elements }]);
    await reconciler.checkRuleset();
    expect(gateway.alarms.list().map(({ code }) => code)).toContain("ruleset.drift");
    expect(await send(3002)).toBe("refused");
  });

  const denyList = [
    { source: "good", then: "deny" },
    { source: "any", then: "permit" },
  ] as const;
  const leftOut = [
    { source: "good", then: "permit", excluded: true },
    { source: "any", then: "deny" },
  ] as const;
  test.each([
    ["a deny list does not leak while members move between hosts and ranges", denyList, 8, "10.1.1.9"],
    ["what a permit leaves out does not leak while they do", leftOut, 8, "10.1.1.9"],
    ["a deny list does not leak while its ranges are cut and joined", denyList, 63, "10.1.1.40"],
  ] as const)("%s", async (_, [first, last], count, neighbor) => {
    await start(
      [
        base.replace(/^set security policies.*\n/gm, ""),
        ...policyOf("first", first),
        ...("excluded" in first ? [`${place} first match source-address-excluded`] : []),
        ...policyOf("last", last),
      ].join("\n"),
    );
    const open = first.then === "permit" ? "first" : "last";
    const others = Array.from({ length: count }, (_one, at) => `10.1.1.${at + 1}`);
    await gateway.membership.change("good", { add: setOf(...others.filter((it) => it !== neighbor)) });
    using reconciler = new Reconciler(gateway);
    await reconciler.checkRuleset();
    const flood = network.at("client", () => spawn(process.execPath, ["-e", floodProgram], { stdio: "ignore" }));
    const hits = async () => {
      const found = { open: 0, shut: 0 };
      for (const [mark, { packets }] of await gateway.kernel.readHits("hits")) {
        found[gateway.rules.find(mark)?.policy.name === open ? "open" : "shut"] += packets;
      }
      return found;
    };
    try {
      while ((await hits()).shut === 0) await sleep(10);
      for (let round = 0; round < 60; round++) {
        const { how } = await gateway.membership.change("good", { add: setOf(neighbor) });
        await gateway.membership.change("good", { remove: setOf(neighbor) });
        expect(how).toBe("elements");
      }
    } finally {
      flood.kill("SIGKILL");
      await once(flood, "exit");
    }
    const { open: leaked, shut } = await hits();
    expect(shut).toBeGreaterThan(500);
    expect(leaked).toBe(0);
    const generation = await gateway.kernel.readRulesetGeneration();
    expect(gateway.checked.holds(generation)).toBe(true);
    const running = gateway.running ?? expect.fail("nothing is in force");
    expect(await rulesetDifferences(gateway.kernel, running)).toEqual([]);
  });
});
