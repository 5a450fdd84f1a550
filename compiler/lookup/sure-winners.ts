// For which services a rule, once it is found among narrow addresses, is known to lead to the right decision without
// asking any further: no earlier rule meets it in a part of its addresses. Where earlier rules hold in all of them, the
// first of those decides. So most packets need no search for the earliest of several rules.

import { PairMap } from "./pair-map.ts";
import type { RuleSide, RuleSides } from "./rule-side.ts";
import { sortedByKey } from "./sorted-by-key.ts";

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
  const wide = Uint32Array.from(
    source.setOf.flatMap((_, rule) => (from.isWide(rule) && to.isWide(rule) ? [rule] : [])),
  );
  const everything = firstOfEverything(wide, from, to, servicesOf);
  const rivals = new Rivals(from, to, new ServiceBits(servicesOf, serviceCount), servicesOf);
  for (const [rule, own] of servicesOf.entries()) {
    if (!from.enter(rule) || !to.enter(rule)) continue;
    rivals.begin(rule);
    // Behind a rule for all addresses nothing matters any more.
    let limit = 0;
    for (const service of own) {
      const all = everything.get(service) ?? rule;
      if (all < rule) rivals.covering[service] = all;
      limit = Math.max(limit, Math.min(all, rule));
    }
    const count = countBelow(wide, 0, wide.length, limit) + from.countBelow(limit) + to.countBelow(limit);
    if (count > rivalsMax) continue;
    rivals.compare(wide, 0, wide.length, limit);
    for (const side of [from, to]) side.forNeighbours((list, start, end) => rivals.compare(list, start, end, limit));
    for (const service of own) {
      const winner = Math.min(rivals.covering[service] ?? rule, rule);
      if ((rivals.crossing[service] ?? rule) >= winner) winners.set(rule, service, winner + 1);
    }
  }
  return winners;
}

/** No rule. */
const none = 2 ** 32 - 1;

/** Compares one rule after the other, when its addresses have been entered on both sides, with earlier ones. */
class Rivals {
  readonly #from: Neighbourhood;
  readonly #to: Neighbourhood;
  readonly #services: ServiceBits;
  readonly #servicesOf: readonly (readonly number[])[];
  /** By service, the first earlier rule that holds in all of the addresses, and the first that holds in some. */
  readonly covering: Uint32Array;
  readonly crossing: Uint32Array;
  /** By rule, the one that it was compared with last. */
  readonly #seen: Uint32Array;
  #rule = 0;

  constructor(
    from: Neighbourhood,
    to: Neighbourhood,
    services: ServiceBits,
    servicesOf: readonly (readonly number[])[],
  ) {
    this.#from = from;
    this.#to = to;
    this.#services = services;
    this.#servicesOf = servicesOf;
    this.covering = new Uint32Array(services.count);
    this.crossing = new Uint32Array(services.count);
    this.#seen = new Uint32Array(servicesOf.length).fill(none);
  }

  begin(rule: number): void {
    this.#rule = rule;
    for (const service of this.#servicesOf[rule] ?? []) {
      this.covering[service] = none;
      this.crossing[service] = none;
    }
  }

