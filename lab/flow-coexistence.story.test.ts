// Merlon beside other programs that make rules: theirs stand byte for byte after a start, commits, a repair and a stop,
// and what they do against the policies is said. Packets show that what is said is so.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { boot } from "@merlon/gateway/boot.ts";
import { foreignFindings } from "@merlon/gateway/foreign-findings.ts";
import type { Gateway } from "@merlon/gateway/gateway.ts";
import { closeFile } from "@merlon/gateway/kernel/libc.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import { runProgram } from "@merlon/gateway/kernel/run-program.ts";
import { serverIpv4, StoryNetwork } from "@merlon/gateway/kernel/story-network.ts";
import { runNft } from "@merlon/gateway/kernel/story-tool.ts";
import { openUdpSocket, sendUdp } from "@merlon/gateway/kernel/story-traffic.ts";
import { Reconciler } from "@merlon/gateway/reconcile.ts";
import { openGateway, typeAs } from "@merlon/gateway/testing/test-gateway.ts";
import { foreignTables } from "./foreign-tables.ts";
import type { ForeignTables } from "./foreign-tables.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";

const configuration = `
security {
  zones {
    security-zone client { interfaces { toclient; } }
    security-zone server { interfaces { toserver; } }
  }
  policies {
    from-zone client to-zone server {
      policy all { match { source-address any; destination-address any; application any; } then { permit; } }
    }
  }
}`;

describe.skipIf(!enclosed)("beside others (runs in tools/setup/enclose.sh)", () => {
  let network: StoryNetwork;
  let folder: string;
  beforeEach(async () => {
    network = await StoryNetwork.create();
    folder = await mkdtemp(join(tmpdir(), "merlon-beside-"));
  });
  afterEach(async () => {
    await network[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const start = async (): Promise<Gateway> => {
    const gateway = await openGateway(new LinuxKernel(), folder);
    await boot(gateway, { text: configuration, source: "story.conf" });
    return gateway;
  };
  const alarmsOf = (gateway: Gateway) => gateway.alarms.list().map(({ severity, message }) => `${severity} ${message}`);
  const findingsNow = async () =>
    foreignFindings(await new LinuxKernel().readForeignRules()).map(
      ({ weight, where, sentence }) => `${weight}: ${where} ${sentence}`,
    );

  test.each(Object.entries(foreignTables))("%s: what it does is said", async (_, foreign) => {
    expect(await findingsNow()).toEqual([]);
    await load(foreign);
    const found = await findingsNow();
    expect(found.filter((line) => !foreign.findings.some((pattern) => pattern.test(line)))).toEqual([]);
    expect(foreign.findings.filter((pattern) => !found.some((line) => pattern.test(line)))).toEqual([]);
  });

  test("rules of all of them stand byte for byte after a start, commits, a repair and a stop", async () => {
    for (const foreign of Object.values(foreignTables)) await load(foreign);
    const before = await everything();
    const gateway = await start();
    await typeAs(gateway, "anna", "set system host-name beside", "commit");
    await typeAs(gateway, "anna", "set security policies policy-rematch extensive", "commit", "rollback 1", "commit");
    await runNft("flush", "chain", "inet", "merlon", "forward");
    using reconciler = new Reconciler(gateway);
    await reconciler.checkRuleset();
    await reconciler.checkForeignRules();
    expect(alarmsOf(gateway)).toEqual([
      expect.stringMatching(/^minor the ruleset was changed from outside and has been repaired/),
      expect.stringMatching(
        /^major chain FORWARD of table ip filter \(Docker\) .* and \d more: show system foreign-rules$/,
      ),
    ]);
    expect(await everything()).toBe(before);
  });

  test("who drops what policies permit is the cause of the loss, and the alarm ends when it ends", async () => {
    const gateway = await start();
    using reconciler = new Reconciler(gateway);
    const socket = network.at("client", () => openUdpSocket(4));
    const passes = async (port: number): Promise<boolean> => {
      sendUdp(socket, serverIpv4, port, new Uint8Array(4));
      for await (const sessions of gateway.kernel.dumpSessions()) {
        if (sessions.some(({ original }) => original.destinationPort === port)) return true;
      }
      return false;
    };
    try {
      expect(await passes(7001)).toBe(true);
      await load(foreignTables["old iptables"]);
      await reconciler.checkForeignRules();
      expect(alarmsOf(gateway)).toEqual([
        expect.stringMatching(/^major chain FORWARD of table filter of iptables-legacy/),
      ]);
      expect(await passes(7002)).toBe(false);
      await run("iptables-legacy", ["-P", "FORWARD", "ACCEPT"]);
      await run("iptables-legacy", ["-F"]);
      await reconciler.checkForeignRules();
      expect(alarmsOf(gateway)).toEqual([]);
      expect(await passes(7003)).toBe(true);
      // What takes packets out of tracking is against the policies, too.
      await load(foreignTables["others"]);
      expect(await passes(53)).toBe(false);
      expect(await typeAs(gateway, "anna", "show system foreign-rules")).toMatch(
        /^Against the policies:\n {2}chain early of table inet tuning .*\nBeside the policies:\n/,
      );
    } finally {
      closeFile(socket);
    }
  });
});

async function load(foreign: ForeignTables | undefined): Promise<void> {
  if (foreign === undefined) throw new Error("there are no such rules");
  await run(foreign.program, foreign.program === "nft" ? ["-f", "-"] : [], foreign.text);
}

async function run(program: string, args: readonly string[], input = ""): Promise<string> {
  const limits = { timeoutMs: 10_000, outputBytesMax: 1_000_000, debianPackage: "iptables" };
  const result = await runProgram({ program, arguments: args, input, ...limits });
  if (result.exitCode !== 0) throw new Error(`${program}: ${result.errors}`);
  return result.output;
}

/** Without counts, which packets change. */
async function everything(): Promise<string> {
  const lists: string[] = [];
  for (const name of Object.values(foreignTables).flatMap(({ tables }) => tables)) {
    lists.push(await runNft("-s", "list", "table", ...name.split(" ")));
  }
  return [...lists, await run("iptables-legacy", ["-S"])].join("\n");
}
