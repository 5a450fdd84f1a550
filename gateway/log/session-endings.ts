// Why a session ended that did not end by itself. The kernel tells of every end and never why, but it says when, to the
// nanosecond, by the clock that the gateway reads too. So whoever ends sessions says which, for what reason, and from
// when to when, and an end within that time has that reason. Nothing is remembered of single sessions, however many end
// at once.

import type { KernelSession } from "../kernel/kernel.ts";

/** The reason, where the session is among those that are ended. */
export type EndingReason = (session: KernelSession) => string | undefined;

interface Ending {
  readonly reasonOf: EndingReason;
  readonly fromMs: number;
  /** Infinity while it goes on. */
  untilMs: number;
}

/** Commits and commands end sessions some times a minute at most; the oldest are forgotten first. */
const endingsMax = 64;
/** Events that wait in the kernel's buffer are told later than this only when the process stood still. */
const rememberedMs = 60_000;

export class SessionEndings {
  readonly #nowMs: () => number;
  #endings: Ending[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** From now until what is returned is disposed of. */
  begin(reasonOf: EndingReason): Disposable {
    // Whole milliseconds: what the kernel stamps within this one counts.
    const ending: Ending = { reasonOf, fromMs: Math.floor(this.#nowMs()), untilMs: Infinity };
    this.#endings = [...this.#endings.slice(1 - endingsMax), ending];
    return {
      [Symbol.dispose]: () => {
        ending.untilMs = Math.ceil(this.#nowMs());
      },
    };
  }

  /** Undefined when nobody ended it. A session without an end time is taken to have ended now. */
  reasonOf(session: KernelSession): string | undefined {
    const nowMs = this.#nowMs();
    const [oldest] = this.#endings;
    if (oldest === undefined) return undefined;
    if (oldest.untilMs + rememberedMs < nowMs) {
      this.#endings = this.#endings.filter(({ untilMs }) => untilMs + rememberedMs >= nowMs);
    }
    const { endedNs } = session;
    const endedMs = endedNs === undefined || endedNs === 0n ? nowMs : Number(endedNs / 1_000n) / 1_000;
    for (const { fromMs, untilMs, reasonOf } of this.#endings) {
      if (endedMs < fromMs || endedMs > untilMs + 1) continue;
      const reason = reasonOf(session);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }
}
