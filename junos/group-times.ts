// Groups that count at certain times: `when time 02:00 to 03:00`. A time of day comes every day, up to the end that is
// given or to midnight; a date begins once, and ends at the date that is given or never. Times are those of the moment's
// own zone. Nothing here reads a clock.
// Source: the vendor's description of conditional groups (release 11.3 and later), and `getdate`-like times as `2am`.

import type { ConfigNode } from "./tree.ts";

type Moment = Temporal.ZonedDateTime;

/** A time of day, or a date with one. */
export type GroupTime = Temporal.PlainTime | Temporal.PlainDateTime;

/** `14:30`, `2pm`, `2:30 pm` or `2026-12-24.18:00`; undefined for anything else. */
export function parseGroupTime(text: string): GroupTime | undefined {
  const [, date, rest = ""] = /^(?:(\d{4}-\d{2}-\d{2})\.)?(.*)$/.exec(text) ?? [];
  const time = timeOf(rest);
  if (time === undefined || date === undefined) return time;
  const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
  if (year < 1970 || month < 1 || month > 12 || day < 1) return undefined;
  const first = Temporal.PlainDate.from({ year, month, day: 1 });
  return day > first.daysInMonth ? undefined : first.with({ day }).toPlainDateTime(time);
}

function timeOf(text: string): Temporal.PlainTime | undefined {
  const match = /^(\d{1,2})(?::(\d{2}))?\s?(am|pm)?$/i.exec(text);
  if (match === null) return undefined;
  const [, hourText = "", minuteText, half] = match;
  if (minuteText === undefined && half === undefined) return undefined;
  const [hour, minute] = [Number(hourText), Number(minuteText ?? "0")];
  const hourMax = half === undefined ? 23 : 12;
  if (minute > 59 || hour > hourMax || (half !== undefined && hour === 0)) return undefined;
  if (half === undefined) return new Temporal.PlainTime(hour, minute);
  return new Temporal.PlainTime((hour % 12) + (half.toLowerCase() === "pm" ? 12 : 0), minute);
}

/** What a `time` condition says; without end a time of day lasts to midnight, and a date for ever. */
export interface GroupWindow {
  readonly start: GroupTime;
  readonly end: GroupTime | undefined;
}

/** Undefined when the times cannot be read, or one of them has a date and the other none. */
export function windowOf(time: ConfigNode): GroupWindow | undefined {
  const words = [...time.children.values()].filter(({ inactive }) => !inactive);
  const start = parseGroupTime(words.find(({ word }) => word === "start-time")?.values[0] ?? "");
  const to = words.find(({ word }) => word === "to");
  if (start === undefined) return undefined;
  if (to === undefined) return { start, end: undefined };
  const end = parseGroupTime(to.children.get("end-time")?.values[0] ?? "");
  return end === undefined || isDated(end) !== isDated(start) ? undefined : { start, end };
}

function isDated(time: GroupTime): time is Temporal.PlainDateTime {
  return time instanceof Temporal.PlainDateTime;
}

export function isWithin(window: GroupWindow, now: Moment): boolean {
  return spansOf(window, now).some(
    ({ start, stop }) => compare(start, now) <= 0 && (stop === undefined || compare(now, stop) < 0),
  );
}

/** The next moment at which the answer may be another. */
export function nextEdge(window: GroupWindow, now: Moment): Moment | undefined {
  return spansOf(window, now)
    .flatMap(({ start, stop }) => (stop === undefined ? [start] : [start, stop]))
    .filter((edge) => compare(edge, now) > 0)
    .toSorted(compare)[0];
}

interface Span {
  readonly start: Moment;
  readonly stop: Moment | undefined;
}

/** From yesterday, whose window may run past midnight, to the day after tomorrow. */
function spansOf({ start, end }: GroupWindow, now: Moment): readonly Span[] {
  if (isDated(start)) {
    return [{ start: start.toZonedDateTime(now.timeZoneId), stop: dated(end)?.toZonedDateTime(now.timeZoneId) }];
  }
  const stop = end === undefined || isDated(end) ? new Temporal.PlainTime() : end;
  const overnight = Temporal.PlainTime.compare(stop, start) <= 0;
  return [-1, 0, 1].map((days) => {
    const day = now.startOfDay().add({ days });
    return { start: day.withPlainTime(start), stop: (overnight ? day.add({ days: 1 }) : day).withPlainTime(stop) };
  });
}

function dated(time: GroupTime | undefined): Temporal.PlainDateTime | undefined {
  return time !== undefined && isDated(time) ? time : undefined;
}

function compare(a: Moment, b: Moment): number {
  return Temporal.ZonedDateTime.compare(a, b);
}

export interface GroupTimes {
  /** Names of the groups whose time it is. */
  readonly met: ReadonlySet<string>;
  /** When that changes next, if within a day or at a date. */
  readonly nextChange: Moment | undefined;
}

/** Undefined when no group asks for the time, which is nearly always. */
export function groupTimes(tree: ConfigNode, now: Moment): GroupTimes | undefined {
  const met = new Set<string>();
  const edges: Moment[] = [];
  let asked = false;
  for (const group of tree.children.values()) {
    const time = group.word === "groups" && !group.inactive ? timeCondition(group) : undefined;
    if (time === undefined) continue;
    asked = true;
    const window = windowOf(time);
    if (window === undefined) continue;
    if (isWithin(window, now)) met.add(group.keys[0] ?? "");
    const edge = nextEdge(window, now);
    if (edge !== undefined) edges.push(edge);
  }
  return asked ? { met, nextChange: edges.toSorted(compare)[0] } : undefined;
}

/** Names of the groups that count at certain times. */
export function timedGroups(tree: ConfigNode): readonly string[] {
  return [...tree.children.values()].flatMap((child) =>
    child.word === "groups" && !child.inactive && timeCondition(child) !== undefined ? (child.keys[0] ?? []) : [],
  );
}

/** The `time` of a group's `when`. */
export function timeCondition(group: ConfigNode): ConfigNode | undefined {
  const when = group.children.get("when");
  const time = when === undefined || when.inactive ? undefined : when.children.get("time");
  return time === undefined || time.inactive ? undefined : time;
}
