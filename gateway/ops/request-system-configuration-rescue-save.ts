// `request system configuration rescue save`: keeps the configuration in force as the one that `rollback rescue` brings
// back, however many commits follow.

import { noRuleIds } from "@merlon/compiler/rule-ids.ts";
import { printTree } from "@merlon/junos/print.ts";
import { operation, OperationRefused } from "./operation.ts";
import { group, mark } from "./reply.ts";

export const requestSystemConfigurationRescueSave = operation<{ readonly revision: number }>({
  command: "request system configuration rescue save",
  help: "Keep the configuration in force as rescue configuration",
  parameters: [],
  run: async (gateway, _, { user, via }) => {
    const { running } = gateway;
    if (running === undefined) throw new OperationRefused("no configuration is in force");
    if (running.unconfirmed !== undefined) {
      throw new OperationRefused("the configuration in force is not confirmed yet; commit first");
    }
    const { revision, prepared } = running;
    const configuration = printTree(prepared.tree);
    // Rule ids belong to the history of commits; the rescue configuration gets its own when it is committed again.
    const rescue = { number: revision, atMs: gateway.nowMs(), user, via, configuration, ruleIds: noRuleIds };
    await gateway.store.writeRescue(rescue);
    return { revision };
  },
  text: () => "",
  rpc: { name: "request-save-rescue-configuration", reply: () => group("rescue-management-results", mark("success")) },
});
