// The law of preparing a change on top of what was prepared before: the same comes out as from a process that has seen
// nothing before, word for word, whatever was edited; and what was not touched stands in it as the same objects.

import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { noAnswers } from "@merlon/compiler/address-members.ts";
import { noRuleIds } from "@merlon/compiler/rule-ids.ts";
import type { RuleIdTable } from "@merlon/compiler/rule-ids.ts";
import { ChildMap } from "@merlon/junos/child-map.ts";
import { editTree } from "@merlon/junos/edit.ts";
import { inherit } from "@merlon/junos/inherit.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { printTree } from "@merlon/junos/print.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import { RuleBook } from "../log/rule-book.ts";
import { inheritOptions, prepare } from "./prepare.ts";
import type { Preparation, Prepared, World } from "./prepare.ts";
import { prepareAhead } from "./prepare-ahead.ts";
import { planSessionReview } from "./plan-session-review.ts";
import { permittedRules, revokedByChange } from "./revocation.ts";

const zones = ["a", "b", "c"];
const policy = ["p", "q", "r", "s"];
const address = ["x", "y", "z", "set-1", "set-2", "any", "any-ipv4", "dyn", "gone"];
const application = ["any", "junos-http", "junos-ssh", "web", "web-set", "missing"];

const oneOf = (words: readonly string[]) => fc.constantFrom(...words);
const pair = fc
  .tuple(oneOf([...zones, "junos-host"]), oneOf([...zones, "junos-host"]))
  .map(([from, to]) => `security policies from-zone ${from} to-zone ${to}`);
const anyPolicy = fc
  .tuple(
    fc.oneof({ weight: 5, arbitrary: pair }, { weight: 1, arbitrary: fc.constant("security policies global") }),
    oneOf(policy),
  )
  .map(([level, name]) => `${level} policy ${name}`);
const book = fc.oneof(
  { weight: 3, arbitrary: fc.constant("security address-book global") },
  {
    weight: 1,
    arbitrary: oneOf([
      "security address-book own",
      "security address-book a:b",
      "security zones security-zone a address-book",
    ]),
  },
);

/** Statements below a policy, complete enough to be accepted often. */
const policyWords = fc.oneof(
  fc.tuple(oneOf(["source", "destination"]), oneOf(address)).map(([side, name]) => `match ${side}-address ${name}`),
  oneOf(application).map((name) => `match application ${name}`),
  oneOf([
    "match source-address-excluded", "then permit", "then deny", "then reject", "then count", "then log session-init",
    "then log session-close", "then permit tcp-options syn-check-required", "then permit application-services idp",
    "match source-identity someone", "scheduler-name day", "scheduler-name night", "scheduler-name missing",
    "description one", "description two", "apply-groups g", "apply-groups-except g", "match from-zone a", "match to-zone b",
  ]), // prettier-ignore
);
const bookWords = fc.oneof(
  fc
    .tuple(
      oneOf(["x", "y", "z", "b:x"]),
      oneOf([
        "10.0.0.1/32",
        "10.0.0.0/24",
        "2001:db8::/32",
        "range-address 10.0.0.9 to 10.0.0.12",
        "dns-name a.example",
        "wildcard-address 10.0.0.1/255.0.0.255",
      ]),
    )
    .map(([name, value]) => `address ${name} ${value}`),
  fc
    .tuple(
      oneOf(["set-1", "set-2"]),
      oneOf(["address x", "address y", "address-set set-1", "address-set set-2", "description d"]),
    )
    .map(([name, member]) => `address-set ${name} ${member}`),
  oneOf(["attach zone a", "attach zone b"]),
);
const others = oneOf([
  "applications application web protocol tcp destination-port 80", "applications application web destination-port 8080",
  "applications application web inactivity-timeout 60", "applications application ping protocol icmp inactivity-timeout 9",
  "applications application-set web-set application web", "applications application-set web-set application junos-ssh",
  "schedulers scheduler day daily all-day", "schedulers scheduler night daily start-time 00:00:01 stop-time 00:00:02",
  "security policies default-policy permit-all", "security policies policy-rematch", "security policies policy-rematch extensive",
  "security zones security-zone c interfaces eth2", "security zones security-zone c interfaces ports host-inbound-traffic system-services ssh",
  "security zones security-zone a host-inbound-traffic system-services ping", "security zones security-zone b screen s",
  "security screen ids-option s icmp ping-death", "security dynamic-address address-name dyn",
  "security flow tcp-session no-syn-check", "security nat source rule-set n from zone a", "security nat source rule-set n to zone b",
  "security nat source rule-set n rule 1 match source-address 10.0.0.0/8", "security nat source rule-set n rule 1 match source-address-name x",
  "security nat source rule-set n rule 1 then source-nat interface", "system host-name fw", "system services ssh",
  "interfaces interface-range ports member eth[3-4]", "interfaces interface-range ports unit 0", "interfaces eth0 unit 0 family inet address 10.0.0.1/24",
  "groups g security policies from-zone <*> to-zone <*> policy <*> then log session-close",
  "groups g security policies from-zone a to-zone b policy <[pq]> match source-address x",
  "groups g security policies from-zone a to-zone b policy late then deny", "groups h apply-groups g", "groups h system host-name other",
  "groups t when time 01:00 to 02:00", "groups t security policies from-zone a to-zone c policy p then count",
  "apply-groups g", "apply-groups h", "apply-groups t", "security apply-groups g", "security policies from-zone a to-zone b apply-groups g",
  "policy-options prefix-list l apply-path \"interfaces <*> unit <*> family inet address <*>\"", "snmp location here",
]); // prettier-ignore
const statement = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(anyPolicy, policyWords).map((words) => words.join(" ")) },
  { weight: 3, arbitrary: fc.tuple(book, bookWords).map((words) => words.join(" ")) },
  { weight: 3, arbitrary: others },
);
const line = fc.oneof(
  { weight: 6, arbitrary: statement.map((words) => `set ${words}`) },
  { weight: 2, arbitrary: fc.tuple(oneOf(["delete", "deactivate", "activate"]), statement).map((words) => words.join(" ")) },
  { weight: 2, arbitrary: fc.tuple(oneOf(["delete", "deactivate", "activate", "protect", "unprotect"]), fc.oneof(anyPolicy, pair, book)).map((words) => words.join(" ")) },
  { weight: 1, arbitrary: fc.tuple(anyPolicy, oneOf(policy)).map(([from, to]) => `rename ${from} to policy ${to}`) },
  { weight: 1, arbitrary: fc.tuple(anyPolicy, oneOf(policy)).map(([from, to]) => `copy ${from} to policy ${to}`) },
  { weight: 1, arbitrary: fc.tuple(anyPolicy, oneOf(["before", "after"]), oneOf(policy)).map(([what, where, other]) => `insert ${what} ${where} policy ${other}`) },
  { weight: 1, arbitrary: fc.tuple(pair, oneOf(zones), oneOf(zones)).map(([what, from, to]) => `rename ${what} to from-zone ${from} to-zone ${to}`) },
); // prettier-ignore

