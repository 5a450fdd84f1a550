// Hairpins with real packets: an inner host reaches another one by its outer end, and each sees the outer end of the other.
// Both stand behind the same port of the gateway.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { natHitsSet, natStrangers } from "@merlon/compiler/nat/nat-names.ts";
import { compileText, policyLines } from "@merlon/compiler/testing/compile-text.ts";
import { runNft } from "@merlon/gateway/kernel/story-tool.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import { answerTo, NatNetwork } from "./nat-network.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";
const zones = `
set security zones security-zone in interfaces toclient
set security zones security-zone out interfaces toserver
${policyLines(["in", "out"], "surf")}
set applications application high protocol udp destination-port 4000-4999
set applications application web protocol tcp destination-port 4000-4999
set applications application-set both application high
set applications application-set both application web
${policyLines(["in", "in"], "inside", { application: "both" })}
set security nat source pool p address 198.51.100.10/32 to 198.51.100.13/32
set security nat source pool p address fd00:8:9::10/128 to fd00:8:9::13/128
`;

function persistent(action: string, more = ""): string {
  const set = "set security nat source rule-set s";
  return `${zones}${more}
${set} from zone in
${set} to zone out
${["0.0.0.0/0", "::/0"]
  .map((prefix, index) => {
    const rule = `${set} rule r${index}`;
    const words = action.split(";").map((line) => `${rule} then source-nat ${line.trim()}\n`);
    return `${rule} match source-address ${prefix}\n${words.join("")}`;
  })
  .join("")}`;
}

