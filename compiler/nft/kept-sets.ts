// The sets of lookups, kept as long as the data that they are made from: whoever compares one table with the next finds
// the same object wherever nothing has changed.

import type { Ir } from "../ir.ts";
import { contentNamed, renamed, textFingerprint } from "./fixed-set.ts";
import type { Result } from "./lookup-sets.ts";
import type { NftSet } from "./program.ts";

/** Under the names that they have in the table, by what the rules call them. */
type ByWord = ReadonlyMap<string, NftSet>;

export class KeptSets {
  /** By their names, which say what they hold. */
  readonly #earlier: ReadonlyMap<string, NftSet>;
  readonly #own = new Map<string, NftSet>();

  private constructor(earlier: ReadonlyMap<string, NftSet>) {
    this.#earlier = earlier;
  }

  static of({ contexts }: Pick<Ir, "contexts">, before: Pick<Ir, "contexts"> | undefined): KeptSets {
    const earlier = madeFor.get(contexts) ?? (before === undefined ? undefined : madeFor.get(before.contexts));
    const made = new KeptSets(earlier ?? new Map());
    madeFor.set(contexts, made.#own);
    return made;
  }

  /** Sets that are made from `data` alone. */
  of(data: object, make: () => readonly NftSet[]): ByWord {
    const known = madeFrom.get(data);
    if (known !== undefined) return this.#keep(known.sets);
    const sets = this.#named(make());
    madeFrom.set(data, { sets });
    return sets;
  }

  /** Sets that are made from `data` and from what rules do. */
  ofResults(data: object, results: readonly Result[], make: () => readonly NftSet[]): ByWord {
    const known = knownFor(data, results);
    if (known !== undefined) return this.#keep(known.sets);
    const sets = this.#named(make());
    madeFrom.set(data, { sets, results });
    return sets;
  }

  /** The same under names that say where they belong, so that some of their rows may change where they stand. */
  ofResultsIn(place: string, data: object, results: readonly Result[], make: () => readonly NftSet[]): ByWord {
    const known = knownFor(data, results);
    if (known?.place === place) return known.sets;
    const made: ByWord = known?.sets ?? new Map(make().map((set) => [set.name, set]));
    const suffix = textFingerprint(place);
    const sets = new Map([...made].map(([word, set]) => [word, renamed(set, `${word}_${suffix}`)]));
    madeFrom.set(data, { sets, results, place });
    return sets;
  }

  /** The set of a name that says all about it. */
  named(name: string, make: () => NftSet): NftSet {
    const set = this.#own.get(name) ?? this.#earlier.get(name) ?? make();
    this.#own.set(name, set);
    return set;
  }

  #named(sets: readonly NftSet[]): ByWord {
    return new Map(
      sets.map((set) => {
        const made = contentNamed(set);
        return [set.name, this.named(made.name, () => made)];
      }),
    );
  }

  #keep(sets: ByWord): ByWord {
    for (const set of sets.values()) this.#own.set(set.name, set);
    return sets;
  }
}

const madeFor = new WeakMap<Ir["contexts"], ReadonlyMap<string, NftSet>>();

interface Made {
  readonly sets: ByWord;
  readonly results?: readonly Result[];
  readonly place?: string;
}

const madeFrom = new WeakMap<object, Made>();

/** What was made from the data for rules that do the same. */
function knownFor(data: object, results: readonly Result[]): Made | undefined {
  const known = madeFrom.get(data);
  return known?.results !== undefined && sameResults(known.results, results) ? known : undefined;
}

function sameResults(before: readonly Result[], now: readonly Result[]): boolean {
  if (before === now) return true;
  return (
    before.length === now.length && before.every(([id, action], at) => id === now[at]?.[0] && action === now[at][1])
  );
}