/** Enough for policies to be in force. */
const start = [
  ...zones.map((zone, at) => `set security zones security-zone ${zone} interfaces eth${at}`),
  "set security address-book global address x 10.0.0.1/32",
  "set security address-book global address-set set-1 address x",
  "set schedulers scheduler day daily all-day",
  ...[["a", "b"], ["b", "a"], ["a", "c"]].flatMap(([from, to]) =>
    policy.slice(0, 3).flatMap((name) => {
      const level = `set security policies from-zone ${from} to-zone ${to} policy ${name}`;
      return [`${level} match source-address x destination-address any application any`, `${level} then permit`];
    }),
  ),
].join("\n"); // prettier-ignore

const world = (nowMs: number): World => ({
  nowMs,
  answers: nowMs % 2 === 0 ? noAnswers : new Map([["a.example", rangeSetOf([{ family: 4, first: 9, last: 9 }])]]),
  dynamicMembers: new Map([["dyn", rangeSetOf([{ family: 4, first: 7, last: 8 }])]]),
  fastDevices: new Set(["eth0", "eth1"]),
});

/** A tree that nobody has seen: no node is one of another tree. */
function unseen(node: ConfigNode): ConfigNode {
  return { ...node, children: new ChildMap([...node.children].map(([id, child]) => [id, unseen(child)])) };
}

/** However its children are kept. */
function plain(node: ConfigNode): unknown {
  return { ...node, children: [...node.children].map(([id, child]) => [id, plain(child)]) };
}

function summary(preparation: Preparation): unknown {
  if (!preparation.ok) return preparation;
  const { compiled: _, ir, tree, ...prepared } = preparation.prepared;
  return { ...prepared, tree: plain(tree), ir: { ...ir, addressSets: [...ir.addressSets] }, text: printTree(tree) };
}

function expectSame(
  tree: ConfigNode,
  ruleIds: RuleIdTable,
  now: World,
  before: Prepared | undefined,
): Prepared | undefined {
  const fresh = unseen(tree);
  const options = inheritOptions(now);
  const [expanded, expandedFresh] = [inherit(tree, options), inherit(fresh, options)];
  assert.deepStrictEqual(plain(expanded.tree), plain(expandedFresh.tree));
  assert.deepStrictEqual(expanded.diagnostics, expandedFresh.diagnostics);
  assert.deepStrictEqual(readConfiguration(expanded.tree), readConfiguration(expandedFresh.tree));
  assert.equal(printTree(tree), printTree(fresh));
  const preparation = prepareAhead(tree, ruleIds, now, before);
  assert.deepStrictEqual(summary(preparation), summary(prepareAhead(fresh, ruleIds, now)));
  return preparation.ok ? preparation.prepared : undefined;
}

