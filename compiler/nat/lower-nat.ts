// Translation as chains of the kernel's type `nat`, which see the first packet of a session alone. The base chains stand
// only where something is translated, for they cost every session. A device leads to its rule sets by one lookup, and rules
// of one shape are found by another, so the cost does not grow with the number of sets or of one-to-one rules.

import type { Family } from "@merlon/model/ip/address.ts";
import type { Ir, IrInterface } from "../ir.ts";
import { chainNamer } from "../nft/chain-names.ts";
import { fixedSet } from "../nft/fixed-set.ts";
import type { AddressSets } from "../nft/lower-addresses.ts";
import type { NftChain, NftElement, NftRule, NftSet, NftStatement } from "../nft/program.ts";
import { drop, equals, goTo, iifname, jump, nfproto, number, oifname, rule, text } from "../nft/statements.ts";
import { generationName } from "../nft/table-names.ts";
import { wayOfClient } from "../screen/cookie-clients.ts";
import type { CookieWay } from "../screen/lower-screens.ts";
import { askedRules } from "./asked-rules.ts";
import type { NatRuleSet, SourceRuleSet } from "./ir-nat.ts";
import { destinationSteps, sourceSteps, staticSteps } from "./nat-steps.ts";
import type { HairpinEnd, Side, Step } from "./nat-steps.ts";
import { bindingSets } from "./binding-sets.ts";
import { hairpinsOf, innerDevices, openRules } from "./hairpins.ts";
import { lowerInward } from "./lower-bindings.ts";
import { hairpinSteps, isSameInside, lowerHairpins } from "./lower-hairpins.ts";
import { natAskedChain, natChains, natHitsSet, natRefusals, natStrangers } from "./nat-names.ts";
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

/** For sessions that the gateway opens for clients that brought a SYN cookie. */
const output: NftChain = {
  name: natChains.output,
  hook: { type: "nat", hook: "output", priority: -100, policy: "accept" },
  rules: [rule(jump(natChains.liveSelf))],
};

const families = [4, 6] as const;

