// The commands about translation, over a gateway with a kernel in memory.

import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bindingSets } from "@merlon/compiler/nat/binding-sets.ts";
import { natHitsSet, natStrangers } from "@merlon/compiler/nat/nat-names.ts";
import { persistentRules } from "@merlon/compiler/nat/persistent-nat.ts";
import type { NftValue } from "@merlon/compiler/nft/program.ts";
import { parseIp } from "@merlon/model/ip/address.ts";
import { operationNamed } from "./operations.ts";
import type { FilledElement, KernelTuple } from "../kernel/kernel.ts";
import { expectEnforced, freshGateway, typeAs } from "../testing/test-gateway.ts";
import type { GatewayCase } from "../testing/test-gateway.ts";

let made: GatewayCase;
const caller = { user: "anna", via: "cli" } as const;

const lines = `
set security nat source pool p address 198.51.100.16/29
set security nat source rule-set s from zone web
set security nat source rule-set s to zone data
set security nat source rule-set s rule hide match source-address 10.0.0.0/8
set security nat source rule-set s rule hide match destination-port 80
set security nat source rule-set s rule hide then source-nat pool p
set security nat source rule-set s rule rest match source-address 0.0.0.0/0
set security nat source rule-set s rule rest then source-nat interface
set security nat destination pool w address 10.1.0.80/32 port 8080
set security nat destination rule-set d from zone data
set security nat destination rule-set d rule web match destination-address 198.51.100.1/32
set security nat destination rule-set d rule web then destination-nat pool w
set security nat static rule-set t from zone data
set security nat static rule-set t rule one match destination-address 198.51.100.64/28
set security nat static rule-set t rule one then static-nat prefix 10.1.0.64/28
`;

function tuple(from: string, to: string): KernelTuple {
  const [source, destination] = [parseIp(from), parseIp(to)];
  if (source === undefined || destination === undefined) throw new Error(`${from} ${to}`);
  return { source, destination, protocol: 6, sourcePort: 4000, destinationPort: 80 };
}

beforeAll(async () => {
  made = await freshGateway("nat-ops");
  expect(await typeAs(made.gateway, "anna", "configure", ...lines.trim().split("\n"), "commit")).toContain("complete");
  const id = made.gateway.running?.prepared.ir.nat?.source[0]?.rules[0]?.id ?? 0;
  made.kernel.hits.set(natHitsSet, new Map([[id, { packets: 5, bytes: 300 }]]));
  made.kernel.sessions = [
    {
      id: 1,
      mark: 17,
      original: tuple("10.0.0.1", "10.2.0.1"),
      reply: tuple("10.2.0.1", "198.51.100.17"),
      natRules: { source: id },
    },
  ];
  await typeAs(made.gateway, "anna", "exit configuration-mode");
});
afterAll(() => rm(made.folder, { recursive: true }));

test("the kernel has the chains and counters of translation", () => expectEnforced(made.gateway, made.kernel));

test.each([
  [
    "show security nat source rule hide",
    `Total rules: 2
Total referenced IPv4/IPv6 ip-prefixes: 2/0
source NAT rule: hide                   Rule-set: s
  Rule-Id                    : ID
  Rule position              : 1
  From zone                  : web
  To zone                    : data
  Match
    Source addresses         : 10.0.0.0        - 10.255.255.255
    Destination port         : 80 - 80
    IP protocol              : tcp
                             : udp
  Action                     : p
    Persistent NAT type      : N/A
    Persistent NAT mapping type: address-port-mapping
    Inactivity timeout       : 0
    Max session number       : 0
  Translation hits           : 5
    Successful sessions      : 5
    Failed sessions          : 0
  Number of sessions         : 1
`,
  ],
  [
    "show security nat destination rule all",
    `Total destination-nat rules: 1
Total referenced IPv4/IPv6 ip-prefixes: 1/0
Destination NAT rule: web               Rule-set: d
  Rule-Id                    : ID
  Rule position              : 1
  From zone                  : data
    Destination addresses    : 198.51.100.1    - 198.51.100.1
  Action                     : w
  Translation hits           : 0
    Successful sessions      : 0
    Failed sessions          : 0
  Number of sessions         : 0
`,
  ],
  [
    "show security nat static rule all",
    `Total static-nat rules: 1
Total referenced IPv4/IPv6 ip-prefixes: 1/0
Static NAT rule: one                    Rule-set: t
  Rule-Id                    : ID
  Rule position              : 1
  From zone                  : data
    Destination addresses    : 198.51.100.64   - 198.51.100.79
  Host addresses             : 10.1.0.64
  Netmask                    : 28
  Host routing-instance      : N/A
  Translation hits           : 0
    Successful sessions      : 0
    Failed sessions          : 0
  Number of sessions         : 0
`,
  ],
  [
    "show security nat source pool all",
    `Total pools: 1
Pool name          : p
Pool id            : 1
Routing instance   : default
Host address base  : 0.0.0.0
Port               : [1024, 63487]
Port overloading   : 1
Address assignment : no-paired
Total addresses    : 8
Translation hits   : 5
Address range                        Single Ports   Twin Ports
  198.51.100.16 - 198.51.100.23      1              0
Total used ports   : 1
`,
  ],
  [
    "show security nat destination pool w",
    `Total destination-nat pools: 1
Pool name       : w
Pool id         : 1
Routing instance: default
Total address   : 1
Translation hits: 0
Address range                        Port
 10.1.0.80       - 10.1.0.80         8080
`,
  ],
  [
    "show security nat source summary",
    `Total port number usage for port translation pool: 1
Maximum port number for port translation pool: 67108864
Total pools: 1
Pool name            Address                        Routing        PAT   Total
                     Range                          Instance             Address
p                    198.51.100.16-198.51.100.23    default        yes   8

Total rules: 2
Rule name            Rule set         From               To                 Action
hide                 s                web                data               p
rest                 s                web                data               interface
`,
  ],
])("%s", async (command, expected) => {
  expect((await typeAs(made.gateway, "anna", command)).replace(/(Rule-Id +: )\d+/g, "$1ID")).toBe(expected);
});

