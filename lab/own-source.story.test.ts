// Nothing that comes in from outside has an address of the gateway as its source, without any screen: of IPv6 the ruleset
// refuses and counts it, of IPv4 Linux does, before anybody is asked.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemRuleIds } from "@merlon/compiler/ir.ts";
import { compileText, policyLines } from "@merlon/compiler/testing/compile-text.ts";
import { serverIpv4, serverIpv6 } from "@merlon/gateway/kernel/story-network.ts";
import { NatNetwork } from "./nat-network.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";
const text = `
set security zones security-zone in interfaces toclient
set security zones security-zone in host-inbound-traffic system-services all
set security zones security-zone out interfaces toserver
${policyLines(["in", "out"], "surf")}
`;

describe.skipIf(!enclosed)("a source that is the gateway's own", () => {
  let net: NatNetwork;
  beforeAll(async () => {
    net = await NatNetwork.create({ client: ["fd00:9::/32"], server: ["fd00:8::/32"] });
    expect(await net.enforce(compileText(text).ir)).toEqual([]);
  });
  afterAll(() => net[Symbol.asyncDispose]());

  test.each<[source: string, destination: string, counted: number, arrives: boolean]>([
    ["fd00:1::1", serverIpv6, 1, false],
    ["fd00:2::1", serverIpv6, 1, false],
    ["fd00:2::1", "fd00:1::1", 1, false],
    ["fd00:9::7", serverIpv6, 0, true],
    ["fd00:1::99", "fd00:1::1", 0, false],
    ["fe80::99", "fd00:1::1", 0, false],
    ["10.2.1.1", serverIpv4, 0, false],
  ])("%s to %s", async (source, destination, counted, arrives) => {
    const count = async () => (await net.kernel.readHits("hits")).get(systemRuleIds.ownSource)?.packets ?? 0;
    const before = await count();
    const packet = `udp ${source} 4000 > ${destination} 161`;
    expect(await net.send("client", packet)).toBe(arrives ? packet : "nothing");
    expect((await count()) - before).toBe(counted);
  });
});
