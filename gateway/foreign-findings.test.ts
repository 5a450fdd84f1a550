// Sentences about foreign rules, and which of them become an alarm.

import { expect, test } from "vitest";
import { parsePrefix } from "@merlon/model/ip/prefix.ts";
import { foreignAlarm, foreignFindings } from "./foreign-findings.ts";
import type { KernelLink } from "./kernel/kernel.ts";
import type { ForeignChain, ForeignRules } from "./kernel/foreign-rules.ts";

const nothing: ForeignRules = { chains: [], flowtables: [], legacy: [], unread: [] };

function chain(more: Partial<ForeignChain> & { readonly does?: Partial<ForeignChain["effects"]> }): ForeignChain {
  const { does, ...rest } = more;
  const effects = { dropsByDefault: false, acts: [], devices: [], ...does };
  return { family: "inet", table: "t", name: "c", hook: "forward", priority: 0, neighbors: [], effects, ...rest };
}

test.each<[what: string, rules: Partial<ForeignRules>, expected: readonly string[]]>([
  ["nothing", {}, []],
  ["a chain that accepts", { chains: [chain({})] }, []],
  [
    "a chain that drops some",
    { chains: [chain({ does: { acts: ["drops"] } })] },
    ["beside: chain c of table inet t at hook forward may drop what policies permit"],
  ],
  [
    "a chain that drops the rest, said once",
    { chains: [chain({ hook: "postrouting", does: { acts: ["drops"], dropsByDefault: true } })] },
    [
      "against: chain c of table inet t at hook postrouting drops whatever its own rules do not accept, also what policies permit",
    ],
  ],
  [
    "what the gateway itself receives and sends",
    {
      chains: [
        chain({ hook: "input", does: { dropsByDefault: true } }),
        chain({ hook: "output", does: { dropsByDefault: true } }),
      ],
    },
    [
      "beside: chain c of table inet t at hook input drops what the gateway itself receives",
      "beside: chain c of table inet t at hook output drops what the gateway itself sends",
    ],
  ],
  [
    "a program that decides",
    { chains: [chain({ does: { acts: ["queues"] } })] },
    ["beside: chain c of table inet t at hook forward hands packets to a program, which may drop or change them"],
  ],
  ["ARP and bridges", { chains: [chain({ family: "arp", does: { dropsByDefault: true } })], wires: true }, []],
  ["bridges", { chains: [chain({ family: "bridge", does: { acts: ["drops", "marks", "remarks"] } })] }, []],
  [
    "bridges beside secure wires",
    {
      chains: [
        chain({ family: "bridge", hook: "prerouting", does: { acts: ["drops", "marks"] } }),
        chain({ family: "bridge", hook: "input", does: { acts: ["drops"] } }),
        chain({ name: "late", hook: "postrouting", does: { acts: ["marks"] } }),
      ],
      wires: true,
    },
    [
      "against: chain c of table bridge t at hook prerouting sets the mark of packets, by which Merlon knows the ports of secure wires; let it pass them by",
      "beside: chain c of table bridge t at hook prerouting may drop what policies permit",
    ],
  ],
  ["the mark of packets", { chains: [chain({ hook: "prerouting", does: { acts: ["marks"] } })] }, []],
  [
    "the connection mark, of sessions in transit and of the gateway's own",
    { chains: [chain({ does: { acts: ["remarks"] } }), chain({ hook: "input", does: { acts: ["remarks"] } })] },
    [
      "against: chain c of table inet t at hook forward sets the connection mark, where Merlon keeps the policy of sessions: they may break off, be in no list or log, and outlive their policy; let it set no bits but 0xff000000",
      "beside: chain c of table inet t at hook input sets the connection mark, where Merlon keeps the policy of the gateway's own sessions: they may break off, be in no list or log, and outlive their policy; let it set no bits but 0xff000000",
    ],
  ],
  [
    "drops the rest and more",
    { chains: [chain({ does: { acts: ["diverts", "drops"], dropsByDefault: true } })] },
    [
      "against: chain c of table inet t at hook forward drops whatever its own rules do not accept, also what policies permit",
      "against: chain c of table inet t at hook forward hands packets to another device, past every policy; delete that rule",
    ],
  ],
  [
    "owners by chain and table",
    {
      chains: [
        chain({ neighbors: ["DOCKER", "KUBE-SERVICES", "x"], does: { acts: ["translates"], devices: [] } }),
        chain({ table: "netavark", hook: "prerouting", does: { acts: ["translates"], devices: [] } }),
      ],
    },
    [
      "before: chain c of table inet t (Docker, kube-proxy) at hook forward translates addresses: logs show the translated source",
      "before: chain c of table inet netavark (Podman) at hook prerouting translates addresses: policies see the translated destination",
    ],
  ],
  [
    "flowtables and tables that are too large",
    {
      flowtables: [{ family: "ip", table: "fast", name: "f" }],
      unread: [{ family: "ip", table: "huge" }],
    },
    [
      "against: flowtable f of table ip fast carries sessions past Merlon, also when a commit revokes them; delete it",
      "beside: table ip huge has more rules than Merlon looks through; what they do is not known",
    ],
  ],
  [
    "the old iptables",
    {
      legacy: [
        { family: "ip6", table: "filter", ruleCount: 0, droppingHooks: ["INPUT", "FORWARD"], acts: [], devices: [] },
        { family: "ip", table: "nat", ruleCount: 2, droppingHooks: [], acts: ["translates"], devices: [] },
        { family: "ip", table: "mangle", ruleCount: 0, droppingHooks: [], acts: [], devices: [] },
      ],
    },
    [
      "against: chain FORWARD of table filter of ip6tables-legacy drops whatever its own rules do not accept, also what policies permit; ip6tables-legacy -P FORWARD ACCEPT",
      "beside: chain INPUT of table filter of ip6tables-legacy drops what the gateway itself receives",
      "before: table nat of iptables-legacy has 2 rules: policies see translated destinations",
    ],
  ],
  [
    "what the old iptables do",
    {
      legacy: [
        {
          family: "ip",
          table: "raw",
          ruleCount: 1,
          droppingHooks: [],
          acts: ["drops", "marks", "untracks"],
          devices: [],
        },
      ],
    },
    [
      "against: table raw of iptables-legacy takes packets out of connection tracking, and Merlon drops them in transit",
      "beside: table raw of iptables-legacy has 1 rule, which may drop what policies permit; look at them with iptables-legacy -t raw -S",
    ],
  ],
])("%s", (_, rules, expected) => {
  const findings = foreignFindings({ ...nothing, ...rules });
  expect(findings.map(({ weight, where, sentence }) => `${weight}: ${where} ${sentence}`)).toEqual(expected);
});

