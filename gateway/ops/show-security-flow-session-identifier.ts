// `show security flow session session-identifier N`: one session in full.

import { integer } from "@merlon/model/schema/value.ts";
import { operation, OperationRefused } from "./operation.ts";
import { collect, sessionListReply, sessionListText } from "./show-security-flow-session.ts";
import type { SessionList } from "./show-security-flow-session.ts";

export const showSecurityFlowSessionIdentifier = operation<SessionList>({
  command: "show security flow session session-identifier",
  help: "Show one session",
  parameters: [
    {
      word: "session-identifier",
      help: "Its number, as `show security flow session` has it",
      type: integer(1, 0xffff_ffff),
      required: true,
      positional: true,
    },
  ],
  run: async (gateway, input) => {
    const id = input["session-identifier"] as number;
    const list = await collect(gateway, { extensive: true }, (session) => session.id === id);
    if (list.totalCount === 0) throw new OperationRefused(`there is no session ${id}`);
    return list;
  },
  text: sessionListText,
  rpc: { name: "get-flow-session-by-identifier", reply: sessionListReply },
});
