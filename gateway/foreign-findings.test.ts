// Sentences about foreign rules, and which of them become an alarm.

import { expect, test } from "vitest";
import { foreignAlarm, foreignFindings } from "./foreign-findings.ts";
import type { ForeignChain, ForeignRules } from "./kernel/foreign-rules.ts";

const nothing: ForeignRules = { chains: [], flowtables: [], legacy: [], unread: [] };

function chain(more: Partial<ForeignChain> & { readonly does?: Partial<ForeignChain["effects"]> }): ForeignChain {
  const { does, ...rest } = more;
  const effects = { dropsByDefault: false, acts: [], ...does };
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
    ["beside: chain c of table inet t at hook forward hands packets to a program, which may drop them"],
  ],
  ["ARP and bridges", { chains: [chain({ family: "arp", does: { dropsByDefault: true } })] }, []],
  [
    "owners by chain and table",
    {
      chains: [
        chain({ neighbors: ["DOCKER", "KUBE-SERVICES", "x"], does: { acts: ["translates"] } }),
        chain({ table: "netavark", hook: "prerouting", does: { acts: ["translates"] } }),
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
        { family: "ip6", table: "filter", ruleCount: 0, droppingHooks: ["INPUT", "FORWARD"] },
        { family: "ip", table: "nat", ruleCount: 2, droppingHooks: [] },
        { family: "ip", table: "mangle", ruleCount: 0, droppingHooks: [] },
      ],
    },
    [
      "against: chain FORWARD of table filter of ip6tables-legacy drops whatever its own rules do not accept, also what policies permit; ip6tables-legacy -P FORWARD ACCEPT",
      "beside: chain INPUT of table filter of ip6tables-legacy drops what the gateway itself receives",
      "before: table nat of iptables-legacy has 2 rules: policies see translated destinations",
    ],
  ],
])("%s", (_, rules, expected) => {
  const findings = foreignFindings({ ...nothing, ...rules });
  expect(findings.map(({ weight, where, sentence }) => `${weight}: ${where} ${sentence}`)).toEqual(expected);
});

test("only what stands against or beside the policies is an alarm, the worst first", () => {
  const alarmOf = (...chains: readonly ForeignChain[]) => foreignAlarm(foreignFindings({ ...nothing, chains }));
  const translates = chain({ does: { acts: ["translates"] } });
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