  /** With those of a sorted list, a part of `list`, that stand before `limit`. */
  compare(list: Uint32Array, start: number, end: number, limit: number): void {
    const [rule, seen] = [this.#rule, this.#seen];
    for (let at = start; at < end; at++) {
      const rival = list[at] ?? limit;
      if (rival >= limit) return;
      if (seen[rival] === rule) continue;
      seen[rival] = rule;
      if (!this.#services.meet(rule, rival) || !this.#from.meets(rival) || !this.#to.meets(rival)) continue;
      const covers = this.#from.covers(rival) && this.#to.covers(rival);
      this.#take(rival, covers ? this.covering : this.crossing);
    }
  }

  #take(rival: number, earliest: Uint32Array): void {
    for (const service of this.#servicesOf[rival] ?? []) {
      if (!this.#services.has(this.#rule, service)) continue;
      if (rival < (earliest[service] ?? none)) earliest[service] = rival;
    }
  }
}

/** For each class of services the first rule that holds for all addresses. */
function firstOfEverything(
  wide: Uint32Array,
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

/** How many of a sorted list, a part of `list`, are below a number. */
function countBelow(list: Uint32Array, start: number, end: number, limit: number): number {
  let [low, high] = [start, end];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low - start;
}

/** The services of each rule as bits, to see quickly that two rules have none in common. */
class ServiceBits {
  readonly count: number;
  readonly #words: number;
  readonly #bits: Uint32Array;

  constructor(servicesOf: readonly (readonly number[])[], count: number) {
    this.count = count;
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
    const [bits, mine, theirs] = [this.#bits, rule * this.#words, other * this.#words];
    for (let word = 0; word < this.#words; word++) {
      if (((bits[mine + word] ?? 0) & (bits[theirs + word] ?? 0)) !== 0) return true;
    }
    return false;
  }

  has(rule: number, service: number): boolean {
    return (((this.#bits[rule * this.#words + (service >>> 5)] ?? 0) >>> (service & 31)) & 1) === 1;
  }
}

/** The classes of one side that have addresses in common with the narrow ones of the rule that was entered last. */
class Neighbourhood {
  readonly #side: RuleSide;
  readonly #classesOfSets: readonly (readonly number[])[];
  /** By narrow class, the rules that have it, in order: where they begin in `#rules`. */
  readonly #starts: Uint32Array;
  readonly #rules: Uint32Array;
  /** By class, the number of the last entry that had it in its neighbourhood. */
  readonly #marks: Uint32Array;
  #entries = 0;
  #narrow: number[] = [];
  #wide: number[] = [];
  #entered = -1;

  constructor(side: RuleSide) {
    this.#side = side;
    this.#classesOfSets = side.classesOfSets();
    this.#marks = new Uint32Array(side.lastClass + 1);
    const [classes, rules]: [number[], number[]] = [[], []];
    for (const [rule, set] of side.setOf.entries()) {
      for (const number of this.#classesOfSets[set] ?? []) {
        if (side.isWide(number)) continue;
        classes.push(number);
        rules.push(rule);
      }
    }
    const { starts, places } = sortedByKey(classes, side.lastClass + 1);
    this.#starts = starts;
    this.#rules = places.map((place) => rules[place] ?? 0);
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
    if (this.#entered === set) return this.#narrow.length > 0;
    this.#entered = set;
    this.#entries++;
    this.#narrow = [];
    this.#wide = [];
    for (const number of this.#classesOf(rule)) {
      if (this.#side.isWide(number)) continue;
      this.#add(number, this.#narrow);
      for (const other of this.#side.crossing(number)) {
        this.#add(other, this.#side.isWide(other) ? this.#wide : this.#narrow);
      }
    }
    return this.#narrow.length > 0;
  }

  #add(number: number, list: number[]): void {
    if (this.#marks[number] === this.#entries) return;
    this.#marks[number] = this.#entries;
    list.push(number);
  }

  /** Visits the rules with each narrow class of the neighbourhood, in order: a part of a list. */
  forNeighbours(visit: (list: Uint32Array, start: number, end: number) => void): void {
    for (const number of this.#narrow) visit(this.#rules, this.#starts[number] ?? 0, this.#starts[number + 1] ?? 0);
  }

  /** How many of these stand before a rule, some more than once. */
  countBelow(rule: number): number {
    let sum = 0;
    this.forNeighbours((list, start, end) => (sum += countBelow(list, start, end, rule)));
    return sum;
  }

  meets(rule: number): boolean {
    const [marks, entry] = [this.#marks, this.#entries];
    for (const number of this.#classesOf(rule)) if (marks[number] === entry) return true;
    return false;
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
