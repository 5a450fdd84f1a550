// `show chassis environment`, `show chassis fpc`: a machine of any maker has no sensors and slots that the gateway knows;
// what tools ask for is answered as it is.

import { operation } from "./operation.ts";
import { field, group, reply } from "./reply.ts";

export const showChassisEnvironment = operation<{ readonly status: "OK" }>({
  command: "show chassis environment",
  help: "Show that the machine runs",
  parameters: [],
  run: async () => ({ status: "OK" }),
  text: () => "Class Item                           Status     Measurement\nCPU   Routing Engine 0               OK\n",
  rpc: {
    name: "get-environment-information",
    reply: ({ status }) =>
      reply(
        "environment-information",
        "junos-chassis",
        group("environment-item", field("name", "Routing Engine 0"), field("class", "CPU"), field("status", status)),
      ),
  },
});

export const showChassisFpc = operation<{ readonly state: "Online" }>({
  command: "show chassis fpc",
  help: "Show that packets are forwarded",
  parameters: [{ word: "detail", help: "As without it" }],
  run: async () => ({ state: "Online" }),
  text: () => "Slot State\n  0  Online\n",
  rpc: {
    name: "get-fpc-information",
    reply: ({ state }) =>
      reply("fpc-information", "junos-chassis", group("fpc", field("slot", 0), field("state", state))),
  },
});