describe("a change on top of what was prepared before", () => {
  test("is prepared to what a fresh process makes of it", { timeout: 60_000 }, () => {
    const runs = fc.array(fc.tuple(fc.array(line, { minLength: 1, maxLength: 4 }), fc.nat(3)), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(runs, (commits) => {
        let { tree } = loadConfiguration(emptyTree, start, { action: "set", source: "law" });
        let before = expectSame(tree, noRuleIds, world(0), undefined);
        const book = new RuleBook();
        for (const [lines, when] of commits) {
          for (const one of lines) tree = editTree(tree, one, { source: "law" }).tree;
          const next = expectSame(tree, before?.ruleIds ?? noRuleIds, world(when * 3_700_001), before);
          if (next === undefined) continue;
          if (before !== undefined) expectSameConsequences(before, next, book);
          before = next;
        }
      }),
      { numRuns: 12 },
    );
  });
});

/** What is worked out from two IRs that share objects, and from two that do not. */
function expectSameConsequences(before: Prepared, next: Prepared, book: RuleBook): void {
  const [was, now] = [structuredClone(before.ir), structuredClone(next.ir)];
  expect(revokedByChange(before.ir, next.ir)).toEqual(revokedByChange(was, now));
  expect(planSessionReview(before.ir, next.ir) === undefined).toBe(planSessionReview(was, now) === undefined);
  book.replace(before.ir);
  book.replace(next.ir);
  const fresh = new RuleBook();
  fresh.replace(was);
  fresh.replace(now);
  const ids = [...permittedRules(was), ...permittedRules(now)];
  expect(book.permitted()).toEqual(fresh.permitted());
  for (const id of ids) {
    expect(book.find(id)).toEqual(fresh.find(id));
    expect(book.permitOf(id)).toEqual(fresh.permitOf(id));
    expect(book.isRetired(id)).toBe(fresh.isRetired(id));
  }
}

describe("what a change left alone is the same object", () => {
  const prepared = (tree: ConfigNode, before?: Prepared): Prepared => {
    const preparation = prepare(tree, before?.ruleIds ?? noRuleIds, world(0), before);
    if (!preparation.ok) throw new Error(preparation.diagnostics[0]?.message);
    return preparation.prepared;
  };
  const { tree } = loadConfiguration(emptyTree, start, { action: "set", source: "law" });
  const before = prepared(tree);
  const after = (...lines: readonly string[]): Prepared =>
    prepared(
      lines.reduce((edited, one) => editTree(edited, one, { source: "law" }).tree, tree),
      before,
    );
  const ab = "security policies from-zone a to-zone b";

  test("all of the IR, where only a description changed", () => {
    const { ir, ruleIds } = after(`set ${ab} policy q description d`);
    expect(ir.contexts).toBe(before.ir.contexts);
    expect(ir.addressSets).toBe(before.ir.addressSets);
    expect(ir.interfaces).toBe(before.ir.interfaces);
    expect(ruleIds).toBe(before.ruleIds);
  });

  test("the other contexts, the other rules and the match of the changed rule", () => {
    const { ir } = after(`set ${ab} policy q then log session-init`);
    const changed = ir.contexts.filter((context) => !before.ir.contexts.includes(context));
    expect(changed.map(({ fromZone, toZone }) => `${fromZone} ${toZone}`)).toEqual(["a b"]);
    const old = before.ir.contexts.find(({ fromZone, toZone }) => fromZone === "a" && toZone === "b")?.rules ?? [];
    const rules = changed[0]?.rules ?? [];
    expect(rules.map((rule) => old.includes(rule))).toEqual([true, false, true, true]);
    expect(rules[1]?.match).toBe(old[1]?.match);
    expect(ir.addressSets).toBe(before.ir.addressSets);
  });

  test("the members of every other address", () => {
    const { ir } = after(
      "set security address-book global address y 10.0.0.2/32",
      `set ${ab} policy q match source-address y`,
    );
    expect([...ir.addressSets.keys()]).toEqual(["global:x", "global:y"]);
    expect(ir.addressSets.get("global:x")).toBe(before.ir.addressSets.get("global:x"));
    expect(ir.contexts.filter((context) => !before.ir.contexts.includes(context))).toHaveLength(1);
  });

  test("the rules before and behind one that is gone, new or moved", () => {
    const rules = before.ir.contexts.flatMap((context) => context.rules);
    const fresh = (...lines: string[]) =>
      after(...lines)
        .ir.contexts.flatMap((context) => context.rules)
        .filter((rule) => !rules.includes(rule));
    expect(fresh(`delete ${ab} policy p`)).toEqual([]);
    expect(fresh(`insert ${ab} policy r before policy p`)).toEqual([]);
    expect(fresh(`copy ${ab} policy p to policy s`)).toHaveLength(1);
  });
});
