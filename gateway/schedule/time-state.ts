// What the time decides about a configuration that is in force: which schedulers and which timed groups count now, and
// when that changes. Whoever prepares a configuration, and the timer that prepares it again, ask the same question.

import { scheduleState } from "@merlon/compiler/active-schedulers.ts";
import { wallClock } from "@merlon/compiler/wall-clock.ts";
import { groupTimes } from "@merlon/junos/group-times.ts";
import type { Prepared } from "../commit/prepare.ts";

/** What was prepared, with what it took the time to decide. */
export type TimeDependent = Pick<Prepared, "tree" | "configuration" | "activeSchedulers" | "timedGroups">;

export interface TimeState {
  /** Nothing would come out otherwise now. */
  readonly same: boolean;
  /** When something changes next, if that is near; look again before that. */
  readonly nextChangeMs: number | undefined;
}

export function timeState(prepared: TimeDependent, nowMs: number): TimeState {
  const { tree, configuration, activeSchedulers, timedGroups } = prepared;
  const schedule = scheduleState(configuration, wallClock(configuration, nowMs).now);
  const groups =
    timedGroups === undefined
      ? undefined
      : groupTimes(
          tree,
          Temporal.Instant.fromEpochMilliseconds(Math.floor(nowMs)).toZonedDateTimeISO(timedGroups.timeZone),
        );
  const changes = [schedule.nextChange, groups?.nextChange].flatMap((at) => at?.epochMilliseconds ?? []);
  return {
    same: equal(schedule.active, activeSchedulers) && (groups === undefined || equal(groups.met, timedGroups?.met)),
    nextChangeMs: changes.length === 0 ? undefined : Math.min(...changes),
  };
}

function equal(a: ReadonlySet<string>, b: ReadonlySet<string> | undefined): boolean {
  return b !== undefined && a.symmetricDifference(b).size === 0;
}
