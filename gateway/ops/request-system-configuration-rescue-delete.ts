// `request system configuration rescue delete`: forgets the rescue configuration.

import { operation } from "./operation.ts";
import { group, mark } from "./reply.ts";

export const requestSystemConfigurationRescueDelete = operation<{ readonly deleted: boolean }>({
  command: "request system configuration rescue delete",
  help: "Forget the rescue configuration",
  parameters: [],
  run: async ({ store }) => {
    const deleted = (await store.readRescueSummary()) !== undefined;
    await store.removeRescue();
    return { deleted };
  },
  text: ({ deleted }) => (deleted ? "" : "There was no rescue configuration\n"),
  rpc: {
    name: "request-delete-rescue-configuration",
    reply: () => group("rescue-management-results", mark("success")),
  },
});
