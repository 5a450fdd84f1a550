// `show system configuration rescue`: what `rollback rescue` would bring back.

import { printTree } from "@merlon/junos/print.ts";
import { visibleTree } from "../access/visible-tree.ts";
import { readRescue, readRescueText } from "../commit/read-rollback.ts";
import { operation } from "./operation.ts";
import { field, group } from "./reply.ts";

export const showSystemConfigurationRescue = operation<{ readonly configuration: string }>({
  command: "show system configuration rescue",
  help: "Show the rescue configuration",
  parameters: [],
  run: async (gateway, _, { access }) => {
    const text = await readRescueText(gateway);
    if (access === undefined || access.unlimited) return { configuration: text };
    return { configuration: printTree(visibleTree(access, readRescue(text))) };
  },
  text: ({ configuration }) => configuration,
  rpc: {
    name: "get-rescue-information",
    reply: ({ configuration }) =>
      group("rescue-information", group("configuration-information", field("configuration-output", configuration))),
  },
});
