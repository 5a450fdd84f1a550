// `show system configuration rescue`: what `rollback rescue` would bring back.

import { readRescueText } from "../commit/read-rollback.ts";
import { operation } from "./operation.ts";

export const showSystemConfigurationRescue = operation<{ readonly configuration: string }>({
  command: "show system configuration rescue",
  help: "Show the rescue configuration",
  parameters: [],
  run: async (gateway) => ({ configuration: await readRescueText(gateway) }),
  text: ({ configuration }) => configuration,
});
