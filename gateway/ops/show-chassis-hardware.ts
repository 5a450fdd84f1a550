// `show chassis hardware`: the machine as far as the kernel tells it. There is no chassis with slots, and no serial number is
// invented: the name of the gateway stands for it, because tools keep their books by that field.

import type { HostState } from "../kernel/host.ts";
import { operation } from "./operation.ts";
import { field, group, reply } from "./reply.ts";
import { productModel } from "./show-version.ts";

export interface ChassisHardware {
  readonly serial: string;
  readonly host: Pick<HostState, "processorModel" | "processorCount" | "machine">;
}

export const showChassisHardware = operation<ChassisHardware>({
  command: "show chassis hardware",
  help: "Show what the machine is made of",
  parameters: [
    { word: "detail", help: "As without it", group: "level" },
    { word: "extensive", help: "As without it", group: "level" },
  ],
  run: async ({ hostName, kernel }) => {
    const { processorModel, processorCount, machine } = await kernel.readHost();
    return { serial: hostName, host: { processorModel, processorCount, machine } };
  },
  text: ({ serial, host }) =>
    `Hardware inventory:\n` +
    `Item             Version  Part number  Serial number     Description\n` +
    `Chassis                                ${serial.padEnd(17)} ${productModel}\n` +
    `Routing Engine 0                                         ${processorText(host)}\n`,
  rpc: {
    name: "get-chassis-inventory",
    reply: ({ serial, host }) =>
      reply(
        "chassis-inventory",
        "junos-chassis",
        group(
          "chassis",
          field("name", "Chassis"),
          field("serial-number", serial),
          field("description", productModel),
          group("chassis-module", field("name", "Routing Engine 0"), field("description", processorText(host))),
        ),
      ),
  },
});

function processorText({ processorModel, processorCount, machine }: ChassisHardware["host"]): string {
  return `${processorCount} x ${processorModel} (${machine})`;
}
