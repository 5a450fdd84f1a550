// Which schedulers are in force at a moment, and when that changes next. Times are times of the wall clock in the
// system's time zone: a day of 23 or 25 hours begins and ends with its own clock. A window whose stop is not after its
// start runs past midnight into the next day. Nothing here reads a clock.

import type { Configuration } from "@merlon/model/schema/configuration.ts";

type Scheduler = NonNullable<Configuration["schedulers"]>["scheduler"][number];
type Day = NonNullable<Scheduler["daily"]>;
type Moment = Temporal.ZonedDateTime;

/** From `start` up to and without `stop`, nanoseconds apart. */
interface Span {
  readonly start: Moment;
  readonly stop: Moment;
}

export interface ScheduleState {
  /** Names of the schedulers whose time it is. */
  readonly active: ReadonlySet<string>;
  /** When one of them begins or ends next, if that is less than `horizonDays` away; look again before that. */
  readonly nextChange: Moment | undefined;
}

/** How far ahead a change is looked for: a week holds every day of the week, and one more closes it. */
const horizonDays = 8;

/** Monday is 1, as in `Temporal.ZonedDateTime.dayOfWeek`. */
const weekDays = [undefined, "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

export function scheduleState(configuration: Configuration, now: Moment): ScheduleState {
  const active = new Set<string>();
  let nextChange: Moment | undefined;
  const horizon = now.startOfDay().add({ days: horizonDays });
  for (const scheduler of configuration.schedulers?.scheduler ?? []) {
    const { inForce, edges } = timesOf(scheduler, now);
    if (inForce(now)) active.add(scheduler.name);
    for (const edge of edges) {
      if (compare(edge, now) <= 0 || compare(edge, horizon) >= 0 || inForce(edge) === inForce(now)) continue;
      if (nextChange === undefined || compare(edge, nextChange) < 0) nextChange = edge;
    }
  }
  return { active, nextChange };
}

interface Times {
  readonly inForce: (moment: Moment) => boolean;
  /** Every moment at which it may begin or end, from yesterday to the horizon. */
  readonly edges: readonly Moment[];
}

/** In force while the time of the week says so and, where dates are given, one of their spans too. */
function timesOf(scheduler: Scheduler, now: Moment): Times {
  const today = now.startOfDay();
  // Yesterday's windows may run past midnight.
  const days = Array.from({ length: horizonDays + 1 }, (_, index) => today.add({ days: index - 1 }));
  const windows = days.flatMap((day) => windowsOf(scheduler, day));
  const dates = scheduler.startDate.flatMap((span) => dateSpansOf(span, now));
  const weekly =
    scheduler.daily !== undefined || weekDays.some((word) => word !== undefined && scheduler[word] !== undefined);
  const dated = scheduler.startDate.length > 0;
  const within = (spans: readonly Span[], moment: Moment) =>
    spans.some(({ start, stop }) => compare(start, moment) <= 0 && compare(moment, stop) < 0);
  return {
    inForce: (moment) => (weekly || dated) && (!weekly || within(windows, moment)) && (!dated || within(dates, moment)),
    edges: [...windows, ...dates].flatMap(({ start, stop }) => [start, stop]),
  };
}

/** A day of its own statement replaces `daily`. */
function windowsOf(scheduler: Scheduler, day: Moment): readonly Span[] {
  const word = weekDays[day.dayOfWeek];
  const rules = (word === undefined ? undefined : scheduler[word]) ?? scheduler.daily;
  if (rules === undefined || rules.exclude === true) return [];
  if (rules.startTime.length === 0) return [{ start: day, stop: day.add({ days: 1 }) }];
  return rules.startTime.map((window) => windowOf(window, day));
}

function windowOf({ startTimeValue, stopTime }: Day["startTime"][number], day: Moment): Span {
  const start = day.withPlainTime(timeOf(startTimeValue));
  const sameDay = Temporal.PlainTime.compare(timeOf(stopTime), timeOf(startTimeValue)) > 0;
  return { start, stop: (sameDay ? day : day.add({ days: 1 })).withPlainTime(timeOf(stopTime)) };
}

/** `8`, `08:30` and `08:30:15` alike; the schema has checked the digits. */
function timeOf(text: string): Temporal.PlainTime {
  const [hour = 0, minute = 0, second = 0] = text.split(":").map(Number);
  return new Temporal.PlainTime(hour, minute, second);
}

/** Dates without a year come back every year; a span may reach over New Year. */
function dateSpansOf({ startDate, stopDate }: Scheduler["startDate"][number], now: Moment): readonly Span[] {
  return [now.year - 1, now.year, now.year + 1].flatMap((year): readonly Span[] => {
    const start = dateOf(startDate, year, now.timeZoneId);
    const stop = dateOf(stopDate, year, now.timeZoneId);
    if (start === undefined || stop === undefined) return [];
    if (compare(start, stop) < 0) return [{ start, stop }];
    const later = dateOf(stopDate, year + 1, now.timeZoneId);
    return later === undefined || compare(start, later) >= 0 ? [] : [{ start, stop: later }];
  });
}

/** `2026-12-24.18:00`, or `12-24.18:00` in `year`; undefined for a day that the year does not have. */
function dateOf(text: string, year: number, timeZone: string): Moment | undefined {
  const [date = "", time = ""] = text.split(".");
  const parts = date.split("-").map(Number);
  const [ownYear, month, day] = parts.length === 3 ? parts : [year, ...parts];
  if (ownYear === undefined || month === undefined || day === undefined) return undefined;
  const fields = { year: ownYear, month, day, timeZone, plainTime: timeOf(time) };
  const first = Temporal.PlainDate.from({ year: ownYear, month, day: 1 });
  if (day > first.daysInMonth) return undefined;
  return first.with({ day }).toZonedDateTime(fields);
}

function compare(a: Moment, b: Moment): number {
  return Temporal.ZonedDateTime.compare(a, b);
}
