// `show system memory`: where the memory of the machine is.

import type { HostMemory } from "../kernel/host.ts";
import { operation } from "./operation.ts";
import { group, reply } from "./reply.ts";

type Part = readonly [label: string, element: string, kib: number];

export const showSystemMemory = operation<HostMemory>({
  command: "show system memory",
  help: "Show where the memory of the machine is",
  parameters: [],
  run: async ({ kernel }) => (await kernel.readHost()).memory,
  text: (memory) => {
    const lines = partsOf(memory).map(
      ([label, , kib]) =>
        `${label.padStart(20)}: ${String(kib).padStart(7)} Kbytes (${String(percent(kib, memory)).padStart(3)}%)\n`,
    );
    return `System memory usage distribution:\n${lines.join("")}`;
  },
  rpc: {
    name: "get-system-memory-information",
    reply: (memory) =>
      reply(
        "system-memory-information",
        "junos",
        group(
          "system-memory-summary-information",
          partsOf(memory).flatMap(([, element, kib]) => [
            { name: `system-memory-${element}`, content: String(kib) },
            { name: `system-memory-${element}-percent`, content: String(percent(kib, memory)) },
          ]),
        ),
      ),
  },
});

function partsOf(memory: HostMemory): readonly Part[] {
  return [
    ["Total memory", "total", memory.total],
    ["Active memory", "active", memory.active],
    ["Inactive memory", "inactive", memory.inactive],
    ["Buffer memory", "buffer", memory.buffers],
    ["Cached memory", "cached", memory.cached],
    ["Free memory", "free", memory.free],
    ["Available memory", "available", memory.available],
  ];
}

function percent(kib: number, { total }: HostMemory): number {
  return total === 0 ? 0 : Math.round((kib * 100) / total);
}