describe.skipIf(!enclosed)("hairpins", () => {
  let net: NatNetwork;
  beforeAll(async () => {
    net = await NatNetwork.create({
      client: ["10.9.0.0/16", "fd00:9::/32"],
      server: ["10.8.0.0/16", "198.51.100.0/24", "fd00:8::/32"],
    });
  });
  afterAll(() => net[Symbol.asyncDispose]());
  beforeEach(async () => {
    await net.enforce(compileText(zones).ir);
    await net.kernel.reviewSessions(() => ({ kind: "end" }));
  });

  async function enforce(text: string): Promise<void> {
    const { ir, diagnostics } = compileText(text);
    expect(hasErrors(diagnostics) ? diagnostics : []).toEqual([]);
    expect(await net.enforce(ir)).toEqual([]);
    // Programs that read the ruleset by nft must not abort at ours.
    expect(await runNft("-j", "list", "ruleset")).toContain("nat_bound4");
  }
  const strangerCount = async () => (await net.kernel.readHits(natHitsSet)).get(natStrangers)?.packets ?? 0;

  /** What an inner end is bound to, learnt from a host outside. */
  async function boundTo(inner: string, asked: string, protocol = "udp"): Promise<string> {
    const seen = await net.send("client", `${protocol} ${inner} > ${asked}`);
    const outer = /^\w+ (\S+ \d+) > /.exec(seen)?.[1];
    if (outer === undefined) throw new Error(`no packet: ${seen}`);
    return outer;
  }
  const inside = (packet: string) => net.send("client", packet, "client");

  const versions = [
    ["IPv4", "10.9.0.2", "10.9.0.3", "10.8.0.2"],
    ["IPv6", "fd00:9::2", "fd00:9::3", "fd00:8::2"],
  ] as const;
  const pooled = versions.flatMap(([version, ...hosts]) => [
    [`${version} udp`, "udp", ...hosts] as const,
    [`${version} tcp`, "tcp", ...hosts] as const,
  ]);

  test.each(pooled)("any-remote-host, %s: both see outer ends, there and back", async (_, protocol, a, b, outside) => {
    await enforce(persistent("pool p persistent-nat permit any-remote-host"));
    const endOfA = await boundTo(`${a} 4000`, `${outside} 53`, protocol);
    const endOfB = await boundTo(`${b} 5000`, `${outside} 53`, protocol);
    const arrived = await inside(`${protocol} ${b} 5000 > ${endOfA}`);
    expect(arrived).toBe(`${protocol} ${endOfB} > ${a} 4000`);
    expect(await inside(answerTo(arrived))).toBe(`${protocol} ${endOfA} > ${b} 5000`);
    // One that is bound by its first packet to another inner host.
    const fresh = await inside(`${protocol} ${b} 5001 > ${endOfA}`);
    expect(fresh).toMatch(new RegExp(`^${protocol} \\S+ \\d+ > ${a} 4000$`));
    expect(fresh).not.toContain(` ${b} `);
    expect(await boundTo(`${b} 5001`, `${outside} 54`, protocol)).toBe(/^\w+ (\S+ \d+) > /.exec(fresh)?.[1]);
  });

  test("a policy between the inner zones is asked, behind the translation", async () => {
    await enforce(persistent("pool p persistent-nat permit any-remote-host"));
    const closed = await boundTo("10.9.0.2 3999", "10.8.0.2 53");
    expect(await inside(`udp 10.9.0.3 5000 > ${closed}`)).toBe("nothing");
  });

  test.each(["target-host", "target-host-port"])("%s: who was not asked waits until he is", async (permit) => {
    await enforce(persistent(`pool p persistent-nat permit ${permit}`));
    for (const [, a, b, outside] of versions) {
      const endOfA = await boundTo(`${a} 4001`, `${outside} 53`);
      const endOfB = await boundTo(`${b} 4002`, `${outside} 53`);
      const before = await strangerCount();
      // The first to send opens its own end for the other, and is not let in: as when both were behind NAT of others.
      expect(await inside(`udp ${b} 4002 > ${endOfA}`)).toBe("nothing");
      expect(await strangerCount()).toBe(before + 1);
      const arrived = await inside(`udp ${a} 4001 > ${endOfB}`);
      expect(arrived).toBe(`udp ${endOfA} > ${b} 4002`);
      expect(await inside(answerTo(arrived).replace(" answer", ""))).toBe(`udp ${endOfB} > ${a} 4001`);
      // Another port of the same host.
      const other = await inside(`udp ${a} 4003 > ${endOfB}`);
      if (permit === "target-host") expect(other).toMatch(new RegExp(`> ${b} 4002$`));
      else expect(other).toBe("nothing");
      // Another host.
      expect(await inside(`udp ${a.replace(/2$/, "7")} 4001 > ${endOfB}`)).toBe("nothing");
    }
  });

  test("the address of an interface, of both versions", async () => {
    await enforce(persistent("interface persistent-nat permit any-remote-host"));
    for (const [, a, b, outside] of versions) {
      const endOfA = await boundTo(`${a} 4004`, `${outside} 53`);
      const endOfB = await boundTo(`${b} 5004`, `${outside} 53`);
      const arrived = await inside(`udp ${b} 5004 > ${endOfA}`);
      expect(arrived).toBe(`udp ${endOfB} > ${a} 4004`);
      expect(await inside(answerTo(arrived).replace(" answer", ""))).toBe(`udp ${endOfA} > ${b} 5004`);
      // The same port of the gateway's inner address is nobody's binding.
      const [, port] = endOfA.split(" ");
      const own = a.includes(":") ? "fd00:1::1" : "10.1.1.1";
      expect(await inside(`udp ${b} 5005 > ${own} ${port}`)).toBe("nothing");
    }
  });

  test("address-mapping: for every protocol", async () => {
    const high = policyLines(["in", "in"], "pings", { application: "junos-icmp-all" });
    await enforce(
      `${persistent("pool p persistent-nat permit any-remote-host; pool p persistent-nat address-mapping")}${high}`,
    );
    const [outerOfA] = (await boundTo("10.9.0.2 4005", "10.8.0.2 53")).split(" ");
    const [outerOfB] = (await boundTo("10.9.0.3 4005", "10.8.0.2 53")).split(" ");
    expect(await inside(`udp 10.9.0.3 5005 > ${outerOfA} 4444`)).toBe(`udp ${outerOfB} 5005 > 10.9.0.2 4444`);
    expect(await inside(`icmp 10.9.0.3 > ${outerOfA} 7`)).toBe(`icmp ${outerOfB} > 10.9.0.2 7`);
  });

  test("what is not bound leads nowhere, and other traffic inside keeps its source", async () => {
    await enforce(persistent("pool p persistent-nat permit any-remote-host"));
    await boundTo("10.9.0.2 4006", "10.8.0.2 53");
    expect(await inside("udp 10.9.0.3 5006 > 198.51.100.10 1")).toBe("nothing");
    expect(await inside("udp 10.9.0.3 5006 > 10.9.0.2 4006")).toBe("udp 10.9.0.3 5006 > 10.9.0.2 4006");
  });

  test("static and destination NAT: the inner zone is named in their rule sets, and in one of source NAT", async () => {
    const fixed = "set security nat static rule-set outer";
    const opened = "set security nat destination rule-set opened";
    await enforce(`${zones}
${fixed} from zone [ in out ]
${fixed} rule mail match destination-address 198.51.100.40/32
${fixed} rule mail then static-nat prefix 10.9.0.40/32
set security nat destination pool web address 10.9.0.41/32 port 4080
${opened} from zone [ in out ]
${opened} rule web match destination-address 198.51.100.41/32
${opened} rule web match destination-port 80
${opened} rule web then destination-nat pool web
set security nat source rule-set turned from zone in
set security nat source rule-set turned to zone in
set security nat source rule-set turned rule back match destination-address 10.9.0.40/31
set security nat source rule-set turned rule back then source-nat interface
set security nat source rule-set unused from zone in
set security nat source rule-set unused to zone out
set security nat source rule-set unused rule r0 match source-address 0.0.0.0/0
set security nat source rule-set unused rule r0 then source-nat pool p persistent-nat permit any-remote-host
`);
    for (const [packet, to] of [
      ["udp 10.9.0.3 5007 > 198.51.100.40 4007", "10.9.0.40 4007"],
      ["tcp 10.9.0.3 5008 > 198.51.100.41 80", "10.9.0.41 4080"],
    ] as const) {
      const arrived = await inside(packet);
      expect(arrived).toMatch(new RegExp(`^\\w+ 10\\.1\\.1\\.1 \\d+ > ${to.replaceAll(".", "\\.")}$`));
      const back = await inside(answerTo(arrived));
      const [protocol, source, port, , outer, outerPort] = packet.split(" ");
      expect(back).toBe(`${protocol} ${outer} ${outerPort} > ${source} ${port}`);
    }
  });
});
