// What is in force, and how it is written down.

import type { Active, Unconfirmed } from "../store/revision.ts";
import { Countdown } from "./countdown.ts";
import type { Clocks } from "./countdown.ts";
import type { Enforced } from "./enforce.ts";
import type { Prepared } from "./prepare.ts";

export interface Running {
  readonly prepared: Prepared;
  readonly revision: number;
  readonly generation: number;
  /** The revision goes away again unless it is confirmed in time. */
  readonly unconfirmed?: { readonly returnTo: number; readonly countdown: Countdown };
}

/** What was prepared, as it is enforced now: with what the kernel said about its devices. */
export function inForce(prepared: Prepared, { ir }: Pick<Enforced, "ir">): Prepared {
  return { ...prepared, ir };
}

export function activeOf(running: Running): Active {
  const { revision, generation } = running;
  return { revision, generation, ...unconfirmedOf(running) };
}

export function unconfirmedOf({ unconfirmed }: Pick<Running, "unconfirmed">): { readonly unconfirmed?: Unconfirmed } {
  if (unconfirmed === undefined) return {};
  const { returnTo, countdown } = unconfirmed;
  return { unconfirmed: { returnTo, deadlineMs: countdown.deadlineMs, leftMs: countdown.leftMs } };
}

/** What `unconfirmedOf` wrote down, in a new process. */
export function countingDown(written: Unconfirmed | undefined, clocks: Clocks): Pick<Running, "unconfirmed"> {
  if (written === undefined) return {};
  const { returnTo, leftMs, deadlineMs } = written;
  return { unconfirmed: { returnTo, countdown: new Countdown(clocks, leftMs, deadlineMs) } };
}
