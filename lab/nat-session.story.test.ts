// A translated session from its first packet to its last record, through the whole gateway: logs name the translated ends
// and the rules, commands count it, and a commit that changes its rule ends it.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Gateway } from "@merlon/gateway/gateway.ts";
import { flowRecordOf } from "@merlon/gateway/log/flow-log.ts";
import { syslogLine } from "@merlon/gateway/log/syslog-line.ts";
import { openGateway, typeAs } from "@merlon/gateway/testing/test-gateway.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { policyLines } from "@merlon/compiler/testing/compile-text.ts";
import { NatNetwork } from "./nat-network.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";
const text = `
set security zones security-zone in interfaces toclient
set security zones security-zone out interfaces toserver
${policyLines(["in", "out"], "surf", { then: "permit, log session-init, log session-close" })}
${policyLines(["out", "in"], "serve", { destination: "web", then: "permit, log session-init, log session-close" })}
set security address-book global address web 10.9.0.80/32
set security nat source pool p address 198.51.100.10/32
set security nat source rule-set s from zone in
set security nat source rule-set s to zone out
set security nat source rule-set s rule hide match source-address 0.0.0.0/0
set security nat source rule-set s rule hide then source-nat pool p
set security nat destination pool w address 10.9.0.80/32 port 8080
set security nat destination rule-set d from zone out
set security nat destination rule-set d rule web match destination-address 198.51.100.1/32
set security nat destination rule-set d rule web then destination-nat pool w
`;

describe.skipIf(!enclosed)("a translated session", () => {
  let net: NatNetwork;
  let folder: string;
  let gateway: Gateway;
  const lines: string[] = [];
  let watch: Disposable;
  beforeAll(async () => {
    net = await NatNetwork.create({ client: ["10.9.0.0/16"], server: ["10.8.0.0/16", "198.51.100.0/24"] });
    folder = await mkdtemp(join(tmpdir(), "merlon-nat-"));
    gateway = await openGateway(net.kernel, folder);
    const { tree } = loadConfiguration(emptyTree, text, { action: "set", source: "story.conf" });
    expect(await gateway.commitInitial(tree, { user: "root", via: "boot" }, 1)).toMatchObject({ ok: true });
    watch = await net.kernel.watch((event) => {
      const record = flowRecordOf(event, gateway);
      if (record !== undefined) lines.push(syslogLine(record, "gw"));
    });
  });
  afterAll(async () => {
    watch[Symbol.dispose]();
    await net[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  async function logged(pattern: RegExp): Promise<string> {
    for (let waitedMs = 0; waitedMs < 5_000; waitedMs += 50) {
      const found = lines.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      await sleep(50);
    }
    return `nothing but ${lines.join("\n")}`;
  }

  test("the policy sees the inner server, logs name rules and translated ends", async () => {
    expect(await net.send("client", "udp 10.9.0.2 4000 > 10.8.0.2 53")).toMatch(
      /^udp 198\.51\.100\.10 \d+ > 10\.8\.0\.2 53$/,
    );
    expect(await net.send("server", "tcp 10.8.0.2 4000 > 198.51.100.1 80")).toBe("tcp 10.8.0.2 4000 > 10.9.0.80 8080");
    const opened = await logged(/SESSION_CREATE.*source-address="10\.9\.0\.2"/);
    expect(opened).toContain('nat-source-address="198.51.100.10"');
    expect(opened).toContain('src-nat-rule-type="source rule" src-nat-rule-name="hide" dst-nat-rule-type="N/A"');
    expect(opened).toContain('packet-incoming-interface="toclient.0"');
    const inward = await logged(/SESSION_CREATE.*source-address="10\.8\.0\.2"/);
    expect(inward).toContain('destination-address="198.51.100.1" destination-port="80"');
    expect(inward).toContain('nat-destination-address="10.9.0.80" nat-destination-port="8080"');
    expect(inward).toContain('dst-nat-rule-type="destination rule" dst-nat-rule-name="web"');
    expect(inward).toContain('policy-name="serve"');
    expect(inward).toContain('packet-incoming-interface="toserver.0"');
    const shown = await typeAs(gateway, "anna", "show security nat source rule hide");
    expect(shown).toMatch(/Translation hits +: 1\n[^]*Number of sessions +: 1\n/);
  });

  test("a commit that changes its rule ends a session, another one goes on", async () => {
    const change = "set security nat source pool p address 198.51.100.11/32";
    expect(await typeAs(gateway, "anna", "configure", change, "commit")).toContain("complete");
    const closed = await logged(/SESSION_CLOSE.*source-address="10\.9\.0\.2"/);
    expect(closed).toContain('src-nat-rule-type="source rule" src-nat-rule-name="hide"');
    expect(closed).toContain('packet-incoming-interface="toclient.0"');
    const left = await net.sessions();
    expect(left.map(({ original }) => original.protocol)).toEqual([6]);
    // What was refused never becomes a session, and nothing else of the commit touched the counters.
    expect(await typeAs(gateway, "anna", "run show security nat destination pool w")).toMatch(/Translation hits: 1\n/);
  });
});
