// `show chassis routing-engine`: load and memory of the machine, in the form that monitoring asks for.

import { formatUtc } from "../commit/commit-time.ts";
import type { HostState } from "../kernel/host.ts";
import { uptimeText } from "./age-text.ts";
import { operation } from "./operation.ts";
import { field, group, reply } from "./reply.ts";
import { productModel } from "./show-version.ts";

export interface RoutingEngine {
  readonly host: HostState;
  readonly bootedAtMs: number;
}

export const showChassisRoutingEngine = operation<RoutingEngine>({
  command: "show chassis routing-engine",
  help: "Show load and memory of the machine",
  parameters: [],
  run: async (gateway) => {
    const host = await gateway.kernel.readHost();
    return { host, bootedAtMs: gateway.nowMs() - host.uptimeSeconds * 1000 };
  },
  text: ({ host, bootedAtMs }) => {
    const { processorPercent: cpu, memory } = host;
    return [
      "Routing Engine status:",
      `    Total memory              ${megabytes(memory.total)} MB Max  ${megabytes(memory.total - memory.available)} MB used (${usedPercent(host)} percent)`,
      "    CPU utilization:",
      `      User                    ${percent(cpu.user)}`,
      `      Background              ${percent(cpu.nice)}`,
      `      Kernel                  ${percent(cpu.system)}`,
      `      Interrupt               ${percent(cpu.interrupt)}`,
      `      Idle                    ${percent(cpu.idle)}`,
      `    Model                          ${productModel}`,
      `    Start time                     ${formatUtc(bootedAtMs)}`,
      `    Uptime                         ${uptimeText(host.uptimeSeconds)}`,
      "    Load averages:                 1 minute   5 minute  15 minute",
      `                                   ${host.loadAverages.map((load) => load.toFixed(2).padStart(8)).join("   ")}\n`,
    ].join("\n");
  },
  rpc: {
    name: "get-route-engine-information",
    reply: ({ host, bootedAtMs }) => {
      const [one, five, fifteen] = host.loadAverages.map((load) => load.toFixed(2));
      const { processorPercent: cpu, memory } = host;
      return reply(
        "route-engine-information",
        "junos-chassis",
        group(
          "route-engine",
          field("slot", 0),
          field("mastership-state", "master"),
          field("status", "OK"),
          field("memory-dram-size", `${megabytes(memory.total)} MB`),
          field("memory-buffer-utilization", usedPercent(host)),
          field("memory-system-total", megabytes(memory.total)),
          field("memory-system-total-used", megabytes(memory.total - memory.available)),
          field("memory-system-total-util", usedPercent(host)),
          field("cpu-user", cpu.user),
          field("cpu-background", cpu.nice),
          field("cpu-system", cpu.system),
          field("cpu-interrupt", cpu.interrupt),
          field("cpu-idle", cpu.idle),
          field("model", productModel),
          field("start-time", formatUtc(bootedAtMs), { "junos:seconds": String(Math.floor(bootedAtMs / 1000)) }),
          field("up-time", uptimeText(host.uptimeSeconds), { "junos:seconds": String(host.uptimeSeconds) }),
          field("load-average-one", one),
          field("load-average-five", five),
          field("load-average-fifteen", fifteen),
        ),
      );
    },
  },
});

function megabytes(kib: number): number {
  return Math.round(kib / 1024);
}

function percent(value: number): string {
  return `${String(value).padStart(3)} percent`;
}

function usedPercent({ memory }: HostState): number {
  return memory.total === 0 ? 0 : Math.round(((memory.total - memory.available) * 100) / memory.total);
}
