// `show schedulers`: whose time it is, and when that changes.

import { scheduleState } from "@merlon/compiler/active-schedulers.ts";
import { wallClock } from "@merlon/compiler/wall-clock.ts";
import { text as textType } from "@merlon/model/schema/value.ts";
import type { Gateway } from "../gateway.ts";
import { operation, OperationRefused } from "./operation.ts";
import { field, group, reply } from "./reply.ts";

export interface SchedulerFacts {
  readonly name: string;
  readonly description?: string;
  readonly active: boolean;
  /** In the gateway's time zone; absent when nothing changes within a week. */
  readonly nextChange?: string;
}

export const showSchedulers = operation<readonly SchedulerFacts[]>({
  command: "show schedulers",
  help: "Show which schedulers count now",
  parameters: [
    { word: "scheduler-name", help: "Only this scheduler", type: textType(64), names: [["schedulers", "scheduler"]] },
  ],
  run: async (gateway, input) => {
    const wanted = input["scheduler-name"] as string | undefined;
    const found = schedulerFacts(gateway).filter(({ name }) => (wanted ?? name) === name);
    if (wanted !== undefined && found.length === 0) throw new OperationRefused(`there is no scheduler ${wanted}`);
    return found;
  },
  text: (schedulers) => (schedulers.length === 0 ? "No schedulers are configured\n" : schedulers.map(render).join("")),
  rpc: {
    name: "get-schedulers",
    reply: (schedulers) =>
      reply(
        "schedulers",
        "junos",
        schedulers.map(({ name, description, active, nextChange }) =>
          group(
            "scheduler",
            field("scheduler-name", name),
            field("scheduler-state", stateOf(active)),
            field("scheduler-next-activation-date-time", active ? undefined : nextChange),
            field("scheduler-next-deactivation-date-time", active ? nextChange : undefined),
            field("scheduler-description", description),
          ),
        ),
      ),
  },
});

function schedulerFacts(gateway: Gateway): readonly SchedulerFacts[] {
  const configuration = gateway.running?.prepared.configuration;
  const schedulers = configuration?.schedulers;
  if (configuration === undefined || schedulers === undefined) return [];
  const { now } = wallClock(configuration, gateway.nowMs());
  return schedulers.scheduler.map((scheduler) => {
    const alone = { ...configuration, schedulers: { ...schedulers, scheduler: [scheduler] } };
    const { active, nextChange } = scheduleState(alone, now);
    const { name, description } = scheduler;
    return {
      name,
      ...(description !== undefined && { description }),
      active: active.has(name),
      ...(nextChange !== undefined && { nextChange: timeText(nextChange) }),
    };
  });
}

/** `2026-11-22 22:00:00 UTC`. */
function timeText(moment: Temporal.ZonedDateTime): string {
  const day = moment.toPlainDate().toString();
  return `${day} ${moment.toPlainTime().toString({ smallestUnit: "second" })} ${moment.timeZoneId}`;
}

function render({ name, description, active, nextChange }: SchedulerFacts): string {
  const head = `Scheduler name: ${name}, State: ${stateOf(active)}\n`;
  const about = description === undefined ? "" : `  Description: ${description}\n`;
  const change = nextChange === undefined ? "" : `  Next ${active ? "deactivation" : "activation"}: ${nextChange}\n`;
  return `${head}${about}${change}`;
}

function stateOf(active: boolean): string {
  return active ? "active" : "inactive";
}