test("only what stands against or beside the policies is an alarm, the worst first", () => {
  const alarmOf = (...chains: readonly ForeignChain[]) => foreignAlarm(foreignFindings({ ...nothing, chains }));
  const translates = chain({ does: { acts: ["translates"], devices: [] } });
  const drops = chain({ does: { acts: ["drops"] } });
  const closes = chain({ name: "door", does: { dropsByDefault: true } });
  expect(alarmOf()).toBeUndefined();
  expect(alarmOf(translates)).toBeUndefined();
  expect(alarmOf(translates, drops)).toEqual({
    severity: "minor",
    message: "chain c of table inet t at hook forward may drop what policies permit",
  });
  expect(alarmOf(drops, closes, translates, closes)).toMatchObject({
    severity: "major",
    message: expect.stringMatching(/^chain door .*; and 1 more: show system foreign-rules$/),
  });
});

test("bridges with addresses in no zone, for which others route", () => {
  const address = parsePrefix("172.17.0.1/16") ?? expect.fail();
  const linkLocal = parsePrefix("fe80::1/64") ?? expect.fail();
  const bridge = (device: string, index: number, more: Partial<KernelLink> = {}): KernelLink => ({
    index,
    device,
    up: true,
    carrier: true,
    mtu: 1_500,
    macAddress: "",
    virtual: { kind: "bridge", ours: false },
    addresses: [address],
    statistics: { receivedPackets: 0, receivedBytes: 0, sentPackets: 0, sentBytes: 0 },
    ...more,
  });
  const links = [
    bridge("docker0", 2),
    bridge("virbr0", 3),
    bridge("br-1a2b", 4),
    bridge("old0", 5),
    bridge("zoned", 6),
    bridge("switch", 7, { addresses: [linkLocal] }),
    bridge("idle", 8),
    bridge("wire-w", 9, { virtual: { kind: "bridge", ours: true } }),
    { ...bridge("eth0", 10), virtual: undefined },
  ].map(({ virtual, ...link }) => (virtual === undefined ? link : { ...link, virtual }));
  const devices = ["docker0", 3, "br-*", "zoned", "switch", "wire-w", "eth0"];
  const rules: ForeignRules = {
    ...nothing,
    chains: [chain({ does: { devices } }), chain({ hook: "input", does: { devices: ["idle"] } })],
    legacy: [
      { family: "ip", table: "filter", ruleCount: 0, droppingHooks: [], acts: [], devices: ["old0"] },
      { family: "ip", table: "nat", ruleCount: 0, droppingHooks: [], acts: [], devices: ["idle"] },
    ],
  };
  const sentence =
    "has addresses, rules of others route for it, and it is in no zone: what it routes is refused; give it a zone";
  expect(foreignFindings(rules, { links, zoned: new Set(["zoned"]) })).toEqual(
    ["docker0", "virbr0", "br-1a2b", "old0"].map((device) => ({
      weight: "beside",
      where: `bridge ${device}`,
      sentence,
    })),
  );
  expect(foreignFindings(rules)).toEqual([]);
});
