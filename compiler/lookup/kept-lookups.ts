// The lookups of all pairs of zones. They are kept for as long as somebody has the list of contexts that they were made
// for, so what is checked before a commit is what the commit builds; and those of another configuration are taken over
// as far as they still hold, so that a changed policy costs as much as the pair of zones that it stands in.

import type { Family } from "@merlon/model/ip/address.ts";
import { hostZone } from "../ir.ts";
import type { Ir, IrContext } from "../ir.ts";
import { limitsOfEach, lookupsFew } from "./boxes.ts";
import type { BoxLimits } from "./boxes.ts";
import type { LookupOptions } from "./build-lookup.ts";
import { ContextLookups, equal } from "./context-lookups.ts";
import type { LookupPart } from "./context-lookups.ts";
import type { SharedSides } from "./shared-addresses.ts";
import { SharedGroups } from "./shared-groups.ts";

export class KeptLookups {
  readonly #options: LookupOptions;
  readonly #addressSets: Ir["addressSets"];
  /** By their zones. */
  readonly #contexts = new Map<string, ContextLookups>();
  #runCount: number | undefined;
  /** The classes of narrow addresses, which pairs of zones share. */
  readonly #shared: SharedGroups;

  constructor(ir: Pick<Ir, "contexts" | "addressSets">, options: LookupOptions, earlier?: KeptLookups) {
    this.#options = options;
    this.#addressSets = ir.addressSets;
    const before = earlier !== undefined && equal(earlier.#options, options) ? earlier.#contexts : undefined;
    const isSameBook = earlier?.isOver(ir.addressSets) === true;
    let isSame = isSameBook;
    for (const context of ir.contexts) {
      if (!isTransit(context)) continue;
      const zones = zonesOf(context);
      const made = ContextLookups.of(context.rules, ir, before?.get(zones), isSameBook);
      this.#contexts.set(zones, made);
      isSame &&= before?.get(zones)?.asked === made.asked;
    }
    if (earlier !== undefined && isSame && earlier.#contexts.size === this.#contexts.size) {
      this.#shared = earlier.#shared;
      return;
    }
    const asked = [...this.#contexts.values()].map((it) => it.asked);
    this.#shared = new SharedGroups(ir, asked, earlier === undefined ? undefined : earlier.#shared);
  }

  isOver(addressSets: Ir["addressSets"]): boolean {
    return addressSets === this.#addressSets;
  }

  isFor({ addressSets }: Pick<Ir, "addressSets">, options: LookupOptions): boolean {
    return this.isOver(addressSets) && equal(options, this.#options);
  }

  /** Of a pair of zones that packets cross between. */
  of(context: IrContext): ContextLookups {
    const found = this.#contexts.get(zonesOf(context));
    if (found === undefined) throw new Error(`there are no lookups from ${context.fromZone} to ${context.toZone}`);
    return found;
  }

  partsOf(context: IrContext, family: Family): readonly LookupPart[] {
    const { boxes } = this.#options;
    const limits = { ...this.limitsOf(family), ...boxes };
    return this.of(context).partsOf(this.sharedOf(context, family), { ...this.#options, boxes: limits });
  }

  /** Of each run of rules that may be a lookup. */
  limitsOf(family: Family): BoxLimits {
    return limitsOfEach(this.#lookupCount, family);
  }

  /** Whether what each lookup has for itself adds up. */
  get areMany(): boolean {
    return this.#lookupCount > lookupsFew;
  }

  get #lookupCount(): number {
    this.#runCount ??= [...this.#contexts.values()].reduce(
      (sum, { runs }) => sum + runs.filter(({ fits }) => fits).length,
      0,
    );
    return this.#runCount;
  }

  sharedOf(context: IrContext, family: Family): SharedSides {
    const { source, destination } = this.of(context).asked;
    return {
      family,
      source: this.#shared.of(source).addresses[family],
      destination: this.#shared.of(destination).addresses[family],
    };
  }

  /** Rows of shared classes in the kernel, of both IP versions. */
  get sharedRowCount(): number {
    return this.#shared.rowCount;
  }
}

/** `before`: a configuration whose lookups may be kept; the result is the same without it. */
export function keptLookups(ir: Ir, options: LookupOptions = {}, before?: Pick<Ir, "contexts">): KeptLookups {
  const known = made.get(ir.contexts);
  if (known?.isFor(ir, options) === true) return known;
  const earlier = known ?? (before === undefined ? undefined : made.get(before.contexts));
  const kept = new KeptLookups(ir, options, earlier);
  made.set(ir.contexts, kept);
  return kept;
}

const made = new WeakMap<Ir["contexts"], KeptLookups>();

/** Traffic with the gateway itself stands in no lookup. */
export function isTransit({ fromZone, toZone }: IrContext): boolean {
  return fromZone !== hostZone && toZone !== hostZone;
}

function zonesOf({ fromZone, toZone }: IrContext): string {
  return `${fromZone} ${toZone}`;
}
