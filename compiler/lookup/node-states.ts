// What a cell of a lookup leads to while rules are added in order: the list of rules that can decide there, each for
// the classes of services that no earlier one has taken. Cells with the same list share one state, however many they
// are.

import { PairMap } from "./pair-map.ts";

/** State 0 has no rules. */
export class NodeStates {
  /** The classes that each rule's services have, by the rule's index. */
  readonly #servicesOf: readonly (readonly number[])[];
  readonly #words: number;
  /** What the last word of bits is when every class is taken. */
  readonly #lastWord: number;
  readonly #states: State[];
  /** By state and rule; state 0 is never one that a rule leads to, so that 0 says nothing yet. */
  readonly #next = new PairMap();

  constructor(servicesOf: readonly (readonly number[])[], serviceCount: number) {
    this.#servicesOf = servicesOf;
    this.#words = Math.ceil(serviceCount / 32);
    this.#lastWord = serviceCount % 32 === 0 ? 0xffff_ffff : 2 ** (serviceCount % 32) - 1;
    this.#states = [{ parent: 0, rule: -1, taken: new Uint32Array(this.#words) }];
  }

  /** The state of a cell in `state` once `rule` is added behind those that it has. */
  add(state: number, rule: number): number {
    const known = this.#next.get(state, rule);
    if (known !== 0) return known;
    const made = this.#make(state, rule);
    this.#next.set(state, rule, made);
    return made;
  }

  /** Each class of services that is decided in a state, with the rule. */
  *decisionsOf(state: number): Generator<readonly [service: number, rule: number]> {
    for (let at = state; at !== 0;) {
      const { parent, rule } = this.#at(at);
      const { taken } = this.#at(parent);
      for (const service of this.#servicesOf[rule] ?? []) if (!has(taken, service)) yield [service, rule];
      at = parent;
    }
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
    const { taken } = this.#at(state);
    return taken.every((bits, word) => bits === (word < this.#words - 1 ? 0xffff_ffff : this.#lastWord));
  }

  /** The rules that decide something in a state, the last one first. */
  *rulesOf(state: number): Generator<number> {
    for (let at = state; at !== 0; at = this.#at(at).parent) yield this.#at(at).rule;
  }

  #make(state: number, rule: number): number {
    const { taken } = this.#at(state);
    const services = this.#servicesOf[rule] ?? [];
    if (services.every((service) => has(taken, service))) return state;
    const more = taken.slice();
    for (const service of services) more[service >>> 5] = (more[service >>> 5] ?? 0) | (1 << (service & 31));
    this.#states.push({ parent: state, rule, taken: more });
    return this.#states.length - 1;
  }

  #at(state: number): State {
    const found = this.#states[state];
    if (found === undefined) throw new Error(`there is no state ${state}`);
    return found;
  }
}

interface State {
  readonly parent: number;
  readonly rule: number;
  /** One bit for each class of services. */
  readonly taken: Uint32Array;
}

function has(bits: Uint32Array, bit: number): boolean {
  return (((bits[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
}
