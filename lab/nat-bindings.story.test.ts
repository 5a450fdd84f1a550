// Persistent NAT with real packets: an inner address and port keeps its outer one for every server, and who may begin a
// session from outside is what the rule permits. What a binding leads to still meets the policy.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { compileText, policyLines } from "@merlon/compiler/testing/compile-text.ts";
import { runNft } from "@merlon/gateway/kernel/story-tool.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import { NatNetwork } from "./nat-network.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";
const zones = `
set security zones security-zone in interfaces toclient
set security zones security-zone out interfaces toserver
${policyLines(["in", "out"], "surf")}
set applications application high protocol udp destination-port 4000-4999
${policyLines(["out", "in"], "serve", { application: "high" })}
`;
const pool = `
set security nat source pool p address 198.51.100.10/32 to 198.51.100.13/32
set security nat source pool p address fd00:8:9::10/128 to fd00:8:9::13/128
`;

/** A rule for both IP versions. */
function persistent(action: string, more = ""): string {
  const set = "set security nat source rule-set s";
  return `${zones}${pool}${more}
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

describe.skipIf(!enclosed)("persistent NAT", () => {
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

  /** The outer address and port of a packet that arrived. */
  function outerOf(seen: string): string {
    const read = /^\w+ (\S+ \d+) > /.exec(seen);
    if (read?.[1] === undefined) throw new Error(`no packet: ${seen}`);
    return read[1];
  }

  const versions = [
    ["10.9.0.2", "10.8.0.2", "10.8.0.3", /^198\.51\.100\.1[0-3] \d+$/],
    ["fd00:9::2", "fd00:8::2", "fd00:8::3", /^fd00:8:9::1[0-3] \d+$/],
  ] as const;

  test.each(versions)("any-remote-host: everybody may begin a session to %s", async (inner, asked, other, within) => {
    await enforce(persistent("pool p persistent-nat permit any-remote-host"));
    const outer = outerOf(await net.send("client", `udp ${inner} 4000 > ${asked} 53`));
    expect(outer).toMatch(within);
    expect(outerOf(await net.send("client", `udp ${inner} 4000 > ${other} 53`))).toBe(outer);
    expect(await net.send("server", `udp ${asked} 53 > ${outer}`)).toBe(`udp ${asked} 53 > ${inner} 4000`);
    // From a port and from a host that nobody has asked.
    expect(await net.send("server", `udp ${asked} 77 > ${outer}`)).toBe(`udp ${asked} 77 > ${inner} 4000`);
    const third = other.replace(/3$/, "7");
    expect(await net.send("server", `udp ${third} 9 > ${outer}`)).toBe(`udp ${third} 9 > ${inner} 4000`);
    expect(await net.send("client", `udp ${inner} 4000 > ${third} 9`)).toBe(`udp ${outer} > ${third} 9`);
    // Another protocol has a binding of its own, and a port that is not bound leads nowhere.
    expect(await net.send("server", `tcp ${third} 9 > ${outer}`)).not.toContain(inner);
  });

  test.each(versions)("target-host and target-host-port let in whom %s has asked", async (inner, asked, other) => {
    const third = other.replace(/3$/, "7");
    for (const permit of ["target-host", "target-host-port"]) {
      await enforce(persistent(`pool p persistent-nat permit ${permit}`));
      const outer = outerOf(await net.send("client", `udp ${inner} 4001 > ${asked} 53`));
      expect(outerOf(await net.send("client", `udp ${inner} 4001 > ${other} 53`))).toBe(outer);
      const [address, port] = outer.split(" ");
      const strange = await net.send("server", `udp ${third} 53 > ${outer}`);
      expect(strange, permit).not.toContain(inner);
      const samePort = await net.send("server", `udp ${asked} 77 > ${outer}`);
      if (permit === "target-host") expect(samePort).toBe(`udp ${asked} 77 > ${inner} 4001`);
      else expect(samePort).not.toContain(inner);
      // The session is gone, the binding is not.
      await net.kernel.reviewSessions(() => ({ kind: "end" }));
      expect(await net.send("server", `udp ${asked} 53 > ${address} ${port}`)).toBe(`udp ${asked} 53 > ${inner} 4001`);
      await net.kernel.reviewSessions(() => ({ kind: "end" }));
    }
  });

  test("block-ext-session: one outer end for all servers, and nobody begins a session by it", async () => {
    await enforce(persistent("pool p persistent-nat permit any-remote-host; pool p persistent-nat block-ext-session"));
    const outer = outerOf(await net.send("client", "udp 10.9.0.2 4000 > 10.8.0.2 53"));
    expect(outerOf(await net.send("client", "udp 10.9.0.2 4000 > 10.8.0.3 53"))).toBe(outer);
    expect(await net.send("server", `udp 10.8.0.2 53 > ${outer}`)).toBe("udp 10.8.0.2 53 > 10.9.0.2 4000");
    expect(await net.send("server", `udp 10.8.0.2 77 > ${outer}`)).not.toContain("10.9.0.2");
    expect(await net.send("client", `udp 10.9.0.3 4000 > ${outer}`, "client")).toBe("nothing");
  });

  test("what comes to a binding meets the policy, behind the translation", async () => {
    await enforce(persistent("pool p persistent-nat permit any-remote-host"));
    const closed = outerOf(await net.send("client", "udp 10.9.0.2 5000 > 10.8.0.2 53"));
    // The policy lets ports from 4000 to 4999 in, whatever the outer port is.
    expect(await net.send("server", `udp 10.8.0.7 9 > ${closed}`)).toBe("nothing");
    const open = outerOf(await net.send("client", "udp 10.9.0.2 4999 > 10.8.0.2 53"));
    expect(await net.send("server", `udp 10.8.0.7 9 > ${open}`)).toBe("udp 10.8.0.7 9 > 10.9.0.2 4999");
  });

  test("the address of an interface: only what is for the gateway itself is led inwards", async () => {
    await enforce(persistent("interface persistent-nat permit any-remote-host"));
    for (const [inner, asked, own] of [
      ["10.9.0.2", "10.8.0.2", "10.2.1.1"],
      ["fd00:9::2", "fd00:8::2", "fd00:2::1"],
    ] as const) {
      const outer = outerOf(await net.send("client", `udp ${inner} 4002 > ${asked} 53`));
      const [address, port] = outer.split(" ");
      expect(address).toBe(own);
      expect(Number(port)).toBeGreaterThanOrEqual(32_768);
      expect(outerOf(await net.send("client", `udp ${inner} 4002 > ${asked} 54`))).toBe(outer);
      expect(await net.send("server", `udp ${asked} 99 > ${outer}`)).toBe(`udp ${asked} 99 > ${inner} 4002`);
      // The same port of a host behind the gateway is nobody's binding.
      const through = inner.replace(/2$/, "9");
      const passed = await net.send("server", `udp ${asked} 99 > ${through} ${port}`);
      expect([`udp ${asked} 99 > ${through} ${port}`, "nothing"]).toContain(passed);
    }
  });

  test("address-mapping: addresses alone, for every protocol, each inner one with its own", async () => {
    await enforce(
      persistent("pool p persistent-nat permit any-remote-host; pool p persistent-nat address-mapping", ""),
    );
    const addressOf = async (inner: string) =>
      (await net.send("client", `udp ${inner} 4003 > 10.8.0.2 53`)).split(" ")[1];
    const outer = await addressOf("10.9.0.2");
    expect(outer).toMatch(/^198\.51\.100\.1[0-3]$/);
    expect(await net.send("client", "tcp 10.9.0.2 4003 > 10.8.0.2 80")).toBe(`tcp ${outer} 4003 > 10.8.0.2 80`);
    expect(await net.send("client", "icmp 10.9.0.2 > 10.8.0.2 7")).toBe(`icmp ${outer} > 10.8.0.2 7`);
    expect(await net.send("server", `udp 10.8.0.9 1 > ${outer} 4444`)).toBe("udp 10.8.0.9 1 > 10.9.0.2 4444");
    const others = [await addressOf("10.9.0.3"), await addressOf("10.9.0.4"), await addressOf("10.9.0.5")];
    expect(new Set([outer, ...others]).size).toBe(4);
    // Four addresses are bound to four hosts; a fifth is refused, and counts.
    const before = (await net.kernel.readHits("nat_hits")).get(1)?.packets ?? 0;
    expect(await net.send("client", "udp 10.9.0.6 4003 > 10.8.0.2 53")).toBe("nothing");
    expect((await net.kernel.readHits("nat_hits")).get(1)?.packets).toBe(before + 1);
  });

  test("a binding has as many sessions as it may, and a port is drawn once", async () => {
    await enforce(
      persistent(
        "pool q persistent-nat permit any-remote-host; pool q persistent-nat max-session-number 8",
        `
set security nat source pool q address 198.51.100.20/32
set security nat source pool q port range 5000 to 5001
`,
      ),
    );
    const seen: string[] = [];
    for (let port = 1; port <= 9; port++) seen.push(await net.send("client", `udp 10.9.0.2 4004 > 10.8.0.2 ${port}`));
    expect(new Set(seen.slice(0, 8).map(outerOf)).size).toBe(1);
    expect(seen[8]).toBe("nothing");
    const second = outerOf(await net.send("client", "udp 10.9.0.3 4004 > 10.8.0.2 53"));
    expect(second).not.toBe(outerOf(seen[0] ?? ""));
    expect(await net.send("client", "udp 10.9.0.4 4004 > 10.8.0.2 53")).toBe("nothing");
  });

  test("bindings outlive a commit that leaves their rule alone, and end with one that changes it", async () => {
    const text = persistent("pool p persistent-nat permit any-remote-host");
    await enforce(text);
    const outer = outerOf(await net.send("client", "udp 10.9.0.2 4005 > 10.8.0.2 53"));
    await net.kernel.reviewSessions(() => ({ kind: "end" }));
    await enforce(`${text}${policyLines(["in", "out"], "more", { application: "high" })}`);
    expect(await net.send("server", `udp 10.8.0.9 1 > ${outer}`)).toBe("udp 10.8.0.9 1 > 10.9.0.2 4005");
    expect(outerOf(await net.send("client", "udp 10.9.0.2 4005 > 10.8.0.2 54"))).toBe(outer);
    await net.kernel.reviewSessions(() => ({ kind: "end" }));
    await enforce(`${text}set security nat source pool p address 198.51.100.30/32\n`);
    expect(await net.send("server", `udp 10.8.0.9 1 > ${outer}`)).not.toContain("10.9.0.2");
  });
});
