// What a cell of a lookup leads to while rules are added in order: the list of rules that can decide there, each for the
// classes of services that no earlier one has taken. Cells with the same list share one state, however many they are.

/** State 0 has no rules. */
export class NodeStates {
  /** The classes that each rule's services have, by the rule's index. */
  readonly #servicesOf: readonly (readonly number[])[];
  readonly #words: number;
  readonly #states: State[];
  readonly #next = new Map<number, number>();
  readonly #merged = new Map<string, number>();

  constructor(servicesOf: readonly (readonly number[])[], serviceCount: number) {
    this.#servicesOf = servicesOf;
    this.#words = Math.ceil(serviceCount / 32);
    this.#states = [{ parent: 0, rule: -1, taken: new Uint32Array(this.#words) }];
  }

  /** The state of a cell in `state` once `rule` is added behind those that it has. */
  add(state: number, rule: number): number {
    const key = state * this.#servicesOf.length + rule;
    const known = this.#next.get(key);
    if (known !== undefined) return known;
    const made = this.#make(state, rule);
    this.#next.set(key, made);
    return made;
  }

  /** The state that has the rules of all of them. */
  merge(states: readonly number[]): number {
    const parts = [...new Set(states)].filter((state) => state !== 0).toSorted((a, b) => a - b);
    const [only] = parts;
    if (only === undefined) return 0;
    if (parts.length === 1) return only;
    const key = parts.join(" ");
    const known = this.#merged.get(key);
    if (known !== undefined) return known;
    const rules = new Set(parts.flatMap((state) => [...this.#rulesOf(state)]));
    const made = [...rules].toSorted((a, b) => a - b).reduce((state, rule) => this.add(state, rule), 0);
    this.#merged.set(key, made);
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

  *#rulesOf(state: number): Generator<number> {
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
