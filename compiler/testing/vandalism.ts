// What somebody with a root shell can do to our table: random changes that the kernel would accept, as tables. Used to
// show that a commit repairs whatever it finds.

import fc from "fast-check";
import type { Arbitrary } from "fast-check";
import { firstValue } from "../nft/first-value.ts";
import type { NftChain, NftRule, NftSet, NftStatement, NftTable, NftTimeout } from "../nft/program.ts";
import { referencesOfChain, referencesOfSet } from "../nft/references.ts";

/** One act, and numbers that say to what it is done. */
export interface Vandalism {
  readonly act: keyof typeof acts;
  readonly where: number;
  readonly which: number;
}

const accept: NftStatement = { kind: "verdict", verdict: { kind: "accept" } };
const strangeRule: NftRule = { statements: [{ kind: "foreign", text: '{"limit":{"rate":3}}' }, accept] };

function pick<T>(items: readonly T[], index: number): T | undefined {
  return items.length === 0 ? undefined : items[index % items.length];
}

function changeChain(table: NftTable, where: number, change: (chain: NftChain) => NftChain): NftTable {
  const victim = pick(table.chains, where);
  return { ...table, chains: table.chains.map((chain) => (chain === victim ? change(chain) : chain)) };
}

function changeSet(table: NftTable, where: number, change: (set: NftSet) => NftSet): NftTable {
  const victim = pick(table.sets, where);
  return { ...table, sets: table.sets.map((set) => (set === victim ? change(set) : set)) };
}

function spliced<T>(items: readonly T[], at: number, remove: number, ...added: readonly T[]): readonly T[] {
  return items.toSpliced(at % (items.length + 1), remove, ...added);
}

const strayChain: NftChain = { name: "visitor", rules: [{ statements: [accept] }] };
const strayBase: NftChain = {
  name: "backdoor",
  hook: { type: "filter", hook: "forward", priority: -20, policy: "accept" },
  rules: [{ statements: [accept], comment: "mine" }],
};
const straySet: NftSet = {
  name: "friends",
  key: ["ipv4_addr"],
  interval: false,
  counter: false,
  elements: [{ key: [{ kind: "addresses", range: { family: 4, first: 1, last: 1 } }] }],
};

/** Stands under a name that the compiler gives as well, with other times. */
const strayTimeout: NftTimeout = { name: "udp_4", protocol: "udp", seconds: { replied: 4000 } };

