// At which state of all nftables rules the table was known to be as it should be. The kernel numbers the states; what we
// change ourselves and read back leads from one good state to the next, so that only a change by somebody else makes
// the whole table be read and compared.

import type { RulesetStep } from "./kernel/kernel.ts";

export class RulesetCheck {
  #generation: number | undefined;

  /** Whether the table is good at this state, as far as anybody knows. */
  holds(generation: number): boolean {
    return this.#generation === generation;
  }

  /** The table was compared, and somebody may have changed it since. */
  found(generation: number): void {
    this.#generation = generation;
  }

  /** A change of ours, read back. Where somebody else came between, nothing is known. */
  stepped({ before, after }: RulesetStep): void {
    if (this.#generation === before && (after === before || after === (before + 1) >>> 0)) this.#generation = after;
  }
}
