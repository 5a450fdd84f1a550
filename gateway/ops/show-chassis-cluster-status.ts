// `show chassis cluster status`: there is no cluster, and the answer is that of a device of the original without one.

import { operation } from "./operation.ts";
import { group } from "./reply.ts";

const sentence = "Chassis cluster is not enabled.";

export const showChassisClusterStatus = operation<{ readonly enabled: false }>({
  command: "show chassis cluster status",
  help: "Show the state of the cluster",
  parameters: [],
  run: async () => ({ enabled: false }),
  text: () => `error: ${sentence}\n`,
  rpc: {
    name: "get-chassis-cluster-status",
    reply: () => group("error", { name: "message", content: sentence }),
  },
});