const acts = {
  "insert a rule": (table: NftTable, where: number, which: number) =>
    changeChain(table, where, (chain) => ({
      ...chain,
      rules: spliced(chain.rules, which, 0, { statements: [accept] }),
    })),
  "insert a rule that is not understood": (table: NftTable, where: number, which: number) =>
    changeChain(table, where, (chain) => ({ ...chain, rules: spliced(chain.rules, which, 0, strangeRule) })),
  "delete a rule": (table: NftTable, where: number, which: number) =>
    changeChain(table, where, (chain) => ({ ...chain, rules: spliced(chain.rules, which, 1) })),
  "swap two rules": (table: NftTable, where: number) =>
    changeChain(table, where, (chain) => ({ ...chain, rules: chain.rules.toReversed() })),
  "change a comment": (table: NftTable, where: number) =>
    changeChain(table, where, (chain) => ({
      ...chain,
      rules: chain.rules.map((rule) => ({ ...rule, comment: "changed" })),
    })),
  "open a policy": (table: NftTable) => ({
    ...table,
    chains: table.chains.map((chain) =>
      chain.hook === undefined ? chain : { ...chain, hook: { ...chain.hook, policy: "accept" as const } },
    ),
  }),
  "move a hook": (table: NftTable) => ({
    ...table,
    chains: table.chains.map((chain) =>
      chain.hook === undefined ? chain : { ...chain, hook: { ...chain.hook, priority: 300 } },
    ),
  }),
  "add a chain that is called": (table: NftTable, where: number) => {
    if (table.chains.some(({ name }) => name === strayChain.name)) return table;
    const rule: NftRule = { statements: [{ kind: "verdict", verdict: { kind: "jump", chain: strayChain.name } }] };
    const changed = changeChain(table, where, (chain) => ({ ...chain, rules: [rule, ...chain.rules] }));
    return { ...changed, chains: [...changed.chains, strayChain] };
  },
  "add a base chain": (table: NftTable) =>
    table.chains.some(({ name }) => name === strayBase.name)
      ? table
      : { ...table, chains: [...table.chains, strayBase] },
  "add a chain at a strange hook": (table: NftTable) =>
    table.chains.some(({ name }) => name === "odd")
      ? table
      : { ...table, chains: [...table.chains, { name: "odd", rules: [], foreign: '{"hook":"ingress"}' }] },
  "add a set that is used": (table: NftTable, where: number) => {
    if (table.sets.some(({ name }) => name === straySet.name)) return table;
    const left = { kind: "payload", protocol: "ip", field: "saddr" } as const;
    const rule: NftRule = { statements: [{ kind: "lookup", key: [left], set: straySet.name, negated: false }, accept] };
    const changed = changeChain(table, where, (chain) => ({ ...chain, rules: [rule, ...chain.rules] }));
    return { ...changed, sets: [...changed.sets, straySet] };
  },
  "empty a set": (table: NftTable, where: number) => changeSet(table, where, (set) => ({ ...set, elements: [] })),
  "delete an element": (table: NftTable, where: number, which: number) =>
    changeSet(table, where, (set) => ({ ...set, elements: spliced(set.elements, which, 1) })),
  "add an element to a counting set": (table: NftTable, _where: number, which: number) => ({
    ...table,
    sets: table.sets.map((set) => {
      const value = 7_000_000 + which;
      const there = set.elements.some((element) => {
        const first = firstValue(element);
        return first?.kind === "number" && first.value === value;
      });
      const elements = [...set.elements, { key: [{ kind: "number" as const, value }] }];
      return set.name === "hits" && !there ? { ...set, elements } : set;
    }),
  }),
  "redirect a map": (table: NftTable, where: number, which: number) =>
    changeSet(table, where, (set) => {
      if (set.data !== "verdict") return set;
      const elements = set.elements.map((element, index) =>
        index === which % set.elements.length ? { ...element, data: { kind: "accept" as const } } : element,
      );
      return { ...set, elements };
    }),
  "make a set of another kind": (table: NftTable, where: number) =>
    changeSet(table, where, (set) => ({ ...set, elements: [], foreign: '{"timeout":5}' })),
  "delete a chain that is not used": (table: NftTable, where: number) => {
    const used = usedChains(table);
    const victim = pick(
      table.chains.filter(({ name }) => !used.has(name)),
      where,
    );
    return { ...table, chains: table.chains.filter((chain) => chain !== victim) };
  },
  "make a chain of another kind": (table: NftTable, where: number) => {
    const used = usedChains(table);
    const free = table.chains.filter(({ name, hook }) => !used.has(name) || hook !== undefined);
    const victim = pick(free, where);
    return {
      ...table,
      chains: table.chains.map((chain) => {
        if (chain !== victim) return chain;
        const { hook, ...plain } = chain;
        return hook === undefined ? { ...chain, hook: strayBase.hook! } : plain;
      }),
    };
  },
  "lead maps to a chain that has lost its hook": (table: NftTable, where: number) => {
    const victim = pick(
      table.chains.filter(({ hook }) => hook !== undefined),
      where,
    );
    if (victim === undefined || table.sets.some(({ name }) => name === "turns")) return table;
    const { hook: _hook, ...plain } = victim;
    const data = { kind: "goto" as const, chain: victim.name };
    const led = { key: [{ kind: "text" as const, value: "stranger" }], data };
    const turns: NftSet = { ...straySet, name: "turns", key: ["ifname"], data: "verdict", elements: [led] };
    const sets = table.sets.map((set) =>
      set.data === "verdict" ? { ...set, elements: set.elements.map((element) => ({ ...element, data })) } : set,
    );
    // A chain that leads to itself by way of a map is a loop, which the kernel refuses; so its rules are gone too.
    const chains = table.chains.map((chain) => (chain === victim ? { ...plain, rules: [] } : chain));
    return { ...table, sets: [...sets, turns], chains };
  },
  "delete the base chains": (table: NftTable) => ({
    ...table,
    chains: table.chains.filter(({ hook }) => hook === undefined),
  }),
  "add a timeout that is used": (table: NftTable, where: number) => {
    if (table.timeouts?.some(({ name }) => name === strayTimeout.name)) return table;
    const rule: NftRule = { statements: [{ kind: "set-timeout", timeout: strayTimeout.name }, accept] };
    const changed = changeChain(table, where, (chain) => ({ ...chain, rules: [rule, ...chain.rules] }));
    return { ...changed, timeouts: [...(table.timeouts ?? []), strayTimeout] };
  },
  "change a timeout": (table: NftTable, where: number) => {
    const victim = pick(table.timeouts ?? [], where);
    if (victim === undefined) return table;
    const changed: NftTimeout = { ...victim, seconds: {} };
    return { ...table, timeouts: table.timeouts!.map((timeout) => (timeout === victim ? changed : timeout)) };
  },
  "add a counter": (table: NftTable) => ({ ...table, others: [{ word: "counter", name: "mine" }] }),
} as const satisfies Record<string, (table: NftTable, where: number, which: number) => NftTable>;

function usedChains(table: NftTable): ReadonlySet<string> {
  return new Set([
    ...table.chains.flatMap((chain) => [...referencesOfChain(chain).chains]),
    ...table.sets.flatMap((set) => [...referencesOfSet(set).chains]),
  ]);
}

export const anyVandalism: Arbitrary<readonly Vandalism[]> = fc.array(
  fc.record({
    act: fc.constantFrom(...(Object.keys(acts) as (keyof typeof acts)[])),
    where: fc.nat(60),
    which: fc.nat(12),
  }),
  { maxLength: 6 },
);

export function vandalise(table: NftTable, done: readonly Vandalism[]): NftTable {
  return done.reduce((changed, { act, where, which }) => acts[act](changed, where, which), table);
}
