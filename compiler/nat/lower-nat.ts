// Translation as chains of the kernel's type `nat`, which see the first packet of a session alone. The base chains stand
// only where something is translated, for they cost every session. A device leads to its rule sets by one lookup, and rules
// of one shape are found by another, so the cost does not grow with the number of sets or of one-to-one rules.

import type { Family } from "@merlon/model/ip/address.ts";
import type { Ir, IrInterface } from "../ir.ts";
import { chainNamer } from "../nft/chain-names.ts";
import { fixedSet } from "../nft/fixed-set.ts";
import type { AddressSets } from "../nft/lower-addresses.ts";
import type { NftChain, NftElement, NftRule, NftSet, NftStatement } from "../nft/program.ts";
import { equals, goTo, iifname, jump, nfproto, number, oifname, rule, text } from "../nft/statements.ts";
import { generationName } from "../nft/table-names.ts";
import { wayOfClient } from "../screen/lower-cookies.ts";
import type { NatRuleSet } from "./ir-nat.ts";
import { destinationSteps, sourceSteps, staticSteps } from "./nat-steps.ts";
import type { Side, Step } from "./nat-steps.ts";
import { bindingSets } from "./binding-sets.ts";
import { lowerInward } from "./lower-bindings.ts";
import { natChains, natHitsSet, natRefusals } from "./nat-names.ts";
import { persistentRules } from "./persistent-nat.ts";
import type { PersistentRule } from "./persistent-nat.ts";
import { NatRules } from "./nat-rules.ts";

interface Part {
  readonly sets: readonly NftSet[];
  readonly chains: readonly NftChain[];
}

/** NF_IP_PRI_NAT_DST and _SRC. */
const prerouting: NftChain = {
  name: natChains.prerouting,
  hook: { type: "nat", hook: "prerouting", priority: -100, policy: "accept" },
  rules: [rule(jump(natChains.liveIn))],
};
const postrouting: NftChain = {
  name: natChains.postrouting,
  hook: { type: "nat", hook: "postrouting", priority: 100, policy: "accept" },
  rules: [rule(jump(natChains.liveOut))],
};

const families = [4, 6] as const;

/** `cookies`: whether the gateway opens sessions for clients that brought a SYN cookie. */
export function lowerNat(
  ir: Ir,
  generation: number,
  { addressSets, cookies }: { readonly addressSets: AddressSets; readonly cookies: boolean },
): Part {
  const { nat } = ir;
  if (nat === undefined || ruleCount(nat) === 0) return { sets: [], chains: [] };
  const draft = new Draft(ir, generation, addressSets, cookies);
  draft.lowerIn();
  draft.lowerOut();
  const live = (name: string, to: string): NftChain => ({
    name,
    rules: [{ statements: [goTo(generationName(to, generation))], comment: `generation ${generation}` }],
  });
  return {
    sets: [hitsOf(nat), ...draft.sets],
    chains: [
      prerouting,
      postrouting,
      live(natChains.liveIn, "nat_in"),
      live(natChains.liveOut, "nat_out"),
      ...draft.chains,
    ],
  };
}

type Nat = NonNullable<Ir["nat"]>;

function ruleCount({ static: fixed, destination, source }: Nat): number {
  return [...fixed, ...destination, ...source].reduce((sum, { rules }) => sum + rules.length, 0);
}

/**
 * What rules have translated. The rest is there so that a lookup never fails: to count never decides. There are two sizes,
 * because a set whose size changes is made anew, with all counts at zero.
 */
function hitsOf({ static: fixed, destination, source }: Nat): NftSet {
  const ids = [...fixed, ...destination, ...source].flatMap(({ rules }) => rules.map(({ id }) => id));
  const [usual, max] = [2 ** 14, 2 ** 24];
  return {
    name: natHitsSet,
    key: ["mark"],
    interval: false,
    counter: true,
    size: ids.length < usual ? usual : max,
    elements: [...[natRefusals, ...ids].map((id): NftElement => ({ key: [number(id)] })), { key: "rest" }],
  };
}

class Draft {
  readonly #ir: Ir;
  readonly #generation: number;
  readonly #rules: NatRules;
  readonly #cookies: boolean;
  readonly #nameChain = chainNamer();
  readonly #chains: NftChain[] = [];
  readonly #maps: NftSet[] = [];
  /** Chains of rule sets that have been made, and undefined for those without any rule. */
  readonly #ofSets = new Map<string, string | undefined>();
  readonly #ofWays = new Map<string, string>();
  readonly #persistent: readonly PersistentRule[];

  constructor(ir: Ir, generation: number, addressSets: AddressSets, cookies: boolean) {
    this.#ir = ir;
    this.#cookies = cookies;
    this.#generation = generation;
    this.#rules = new NatRules(generation, addressSets, this.#nameChain);
    this.#persistent = persistentRules(ir);
  }

