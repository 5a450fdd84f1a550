// `show system processes`: what runs on the machine, by name; never with arguments, which may hold secrets.

import { operation } from "./operation.ts";
import { field, group, reply } from "./reply.ts";
import { uptimeText } from "./age-text.ts";
import type { HostProcess, HostState } from "../kernel/host.ts";

export interface ProcessList {
  readonly extensive: boolean;
  readonly host: HostState;
  readonly processes: readonly HostProcess[];
}

export const showSystemProcesses = operation<ProcessList>({
  command: "show system processes",
  help: "Show what runs on the machine",
  parameters: [
    { word: "brief", help: "Only the machine's own figures", group: "level" },
    { word: "summary", help: "With memory and time of each, the largest first", group: "level" },
    { word: "extensive", help: "With memory and time of each, the largest first", group: "level" },
    { word: "detail", help: "As without it", group: "level" },
    { word: "wide", help: "As without it" },
  ],
  run: async ({ kernel }, input) => {
    const extensive = input["extensive"] === true || input["summary"] === true;
    const all = input["brief"] === true ? [] : await kernel.readProcesses();
    const order = (a: HostProcess, b: HostProcess): number =>
      extensive ? b.processorSeconds - a.processorSeconds || a.pid - b.pid : a.pid - b.pid;
    return {
      extensive: extensive || input["brief"] === true,
      host: await kernel.readHost(),
      processes: all.toSorted(order),
    };
  },
  text: ({ extensive, host, processes }) => (extensive ? extensiveText(host, processes) : plainText(processes)),
  rpc: {
    name: "get-system-process-information",
    reply: ({ processes }) =>
      reply(
        "system-process-information",
        "junos",
        group(
          "process-information",
          processes.map((it) =>
            group(
              "process",
              field("pid", it.pid),
              field("uid", it.userId),
              field("ppid", it.parentPid),
              field("priority", it.priority),
              field("nice", it.nice),
              field("rss", it.residentKib),
              field("state", it.state),
              field("cpu-time", timeText(it.processorSeconds)),
              field("command", it.name),
            ),
          ),
        ),
      ),
  },
});

function plainText(processes: readonly HostProcess[]): string {
  const rows = processes.map(({ pid, state, processorSeconds, name }) =>
    [String(pid).padStart(5), "??".padEnd(3), state.padEnd(4), timeText(processorSeconds).padStart(9), name].join(" "),
  );
  return ["  PID TT  STAT      TIME COMMAND", ...rows, ""].join("\n");
}

function extensiveText(
  { loadAverages, uptimeSeconds, memory, processorPercent }: HostState,
  processes: readonly HostProcess[],
): string {
  const megabytes = (kib: number): string => `${Math.round(kib / 1024)}M`;
  const { user, nice, system, interrupt, idle } = processorPercent;
  const head = [
    `load averages: ${loadAverages.map((load) => load.toFixed(2).padStart(5)).join(", ")}  up ${uptimeText(uptimeSeconds)}`,
    `${processes.length} processes: ${processes.filter(({ state }) => state === "R").length} running`,
    `CPU: ${user}% user, ${nice}% nice, ${system}% system, ${interrupt}% interrupt, ${idle}% idle`,
    `Mem: ${megabytes(memory.active)} Active, ${megabytes(memory.inactive)} Inact, ${megabytes(memory.buffers)} Buf, ${megabytes(memory.free)} Free`,
    `Swap: ${megabytes(memory.swapTotal)} Total, ${megabytes(memory.swapFree)} Free`,
    "",
  ];
  if (processes.length === 0) return head.join("\n");
  const rows = processes.map((it) =>
    [
      String(it.pid).padStart(5),
      String(it.userId).padEnd(8),
      String(it.priority).padStart(4),
      String(it.nice).padStart(5),
      megabytes(it.virtualKib).padStart(7),
      megabytes(it.residentKib).padStart(7),
      it.state.padEnd(6),
      timeText(it.processorSeconds).padStart(8),
      it.name,
    ].join(" "),
  );
  return [...head, "  PID UID       PRI  NICE    SIZE     RES STATE      TIME COMMAND", ...rows, ""].join("\n");
}

/** Minutes and seconds. */
function timeText(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
