// `show security flow session session-identifier N`: one session in full.

import { operation, OperationRefused } from "./operation.ts";
import { sessionIdentifier } from "./session-filter.ts";
import { collect, sessionListReply, sessionListText } from "./show-security-flow-session.ts";
import type { SessionList } from "./show-security-flow-session.ts";

export const showSecurityFlowSessionIdentifier = operation<SessionList>({
  command: "show security flow session session-identifier",
  help: "Show one session",
  parameters: [sessionIdentifier],
  run: async (gateway, input) => {
    const id = input["session-identifier"] as number;
    const list = await collect(gateway, { extensive: true }, (session) => session.id === id);
    if (list.totalCount === 0) throw new OperationRefused(`there is no session ${id}`);
    return list;
  },
  text: sessionListText,
  rpc: { name: "get-flow-session-by-identifier", reply: sessionListReply },
});
