// For which services a rule, once it is found among narrow addresses, is known to lead to the right decision without
// asking any further: no earlier rule meets it in a part of its addresses. Where earlier rules hold in all of them, the
// first of those decides. So most packets need no search for the earliest of several rules.

import { PairMap } from "./pair-map.ts";
import type { RuleSide, RuleSides } from "./rule-side.ts";

/** Earlier rules that one rule is compared with; a rule with more stays unsure. */
const rivalsMax = 8_192;

/** By rule and class of services, the index of the rule that decides plus 1; 0 where it is not sure. */
export type SureWinners = Pick<PairMap, "get">;

/** `servicesOf` are the classes of each rule's services, in order. */
export function sureWinners(
  { source, destination }: RuleSides,
  servicesOf: readonly (readonly number[])[],
  serviceCount: number,
): SureWinners {
  const winners = new PairMap();
  const [from, to] = [new Neighbourhood(source), new Neighbourhood(destination)];
  const wide = source.setOf.flatMap((_, rule) => (from.isWide(rule) && to.isWide(rule) ? [rule] : []));
  const services = new ServiceBits(servicesOf, serviceCount);
  const everything = firstOfEverything(wide, from, to, servicesOf);
  for (const [rule, own] of servicesOf.entries()) {
    if (!from.enter(rule) || !to.enter(rule)) continue;
    // The first earlier rule that holds in all of the addresses, and the first that holds in some, by service. Behind a
    // rule for all addresses nothing matters any more.
    const covering = new Map<number, number>();
    const crossing = new Map<number, number>();
    let limit = 0;
    for (const service of own) {
      const all = everything.get(service) ?? rule;
      if (all < rule) covering.set(service, all);
      limit = Math.max(limit, Math.min(all, rule));
    }
    const lists = [wide, ...from.neighbours(), ...to.neighbours()];
    if (lists.reduce((sum, list) => sum + countBelow(list, limit), 0) > rivalsMax) continue;
    for (const list of lists) {
      for (let at = 0; at < list.length; at++) {
        const rival = list[at] ?? limit;
        if (rival >= limit) break;
        if (!services.meet(rule, rival) || !from.meets(rival) || !to.meets(rival)) continue;
        const earliest = from.covers(rival) && to.covers(rival) ? covering : crossing;
        for (const service of inBoth(own, servicesOf[rival] ?? [])) {
          earliest.set(service, Math.min(rival, earliest.get(service) ?? rival));
        }
      }
    }
    for (const service of own) {
      const winner = covering.get(service) ?? rule;
      if ((crossing.get(service) ?? rule) >= winner) winners.set(rule, service, winner + 1);
    }
  }
  return winners;
}

/** For each class of services the first rule that holds for all addresses. */
function firstOfEverything(
  wide: readonly number[],
  from: Neighbourhood,
  to: Neighbourhood,
  servicesOf: readonly (readonly number[])[],
): ReadonlyMap<number, number> {
  const first = new Map<number, number>();
  for (const rule of wide) {
    if (!from.isEverything(rule) || !to.isEverything(rule)) continue;
    for (const service of servicesOf[rule] ?? []) if (!first.has(service)) first.set(service, rule);
  }
  return first;
}

/** How many of a sorted list are below a number. */
function countBelow(list: readonly number[], limit: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The services of each rule as bits, to see quickly that two rules have none in common. */
class ServiceBits {
  readonly #words: number;
  readonly #bits: Uint32Array;

  constructor(servicesOf: readonly (readonly number[])[], count: number) {
    this.#words = Math.ceil(count / 32);
    this.#bits = new Uint32Array(this.#words * servicesOf.length);
    for (const [rule, services] of servicesOf.entries()) {
      for (const service of services) {
        const at = rule * this.#words + (service >>> 5);
        this.#bits[at] = (this.#bits[at] ?? 0) | (1 << (service & 31));
      }
    }
  }

  meet(rule: number, other: number): boolean {
    for (let word = 0; word < this.#words; word++) {
      const [mine, theirs] = [this.#bits[rule * this.#words + word] ?? 0, this.#bits[other * this.#words + word] ?? 0];
      if ((mine & theirs) !== 0) return true;
    }
    return false;
  }
}

/** What two sorted lists have in common. */
function inBoth(a: readonly number[], b: readonly number[]): readonly number[] {
  const common: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const [one, other] = [a[i] ?? 0, b[j] ?? 0];
    if (one === other) common.push(one);
    if (one <= other) i++;
    if (other <= one) j++;
  }
  return common;
}

/** The classes of one side that have addresses in common with the narrow ones of the rule that was entered last. */
class Neighbourhood {
  readonly #side: RuleSide;
  readonly #classesOfSets: readonly (readonly number[])[];
  readonly #rulesOf = new Map<number, number[]>();
  #narrow = new Set<number>();
  #wide = new Set<number>();
  #entered: number | undefined;

  constructor(side: RuleSide) {
    this.#side = side;
    this.#classesOfSets = side.classesOfSets();
    for (const [rule, set] of side.setOf.entries()) {
      for (const number of this.#classesOfSets[set] ?? []) {
        if (side.isWide(number)) continue;
        const rules = this.#rulesOf.get(number);
        if (rules === undefined) this.#rulesOf.set(number, [rule]);
        else rules.push(rule);
      }
    }
  }

  isWide(rule: number): boolean {
    return this.#classesOf(rule).some((number) => this.#side.isWide(number));
  }

  /** Whether a rule holds for all addresses. */
  isEverything(rule: number): boolean {
    const set = this.#side.setOf[rule] ?? -1;
    return this.#side.wideIsEverything && !this.#side.leavesOut(set) && this.#side.holdsEverywhere(set);
  }

  /** False for a rule without narrow addresses. */
  enter(rule: number): boolean {
    const set = this.#side.setOf[rule] ?? -1;
    if (this.#entered === set) return this.#narrow.size > 0;
    this.#entered = set;
    this.#narrow = new Set();
    this.#wide = new Set();
    for (const number of this.#classesOf(rule)) {
      if (this.#side.isWide(number)) continue;
      this.#narrow.add(number);
      for (const other of this.#side.crossing(number))
        (this.#side.isWide(other) ? this.#wide : this.#narrow).add(other);
    }
    return this.#narrow.size > 0;
  }

  /** Rules with narrow addresses in the neighbourhood, in order for each class. */
  neighbours(): readonly (readonly number[])[] {
    return [...this.#narrow].map((number) => this.#rulesOf.get(number) ?? []);
  }

  meets(rule: number): boolean {
    return this.#classesOf(rule).some((number) => this.#narrow.has(number) || this.#wide.has(number));
  }

  /** Whether a rule holds, by what is wide of it, in all narrow addresses of the entered one. */
  covers(rule: number): boolean {
    const set = this.#side.setOf[rule] ?? -1;
    if (!this.#side.wideIsEverything || this.#side.leavesOut(set)) return false;
    for (const number of this.#wide) if (!this.#side.holdsWide(set, number)) return false;
    return true;
  }

  #classesOf(rule: number): readonly number[] {
    return this.#classesOfSets[this.#side.setOf[rule] ?? -1] ?? [];
  }
}
