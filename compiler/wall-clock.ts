// The time of day that schedulers and groups mean: the moment in the time zone of `system time-zone`, or UTC, as on the
// original.

import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { origin } from "@merlon/model/schema/node.ts";

export interface WallClock {
  readonly now: Temporal.ZonedDateTime;
  readonly diagnostics: readonly Diagnostic[];
}

/** What a configuration says about its gateway, for groups that count at certain times or on certain hosts. */
export function ownSettings(configuration: Configuration, nowMs: number) {
  return { hostName: configuration.system?.hostName, now: wallClock(configuration, nowMs).now };
}

export function wallClock({ system }: Configuration, nowMs: number): WallClock {
  const instant = Temporal.Instant.fromEpochMilliseconds(Math.floor(nowMs));
  const timeZone = system?.timeZone ?? "UTC";
  try {
    return { now: instant.toZonedDateTimeISO(timeZone), diagnostics: [] };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const at = system?.[origin] ?? { path: ["system"] };
    const diagnostic: Diagnostic = {
      code: "system.unknown-time-zone",
      severity: "error",
      ...at,
      message: `there is no time zone ${timeZone}`,
      hint: "set system time-zone Europe/Berlin, or another name of the IANA time zone database",
    };
    return { now: instant.toZonedDateTimeISO("UTC"), diagnostics: [diagnostic] };
  }
}
