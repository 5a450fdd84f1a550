// The cells that stand in place of plain ones for addresses that a rule leaves out.

import type { NodeStates } from "./node-states.ts";
import { PairMap } from "./pair-map.ts";
import type { RuleSide, RuleSides } from "./rule-side.ts";
import type { Exception } from "./wide-side.ts";

/** Source class, destination class, and the state of the cell, 0 where no rule is left. Undefined beyond `cellsMax`. */
export function exceptionalCells(
  sides: RuleSides,
  states: NodeStates,
  plain: PairMap,
  cellsMax: number,
): PairMap | undefined {
  return new ExceptionalCells(sides, states, plain, cellsMax).cells();
}

/**
 * Finds where a rule that leaves addresses out would decide: there, and only there, the cell of the excepted addresses
 * differs from the plain one. Taking such a rule out may bring forward another one that leaves addresses out on the other
 * side; so cells of exceptions on both sides come from those of one side.
 */
class ExceptionalCells {
  readonly #sides: RuleSides;
  readonly #states: NodeStates;
  readonly #plain: PairMap;
  readonly #cellsMax: number;
  readonly #made = new PairMap();

  constructor(sides: RuleSides, states: NodeStates, plain: PairMap, cellsMax: number) {
    this.#sides = sides;
    this.#states = states;
    this.#plain = plain;
    this.#cellsMax = cellsMax;
  }

  cells(): PairMap | undefined {
    const { source, destination } = this.#sides;
    if (source.exceptions.length === 0 && destination.exceptions.length === 0) return this.#made;
    const [bySource, byDestination] = [new ExceptionFinder(source), new ExceptionFinder(destination)];
    const asked = new PairMap();
    this.#plain.forEach((from, to, state) => {
      if (asked.size > this.#cellsMax) return;
      if (source.isWide(from)) {
        for (const exception of bySource.exceptionsOf(state, from, this.#states)) asked.set(exception, to, 0);
      }
      if (destination.isWide(to)) {
        for (const exception of byDestination.exceptionsOf(state, to, this.#states)) asked.set(from, exception, 0);
      }
    });
    if (asked.size > this.#cellsMax) return undefined;
    this.#decide(asked, bySource, byDestination);
    const both = new PairMap();
    this.#made.forEach((from, to, state) => {
      if (both.size > this.#cellsMax) return;
      if (destination.isWide(to) && !byDestination.isException(to)) {
        for (const exception of byDestination.exceptionsOf(state, to, this.#states)) both.set(from, exception, 0);
      }
      if (source.isWide(from) && !bySource.isException(from)) {
        for (const exception of bySource.exceptionsOf(state, from, this.#states)) both.set(exception, to, 0);
      }
    });
    if (both.size > this.#cellsMax) return undefined;
    this.#decide(both, bySource, byDestination);
    return this.#made;
  }

  /** Each cell anew from all rules of its classes, because a rule that is left out may have hidden others. */
  #decide(pairs: PairMap, bySource: ExceptionFinder, byDestination: ExceptionFinder): void {
    const [sources, destinations] = [new Set<number>(), new Set<number>()];
    pairs.forEach((from, to) => {
      if (bySource.isException(from)) destinations.add(byDestination.plainClassOf(to));
      else sources.add(from);
    });
    const [bySourceClass, byDestinationClass] = [
      bySource.rulesByClass(sources),
      byDestination.rulesByClass(destinations),
    ];
    pairs.forEach((from, to) => {
      // On at least one side is an exception. The rules come from the other side, or from what is wide around it.
      const rules = bySource.isException(from)
        ? byDestinationClass.get(byDestination.plainClassOf(to))
        : bySourceClass.get(from);
      const holding = (rules ?? [])
        .values()
        .filter((rule) => bySource.holds(rule, from) && byDestination.holds(rule, to));
      this.#made.set(from, to, this.#states.addAll(holding));
    });
  }
}

/** Asks one side about its exceptions. */
class ExceptionFinder {
  readonly #side: RuleSide;
  readonly #byClass: ReadonlyMap<number, Exception>;
  /** By set, the exceptions that it leaves out. */
  readonly #leftOut: ReadonlyMap<number, readonly Exception[]>;
  readonly #excluding = new Map<number, readonly number[]>();

  constructor(side: RuleSide) {
    this.#side = side;
    this.#byClass = new Map(side.exceptions.map((exception) => [exception.class, exception]));
    const leftOut = new Map<number, Exception[]>();
    for (const exception of side.exceptions) {
      for (const set of exception.leftOutBy) {
        const own = leftOut.get(set);
        if (own === undefined) leftOut.set(set, [exception]);
        else own.push(exception);
      }
    }
    this.#leftOut = leftOut;
  }

  isException(number: number): boolean {
    return this.#byClass.has(number);
  }

  /** The rules that decide something in a state and leave addresses of this side out. */
  #excludingRules(state: number, states: NodeStates): readonly number[] {
    const known = this.#excluding.get(state);
    if (known !== undefined) return known;
    const found = [...states.rulesOf(state)].filter((rule) => this.#side.leavesOut(this.#side.setOf[rule] ?? -1));
    this.#excluding.set(state, found);
    return found;
  }

  /** The exceptions of a wide class in which some rule that decides in a state does not hold. */
  exceptionsOf(state: number, wide: number, states: NodeStates): readonly number[] {
    return this.#excludingRules(state, states).flatMap((rule) =>
      (this.#leftOut.get(this.#side.setOf[rule] ?? -1) ?? []).flatMap((it) => (it.wide === wide ? [it.class] : [])),
    );
  }

  /** Of an exception, the wide class around it. */
  plainClassOf(number: number): number {
    return this.#byClass.get(number)?.wide ?? number;
  }

  /** Whether a rule holds in an exception, by what is wide of it. Of other classes the rules are known. */
  holds(rule: number, number: number): boolean {
    const exception = this.#byClass.get(number);
    if (exception === undefined) return true;
    const set = this.#side.setOf[rule] ?? -1;
    return this.#side.holdsWide(set, exception.wide) && !exception.leftOutBy.includes(set);
  }

  /** The rules that have each of some classes, in order. */
  rulesByClass(wanted: ReadonlySet<number>): ReadonlyMap<number, readonly number[]> {
    const rules = new Map<number, number[]>([...wanted].map((number) => [number, []]));
    const wantedOf = this.#side.classesOfSets().map((classes) => classes.filter((number) => rules.has(number)));
    for (const [rule, set] of this.#side.setOf.entries()) {
      for (const number of wantedOf[set] ?? []) rules.get(number)?.push(rule);
    }
    return rules;
  }
}