describe("what became of the packets that a rule has counted", () => {
  const outcomeOf = async (kind: "source" | "destination", rule: string) => {
    const text = await typeAs(made.gateway, "anna", `show security nat ${kind} rule ${rule}`);
    const [, ...counts] =
      /hits +: (\S+)\n +Successful sessions +: (\S+)\n +Failed sessions +: (\S+)\n/.exec(text) ?? [];
    const answer = await operationNamed(`show-security-nat-${kind}-rule`)?.execute(
      made.gateway,
      { "rule-name": rule },
      caller,
    );
    const xml = JSON.stringify(answer?.reply?.());
    return [...counts, xml.includes("succ-hits"), xml.includes("failed-hits")];
  };

  test("they are sessions while the kernel has dropped nothing that it could keep no session for", async () => {
    expect(await outcomeOf("source", "hide")).toEqual(["5", "5", "0", true, true]);
  });

  test("nobody can tell when it has dropped something, but of a rule without hits", async () => {
    made.kernel.sessionFailureCount = 2;
    expect(await outcomeOf("source", "hide")).toEqual(["5", "N/A", "N/A", false, false]);
    expect(await outcomeOf("source", "rest")).toEqual(["0", "0", "0", true, true]);
    made.kernel.sessionFailureCount = 0;
  });

  test("nobody can tell of destinations, which are translated in front of the policies", async () => {
    expect(await outcomeOf("destination", "web")).toEqual(["0", "0", "0", true, true]);
    const id = made.gateway.running?.prepared.ir.nat?.destination[0]?.rules[0]?.id ?? 0;
    const before = await made.kernel.readHits(natHitsSet);
    made.kernel.hits.set(natHitsSet, new Map([...before, [id, { packets: 4, bytes: 240 }]]));
    expect(await outcomeOf("destination", "web")).toEqual(["4", "N/A", "N/A", false, false]);
    made.kernel.hits.set(natHitsSet, new Map(before));
  });
});

test("a port of a pool that leads to several servers is used once", async () => {
  const before = made.kernel.sessions;
  const [first] = before;
  if (first === undefined) throw new Error("there is no session");
  const to = (id: number, server: string, outer: string) => ({
    ...first,
    id,
    original: tuple("10.0.0.1", server),
    reply: tuple(server, outer),
  });
  made.kernel.sessions = [
    first,
    to(2, "10.2.0.2", "198.51.100.17"),
    to(3, "10.2.0.3", "198.51.100.17"),
    to(4, "10.2.0.3", "198.51.100.18"),
  ];
  const text = await typeAs(made.gateway, "anna", "show security nat source pool all");
  expect(text).toMatch(/198\.51\.100\.16 - 198\.51\.100\.23 +2 +0\nTotal used ports +: 2\n/);
  expect(await typeAs(made.gateway, "anna", "show security nat source rule hide")).toMatch(/Number of sessions +: 4\n/);
  made.kernel.sessions = before;
});

test("counters are cleared by rule and by pool", async () => {
  const before = made.kernel.table;
  expect(await typeAs(made.gateway, "anna", "clear security nat statistics source rule hide")).toMatch(
    /of 1 NAT rules/,
  );
  expect(await typeAs(made.gateway, "anna", "clear security nat statistics source pool all")).toMatch(/of 1 NAT rules/);
  expect(await typeAs(made.gateway, "anna", "clear security nat statistics static rule all")).toMatch(/of 1 NAT rules/);
  expect(await typeAs(made.gateway, "anna", "clear security nat statistics static rule no")).toMatch(/of 0 NAT rules/);
  expect(made.kernel.table?.sets.length).toBe(before?.sets.length);
  expectEnforced(made.gateway, made.kernel);
});