/** `cookies`: which sessions the gateway opens for clients that brought a SYN cookie. */
export function lowerNat(
  ir: Ir,
  generation: number,
  { addressSets, cookies }: { readonly addressSets: AddressSets; readonly cookies: CookieWay },
): Part {
  const { nat } = ir;
  if (nat === undefined || ruleCount(nat) === 0) return { sets: [], chains: [] };
  const draft = new Draft(ir, generation, addressSets, cookies);
  draft.lowerIn();
  draft.lowerOut();
  const translated = cookies === "translated";
  if (translated) draft.lowerCookies();
  const live = (name: string, to: string): NftChain => ({
    name,
    rules: [{ statements: [goTo(generationName(to, generation))], comment: `generation ${generation}` }],
  });
  return {
    sets: [hitsOf(nat), ...draft.sets],
    chains: [
      prerouting,
      postrouting,
      ...(translated ? [output, live(natChains.liveSelf, "nat_self")] : []),
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
    elements: [
      ...[natRefusals, natStrangers, ...ids].map((id): NftElement => ({ key: [number(id)] })),
      { key: "rest" },
    ],
  };
}

class Draft {
  readonly #ir: Ir;
  readonly #generation: number;
  readonly #rules: NatRules;
  readonly #cookies: CookieWay;
  readonly #nameChain = chainNamer();
  readonly #chains: NftChain[] = [];
  readonly #maps: NftSet[] = [];
  /** Chains of rule sets that have been made, and undefined for those without any rule. */
  readonly #ofSets = new Map<string, string | undefined>();
  readonly #ofWays = new Map<string, string>();
  readonly #bodies = new Map<string, { readonly words: readonly string[]; readonly rules: readonly NftRule[] }>();
  readonly #asked = new Map<string, string>();
  readonly #persistent: readonly PersistentRule[];

  constructor(ir: Ir, generation: number, addressSets: AddressSets, cookies: CookieWay) {
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
    const { interfaces } = this.#ir;
    const rules: NftRule[] = [];
    for (const family of families) {
      const elements: NftElement[] = [];
      const bound = this.#boundOf(family);
      for (const { device } of interfaces) {
        const ways = [...this.#waysIn(device, family), ...(bound?.devices.has(device) === true ? [bound.chain] : [])];
        const chain = this.#way("in", ways, family);
        if (chain !== undefined) elements.push({ key: [text(device)], data: { kind: "goto", chain } });
      }
      rules.push(...this.#dispatch("nat_in", family, [iifname], elements));
    }
    this.#chains.push({ name: this.#named("nat_in"), rules });
  }

  lowerOut(): void {
    const { interfaces } = this.#ir;
    const rules: NftRule[] = [];
    for (const family of families) {
      const elements: NftElement[] = [];
      const hairpinOf = this.#hairpinsOf(family);
      for (const leaving of interfaces) {
        for (const entering of interfaces) {
          const hairpin = hairpinOf(entering.device);
          const turned = hairpin.devices.has(leaving.device) ? [hairpin.chain] : [];
          const ways = [...turned, ...this.#waysOut(entering.device, leaving.device, family)];
          const chain = this.#way("out", ways, family);
          if (chain !== undefined) elements.push(pairElement(entering, leaving, chain));
        }
      }
      rules.push(...this.#dispatch("nat_out", family, [iifname, oifname], elements));
    }
    this.#chains.push({ name: this.#named("nat_out"), rules });
  }

  /** The rules about destinations that count for what comes in by a device. */
  #waysIn(device: string, family: Family): readonly string[] {
    const { nat } = this.#ir;
    return [
      ...this.#chainsOf("static", nat?.static, [device], family, (set) => staticSteps(set, "destination", family)),
      ...this.#chainsOf("dnat", nat?.destination, [device], family, (set) => destinationSteps(this.#ir, set, family)),
    ];
  }

  /**
   * The rules about destinations once more: to translate what the gateway sends for clients that brought a cookie, and to
   * ask before whether a SYN to an address of the gateway itself would be translated at all.
   */
  lowerCookies(): void {
    const selves: NftRule[] = [];
    const asked: NftRule[] = [];
    for (const family of families) {
      const translating: NftElement[] = [];
      const answering: NftElement[] = [];
      for (const { device } of this.#ir.interfaces) {
        const ways = this.#waysIn(device, family);
        const questions = ways.map((way) => this.#askedChain(way));
        const [chain, question] = [this.#way("self", ways, family), this.#way("asked", questions, family)];
        if (chain === undefined || question === undefined) continue;
        translating.push({ key: [text(device)], data: { kind: "goto", chain } });
        answering.push({ key: [text(device)], data: { kind: "goto", chain: question } });
      }
      if (translating.length === 0) continue;
      const map = generationName(`nat_self${family}_ways`, this.#generation);
      this.#maps.push(fixedSet(map, ["ifname"], "verdict", translating));
      selves.push(wayOfClient(family, map, "device"));
      asked.push(...this.#dispatch("nat_asked", family, [iifname], answering));
    }
    this.#chains.push({ name: this.#named("nat_self"), rules: selves });
    this.#chains.push({ name: generationName(natAskedChain, this.#generation), rules: [...asked, rule(drop)] });
  }

  /** What leads to a cookie where the chain translates; made once. */
  #askedChain(chain: string): string {
    const known = this.#asked.get(chain);
    if (known !== undefined) return known;
    const { words, rules } = this.#bodies.get(chain) ?? { words: [chain], rules: [] };
    const name = this.#named("asked", ...words);
    this.#asked.set(chain, name);
    this.#chains.push({ name, rules: askedRules(rules) });
    return name;
  }

  /** Where bindings lead inwards, and by which devices; undefined where no rule of this IP version makes any. */
  #boundOf(family: Family): { readonly chain: string; readonly devices: ReadonlySet<string> } | undefined {
    const rules = openRules(this.#persistent, family);
    if (rules.length === 0) return undefined;
    const hairpins = hairpinsOf(this.#ir, rules);
    const names = { nameOf: (...words: readonly string[]) => this.#named(...words), generation: this.#generation };
    const { start, sets, chains } = lowerInward(this.#ir, { rules, hairpins }, family, names);
    this.#maps.push(...sets);
    this.#chains.push(...chains);
    const inside = hairpins.map(({ entering }) => entering);
    return { chain: start, devices: new Set([...rules.flatMap(({ set }) => set.to.devices), ...inside]) };
  }

  /** For what enters by a device: the chain for what went in by a binding, and the devices by which that may leave. */
  #hairpinsOf(family: Family): (entering: string) => { readonly chain: string; readonly devices: ReadonlySet<string> } {
    const hairpins = hairpinsOf(this.#ir, openRules(this.#persistent, family));
    if (hairpins.length === 0) return () => ({ chain: "", devices: new Set() });
    const { start, chains, sets } = lowerHairpins(hairpins, {
      ir: this.#ir,
      family,
      generation: this.#generation,
      nameOf: (...words) => this.#named(...words),
      chainsOf: (entering, leaving, end) => this.#waysOut(entering, leaving, family, end),
    });
    this.#maps.push(...sets);
    this.#chains.push(...chains);
    const devices = new Map(hairpins.map(({ entering }) => [entering, innerDevices(hairpins, entering)]));
    return (entering) => ({ chain: start, devices: devices.get(entering) ?? new Set() });
  }

  /** The rules about sources that count between two devices; with `hairpin`, for what stays inside instead. */
  #waysOut(entering: string, leaving: string, family: Family, hairpin?: HairpinEnd): readonly string[] {
    const { nat } = this.#ir;
    const fixed = hairpin?.isStranger === true ? [] : nat?.static;
    const wordOf = (set: SourceRuleSet) =>
      hairpin === undefined || isSameInside(this.#ir, set, hairpin)
        ? "snat"
        : `${hairpin.isStranger ? "stranger" : "inside"} ${leaving} snat`;
    const stepsOf = (set: SourceRuleSet) => {
      const steps = sourceSteps(this.#ir, set, family);
      return hairpin === undefined ? steps : hairpinSteps(steps, leaving, hairpin);
    };
    return [
      ...this.#chainsOf("rstatic", fixed, [leaving], family, (set) => staticSteps(set, "source", family)),
      ...this.#chainsOf(wordOf, nat?.source, [entering, leaving], family, stepsOf),
    ];
  }

  #named(...words: readonly string[]): string {
    return generationName(this.#nameChain(...words), this.#generation);
  }

  /** The chains of the sets that count for these devices, the most specific first. */
  #chainsOf<S extends NatRuleSet<unknown>>(
    wordOf: string | ((set: S) => string),
    sets: readonly S[] | undefined,
    [from = "", to]: readonly string[],
    family: Family,
    stepsOf: (set: S) => readonly Step[],
  ): readonly string[] {
    const side: Side = wordOf === "static" || wordOf === "dnat" ? "destination" : "source";
    return (sets ?? []).flatMap((set) => {
      if (!set.from.devices.includes(from)) return [];
      if (to !== undefined && !(set as { to?: NatRuleSet<unknown>["from"] }).to?.devices.includes(to)) return [];
      const word = typeof wordOf === "string" ? wordOf : wordOf(set);
      const key = `${word} ${family} ${set.name}`;
      if (!this.#ofSets.has(key)) this.#ofSets.set(key, this.#chainOf(word, set.name, side, family, stepsOf(set)));
      return this.#ofSets.get(key) ?? [];
    });
  }

  #chainOf(word: string, set: string, side: Side, family: Family, steps: readonly Step[]): string | undefined {
    const rules = this.#rules.lower(steps, side, family);
    if (rules.length === 0) return undefined;
    const words = [`${word}${family}`, set];
    const name = this.#named(...words);
    this.#bodies.set(name, { words, rules });
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
    word: "nat_in" | "nat_out" | "nat_asked",
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
    return word === "nat_out" && this.#cookies !== "off" ? [...ways, wayOfClient(family, map, "devices")] : ways;
  }
}

function pairElement(entering: IrInterface, leaving: IrInterface, chain: string): NftElement {
  return { key: [text(entering.device), text(leaving.device)], data: { kind: "goto", chain } };
}
