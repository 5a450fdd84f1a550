// The setting in which a configuration is asked: which node of a cluster the gateway is, and what time it is there. Groups
// and schedulers depend on both. A time without zone is one of the configuration's own time zone.

import { wallClock } from "@merlon/compiler/wall-clock.ts";
import type { ClusterNode } from "@merlon/junos/group-conditions.ts";
import { inherit } from "@merlon/junos/inherit.ts";
import type { Inherited, InheritOptions } from "@merlon/junos/inherit.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import { subtree } from "@merlon/junos/subtree.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { shownWord } from "@merlon/model/shown-word.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { WrongUsage } from "./command.ts";
import type { Call, Option, World } from "./command.ts";

export const settingOptions: Readonly<Record<string, Option>> = {
  at: {
    value: "TIME",
    help: "ask as if it were then: 14:30 today, 2026-12-24T18:00, or with Z or +01:00 (default now)",
  },
  node: { value: "NODE", help: 'node0 or node1 of a cluster: what apply-groups "${node}" applies (default none)' },
};

export interface Setting {
  readonly node: ClusterNode | undefined;
  /** The moment on a gateway with this configuration. */
  readonly momentOn: (configuration: Configuration) => Temporal.ZonedDateTime;
}

/** Throws `WrongUsage`. */
export function settingOf({ values }: Call, world: Pick<World, "nowMs">): Setting {
  const { at, node } = values;
  if (node !== undefined && node !== "node0" && node !== "node1") {
    throw new WrongUsage(`--node takes node0 or node1, not ${shownWord(node)}`);
  }
  const change = at === undefined ? (now: Temporal.ZonedDateTime) => now : changeTo(at);
  if (change === undefined) {
    throw new WrongUsage(
      `--at takes a time such as 14:30, 2026-12-24T18:00 or 2026-12-24T17:00Z, not ${shownWord(at ?? "")}`,
    );
  }
  return { node, momentOn: (configuration) => change(wallClock(configuration, world.nowMs()).now) };
}

type Change = (now: Temporal.ZonedDateTime) => Temporal.ZonedDateTime;

/** From now to the moment that the text means; undefined when it means none. */
function changeTo(text: string): Change | undefined {
  const match = /^(?:(\d{4}-\d{2}-\d{2})[T ])?(\d{2}:\d{2}(?::\d{2})?)(Z|[+-]\d{2}:?\d{2})?$/i.exec(text);
  if (match === null) return undefined;
  const [, date, time = "", zone] = match;
  if (date === undefined && zone !== undefined) return undefined;
  try {
    const plainTime = Temporal.PlainTime.from(time);
    if (date === undefined) return (now) => now.withPlainTime(plainTime);
    const plain = Temporal.PlainDate.from(date, { overflow: "reject" }).toPlainDateTime(plainTime);
    if (zone === undefined) return (now) => plain.toZonedDateTime(now.timeZoneId);
    const instant = Temporal.Instant.from(`${plain.toString()}${zone}`);
    return (now) => instant.toZonedDateTimeISO(now.timeZoneId);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The configuration that a gateway in this setting enforces. */
export function inheritIn(
  tree: ConfigNode,
  { node, momentOn }: Setting,
  timeMet?: InheritOptions["timeMet"],
): Inherited {
  const own = (expanded: ConfigNode) => {
    const { configuration } = readConfiguration(subtree(expanded, ["system"]) ?? emptyTree);
    return { hostName: configuration.system?.hostName, now: momentOn(configuration) };
  };
  return inherit(tree, { node, own, timeMet });
}