  get sets(): readonly NftSet[] {
    const bindings =
      this.#persistent.length === 0 ? [] : families.flatMap((family) => Object.values(bindingSets[family]));
    return [...this.#maps, ...this.#rules.sets, ...bindings];
  }

  get chains(): readonly NftChain[] {
    return [...this.#chains, ...this.#rules.chains];
  }

  lowerIn(): void {
    const { nat, interfaces } = this.#ir;
    const rules: NftRule[] = [];
    for (const family of families) {
      const elements: NftElement[] = [];
      const bound = this.#boundOf(family);
      for (const { device } of interfaces) {
        const ways = [
          ...this.#chainsOf("static", nat?.static, [device], family, (set) => staticSteps(set, "destination", family)),
          ...this.#chainsOf("dnat", nat?.destination, [device], family, (set) =>
            destinationSteps(this.#ir, set, family),
          ),
          ...(bound?.devices.has(device) === true ? [bound.chain] : []),
        ];
        const chain = this.#way("in", ways, family);
        if (chain !== undefined) elements.push({ key: [text(device)], data: { kind: "goto", chain } });
      }
      rules.push(...this.#dispatch("nat_in", family, [iifname], elements));
    }
    this.#chains.push({ name: this.#named("nat_in"), rules });
  }

  lowerOut(): void {
    const { nat, interfaces } = this.#ir;
    const rules: NftRule[] = [];
    for (const family of families) {
      const elements: NftElement[] = [];
      for (const leaving of interfaces) {
        const backwards = this.#chainsOf("rstatic", nat?.static, [leaving.device], family, (set) =>
          staticSteps(set, "source", family),
        );
        for (const entering of interfaces) {
          const devices = [entering.device, leaving.device];
          const forwards = this.#chainsOf("snat", nat?.source, devices, family, (set) =>
            sourceSteps(this.#ir, set, family),
          );
          const chain = this.#way("out", [...backwards, ...forwards], family);
          if (chain !== undefined) elements.push(pairElement(entering, leaving, chain));
        }
      }
      rules.push(...this.#dispatch("nat_out", family, [iifname, oifname], elements));
    }
    this.#chains.push({ name: this.#named("nat_out"), rules });
  }

  /** Where bindings lead inwards, and by which devices; undefined where no rule of this IP version makes any. */
  #boundOf(family: Family): { readonly chain: string; readonly devices: ReadonlySet<string> } | undefined {
    const rules = this.#persistent.filter(
      ({ outer }) => outer.kind === "device" || outer.pool.ranges.some((range) => range.family === family),
    );
    if (rules.length === 0) return undefined;
    const names = { nameOf: (...words: readonly string[]) => this.#named(...words), generation: this.#generation };
    const { start, sets, chains } = lowerInward(this.#ir, rules, family, names);
    this.#maps.push(...sets);
    this.#chains.push(...chains);
    return { chain: start, devices: new Set(rules.flatMap(({ set }) => set.to.devices)) };
  }

  #named(...words: readonly string[]): string {
    return generationName(this.#nameChain(...words), this.#generation);
  }

  /** The chains of the sets that count for these devices, the most specific first. */
  #chainsOf<S extends NatRuleSet<unknown>>(
    word: string,
    sets: readonly S[] | undefined,
    [from = "", to]: readonly string[],
    family: Family,
    stepsOf: (set: S) => readonly Step[],
  ): readonly string[] {
    const side: Side = word === "static" || word === "dnat" ? "destination" : "source";
    return (sets ?? []).flatMap((set) => {
      if (!set.from.devices.includes(from)) return [];
      if (to !== undefined && !(set as { to?: NatRuleSet<unknown>["from"] }).to?.devices.includes(to)) return [];
      const key = `${word} ${family} ${set.name}`;
      if (!this.#ofSets.has(key)) this.#ofSets.set(key, this.#chainOf(word, set.name, side, family, stepsOf(set)));
      return this.#ofSets.get(key) ?? [];
    });
  }

  #chainOf(word: string, set: string, side: Side, family: Family, steps: readonly Step[]): string | undefined {
    const rules = this.#rules.lower(steps, side, family);
    if (rules.length === 0) return undefined;
    const name = this.#named(`${word}${family}`, set);
    this.#chains.push({ name, rules });
    return name;
  }

  /** One chain that asks several, made once for all devices that ask the same. */
  #way(word: string, chains: readonly string[], family: Family): string | undefined {
    if (chains.length < 2) return chains[0];
    const key = chains.join(" ");
    const known = this.#ofWays.get(key);
    if (known !== undefined) return known;
    const name = this.#named(`nat_${word}${family}`);
    this.#ofWays.set(key, name);
    this.#chains.push({ name, rules: chains.map((chain) => rule(jump(chain))) });
    return name;
  }

  #dispatch(
    word: "nat_in" | "nat_out",
    family: Family,
    key: readonly (typeof iifname)[],
    elements: readonly NftElement[],
  ): readonly NftRule[] {
    if (elements.length === 0) return [];
    const map = generationName(`${word}${family}_ways`, this.#generation);
    this.#maps.push(
      fixedSet(
        map,
        key.map(() => "ifname" as const),
        "verdict",
        elements,
      ),
    );
    const lookup: NftStatement = { kind: "vmap", key, map };
    const ways = [rule(equals(nfproto, text(family === 4 ? "ipv4" : "ipv6")), lookup)];
    // What the gateway sends for a client came in by no device: without this its source would leave as it is.
    return word === "nat_out" && this.#cookies ? [...ways, wayOfClient(family, map)] : ways;
  }
}

function pairElement(entering: IrInterface, leaving: IrInterface, chain: string): NftElement {
  return { key: [text(entering.device), text(leaving.device)], data: { kind: "goto", chain } };
}
