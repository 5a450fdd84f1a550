// Members on the real kernel, with packets: who is none is refused, joins and passes, leaves and is refused. What a living
// session does then is what policy-rematch says. The drift of a member is found and mended.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { formatIp, parseIpv4 } from "@merlon/model/ip/address.ts";
import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { RangeSet } from "@merlon/model/ip/range-set.ts";
import type { Gateway } from "../gateway.ts";
import { closeFile } from "../kernel/libc.ts";
import { LinuxKernel } from "../kernel/linux-kernel.ts";
import { clientIpv4, enableForwarding, serverIpv4, StoryNetwork } from "../kernel/story-network.ts";
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

function setOf(...texts: readonly string[]): RangeSet {
  return rangeSetOf(
    texts.map((text) => {
      const value = parseIpv4(text) ?? expect.fail(`${text} is no address`);
      return { family: 4 as const, first: value, last: value };
    }),
  );
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

  function socketOfClient(): number {
    const socket = network.at("client", () => openUdpSocket(4));
    sockets.push(socket);
    return socket;
  }

  /** The name of the policy whose session a datagram makes or belongs to; `refused` without one. */
  async function send(port: number, socket = socketOfClient()): Promise<string> {
    sendUdp(socket, serverIpv4, port, new Uint8Array(4));
    for await (const sessions of gateway.kernel.dumpSessions()) {
      for (const { original, mark } of sessions) {
        if (formatIp(original.destination) === serverIpv4 && original.destinationPort === port) {
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
    const set = sets.find(({ name }) => name.startsWith("members4")) ?? expect.fail("there is no set of members");
    const elements = [{ key: [{ kind: "addresses" as const, range }] }];
    await gateway.kernel.applyTransaction([{ kind: "add-elements", set: set.name, elements }]);
    await reconciler.checkRuleset();
    expect(gateway.alarms.list().map(({ code }) => code)).toContain("ruleset.drift");
    expect(await send(3002)).toBe("refused");
  });
});
