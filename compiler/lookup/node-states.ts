// What a cell of a lookup leads to while rules are added in order: the list of rules that can decide there, each for
// the classes of services that no earlier one has taken. Cells with the same list share one state, however many they
// are.

import { PairMap } from "./pair-map.ts";

const limits = {
  /** How often a class of services is asked about, in one lookup: some seconds of work. */
  stepsMax: 1_000_000_000,
  /** Bits of classes of services, in words of 32, of all states: 512 MB. */
  wordsMax: 2 ** 27,
};

/** State 0 has no rules. */
export class NodeStates {
  /** The classes that each rule's services have, by the rule's index. */
  readonly #servicesOf: readonly (readonly number[])[];
  readonly #words: number;
  readonly #limits: typeof limits;
  /** What the last word of bits is when every class is taken. */
  readonly #lastWord: number;
  /** By state: the one that it came from, the rule that was added, and a bit for each class of services that is taken. */
  readonly #parents: number[] = [0];
  readonly #rules: number[] = [-1];
  #taken: Uint32Array;
  /** By state and rule; state 0 is never one that a rule leads to, so that 0 says nothing yet. */
  readonly #next = new PairMap();
  #steps = 0;
  #isTooLarge = false;

  constructor(servicesOf: readonly (readonly number[])[], serviceCount: number, room = limits) {
    this.#limits = room;
    this.#servicesOf = servicesOf;
    this.#words = Math.ceil(serviceCount / 32);
    this.#lastWord = serviceCount % 32 === 0 ? 0xffff_ffff : 2 ** (serviceCount % 32) - 1;
    this.#taken = new Uint32Array(64 * this.#words);
  }

  /** The state of a cell in `state` once `rule` is added behind those that it has. */
  add(state: number, rule: number): number {
    const entry = this.#next.entryOf(state, rule);
    const known = this.#next.at(entry);
    if (known !== 0) return known;
    const made = this.#make(state, rule);
    this.#next.setAt(entry, made);
    return made;
  }

  /** Whether it took too much room or time; what it says then is worth nothing. */
  get isTooLarge(): boolean {
    return this.#isTooLarge;
  }

  /** Visits each class of services that is decided in a state, with the rule. */
  forDecisions(state: number, visit: (service: number, rule: number) => void): void {
    for (let at = state; at !== 0;) {
      const [parent, rule] = [this.#parentOf(at), this.#rules[at] ?? -1];
      const services = this.#servicesOf[rule] ?? [];
      if (!this.#hasRoom(services.length)) return;
      for (const service of services) if (!this.#isTaken(parent, service)) visit(service, rule);
      at = parent;
    }
  }

  get count(): number {
    return this.#parents.length;
  }

  /** The state that has these rules, in order; what comes once every class of services is decided is not asked for. */
  addAll(rules: Iterable<number>): number {
    let state = 0;
    for (const rule of rules) {
      if (this.#isFull(state)) break;
      state = this.add(state, rule);
    }
    return state;
  }

  #isFull(state: number): boolean {
    const start = state * this.#words;
    for (let word = 0; word < this.#words; word++) {
      if (this.#taken[start + word] !== (word < this.#words - 1 ? 0xffff_ffff : this.#lastWord)) return false;
    }
    return true;
  }

  /** The rules that decide something in a state, the last one first. */
  *rulesOf(state: number): Generator<number> {
    for (let at = state; at !== 0; at = this.#parentOf(at)) yield this.#rules[at] ?? -1;
  }

  #make(state: number, rule: number): number {
    const services = this.#servicesOf[rule] ?? [];
    if (!this.#hasRoom(services.length)) return state;
    if (services.every((service) => this.#isTaken(state, service))) return state;
    const made = this.#parents.length;
    this.#parents.push(state);
    this.#rules.push(rule);
    const start = made * this.#words;
    if (start + this.#words > this.#taken.length) {
      const grown = new Uint32Array(this.#taken.length * 2);
      grown.set(this.#taken);
      this.#taken = grown;
    }
    this.#taken.copyWithin(start, state * this.#words, (state + 1) * this.#words);
    for (const service of services) {
      const at = start + (service >>> 5);
      this.#taken[at] = (this.#taken[at] ?? 0) | (1 << (service & 31));
    }
    return made;
  }

  #hasRoom(steps: number): boolean {
    const { stepsMax, wordsMax } = this.#limits;
    this.#steps += steps;
    this.#isTooLarge ||= this.#steps > stepsMax || this.#parents.length * this.#words > wordsMax;
    return !this.#isTooLarge;
  }

  #isTaken(state: number, service: number): boolean {
    return (((this.#taken[state * this.#words + (service >>> 5)] ?? 0) >>> (service & 31)) & 1) === 1;
  }

  #parentOf(state: number): number {
    const found = this.#parents[state];
    if (found === undefined) throw new Error(`there is no state ${state}`);
    return found;
  }
}