test("as RPCs they have the names and roots of the original", async () => {
  const roots = [
    ["show-security-nat-source-rule", "source-nat-rule-detail-information"],
    ["show-security-nat-static-rule", "static-nat-rule-information"],
    ["show-security-nat-destination-pool", "destination-nat-pool-information"],
    ["show-security-nat-source-summary", "source-nat-summary"],
  ] as const;
  for (const [name, root] of roots) {
    const answer = await operationNamed(name)?.execute(made.gateway, {}, caller);
    expect(answer?.reply?.().name).toBe(root);
  }
});

describe("the table of persistent NAT", () => {
  const number = (value: number): NftValue => ({ kind: "number", value });
  const ipv4 = (first: number): NftValue => ({ kind: "addresses", range: { family: 4, first, last: first } });
  const table = "security nat source persistent-nat-table";

  /** Host 1 has a session by its binding, host 2 none any more; a row of another rule leads nowhere. */
  function stand(): void {
    const { kernel, gateway } = made;
    const ir = gateway.running?.prepared.ir;
    const [rule] = ir === undefined ? [] : persistentRules(ir);
    const { bound, taken, inward, peers, busy } = bindingSets[4];
    const outer = (host: number) => [number(6), ipv4(0xc633_6410), number(5000 + host)];
    const rows = [rule?.bindingClass ?? 0, rule?.bindingClass ?? 0, 7].map((bindingClass, host): FilledElement => ({
      key: [number(6), number(bindingClass), ipv4(0x0a09_0001 + host), number(4000)],
      data: outer(host),
      remainingMs: 250_000,
    }));
    kernel.filled.set(bound.name, rows);
    kernel.filled.set(
      taken.name,
      rows.map((_, host) => ({ key: outer(host) })),
    );
    kernel.filled.set(
      inward.name,
      rows.map(({ key }, host) => ({ key: outer(host), data: key })),
    );
    kernel.filled.set(
      peers.name,
      rows.map((_, host) => ({ key: [...outer(host), ipv4(9), number(0)] })),
    );
    kernel.filled.set(busy.name, [{ key: outer(0) }]);
    const id = rule?.rule.id ?? 0;
    const session = { id: 2, mark: 17, natRules: { source: id } };
    const original = tuple("10.9.0.1", "10.2.0.1");
    kernel.sessions = [{ ...session, original, reply: tuple("10.2.0.1", "198.51.100.16") }];
  }

  beforeAll(async () => {
    const more = [
      "set security nat source rule-set s rule voice match source-address 10.9.0.0/16",
      "set security nat source rule-set s rule voice then source-nat pool p persistent-nat permit target-host",
      "insert security nat source rule-set s rule voice before rule hide",
    ];
    expect(await typeAs(made.gateway, "anna", "configure", ...more, "commit")).toContain("complete");
    await typeAs(made.gateway, "anna", "exit configuration-mode");
    stand();
  });

  test("as text, with times and sessions", async () => {
    expect(await typeAs(made.gateway, "anna", `show ${table} all`)).toBe(
      `In_IP     In_Port  Proto  Ref_IP         Ref_Port  NAT_Pool  Type         Left/Conf_Time  Curr/Max_Sess  NAT_Rule
10.9.0.1  4000     tcp    198.51.100.16  5000      p         target-host  -/300           1/30           voice
10.9.0.2  4000     tcp    198.51.100.16  5001      p         target-host  250/300         0/30           voice
`,
    );
    expect(await typeAs(made.gateway, "anna", `show ${table} internal-ip 10.9.0.2 internal-port 4001`)).toBe("");
    expect(await typeAs(made.gateway, "anna", `show ${table} interface`)).toBe("");
    made.kernel.hits.set(natHitsSet, new Map([[natStrangers, { packets: 3, bytes: 0 }]]));
    expect(await typeAs(made.gateway, "anna", `show ${table} summary`)).toMatch(
      /binding in use +: 2\n[^]*sessions refused: 0\n +strangers inside: 3\n/,
    );
    expect(await typeAs(made.gateway, "anna", "show security nat source rule voice")).toMatch(
      /Persistent NAT type +: target-host\n.*address-port-mapping\n +Inactivity timeout +: 300\n +Max session number +: 30/,
    );
  });

  test.each([
    [`show ${table} all`, "persist-nat-table"],
    [`show ${table} summary`, "persist-nat-table-statistic"],
  ])("%s as an RPC", async (command, root) => {
    const answer = await operationNamed(command.replaceAll(" ", "-"))?.execute(made.gateway, {}, caller);
    expect(answer?.reply?.().name).toBe(root);
  });

  test("what has no session is forgotten with all its rows, the rest stays", async () => {
    expect(await typeAs(made.gateway, "anna", `clear ${table} all`)).toBe(
      "1 persistent NAT bindings cleared, 1 with sessions kept\n",
    );
    const { bound, taken, inward, peers } = bindingSets[4];
    for (const { name } of [bound, taken, inward, peers]) expect(made.kernel.filled.get(name)).toHaveLength(2);
    expect(await typeAs(made.gateway, "anna", `clear ${table} internal-ip 10.9.0.2`)).toBe(
      "0 persistent NAT bindings cleared\n",
    );
  });
});
