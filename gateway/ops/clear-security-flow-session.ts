// `clear security flow session`: ends living sessions, and their close records say that a command did it. Sessions with
// the gateway itself stay, because one of them may be that of the operator.

import { hostZone } from "@merlon/compiler/ir.ts";
import type { Gateway } from "../gateway.ts";
import type { KernelSession } from "../kernel/kernel.ts";
import { clearedByCommand } from "../log/close-reason.ts";
import { OperationRefused, operation } from "./operation.ts";
import type { AnyOperation, Operation } from "./operation.ts";
import { field, reply } from "./reply.ts";
import { sessionFilter, sessionIdentifier, sessionParameters } from "./session-filter.ts";
import type { SessionFilter } from "./session-filter.ts";

interface Cleared {
  readonly clearedCount: number;
}

type Answer = Pick<Operation<Cleared>, "text" | "rpc">;

/** The same answer for all three, under three names of RPCs. */
function answer(rpcName: string): Answer {
  return {
    text: ({ clearedCount }) => `${clearedCount} active sessions cleared\n`,
    rpc: {
      name: rpcName,
      reply: ({ clearedCount }) =>
        reply("clear-flow-session-information", "junos-flow", field("cleared-session-count", clearedCount)),
    },
  };
}

export const clearSecurityFlowSession = operation<Cleared>({
  command: "clear security flow session",
  help: "End the sessions that are named",
  parameters: sessionParameters,
  ...answer("clear-flow-session"),
  run: async (gateway, input) => {
    if (Object.keys(input).length === 0) {
      throw new OperationRefused("say which sessions: name an address, a port, a protocol …, or all");
    }
    return clear(gateway, sessionFilter(gateway, input));
  },
});

export const clearSecurityFlowSessionAll = operation<Cleared>({
  command: "clear security flow session all",
  help: "End all sessions",
  parameters: [],
  ...answer("clear-flow-session-all"),
  run: (gateway) => clear(gateway, () => true),
});

export const clearSecurityFlowSessionIdentifier = operation<Cleared>({
  command: "clear security flow session session-identifier",
  help: "End one session",
  parameters: [sessionIdentifier],
  ...answer("clear-flow-session-by-session-identifier"),
  run: async (gateway, input) => {
    const id = Number(input["session-identifier"]);
    const cleared = await clear(gateway, (session) => session.id === id);
    if (cleared.clearedCount === 0) throw new OperationRefused(`there is no session ${id}`);
    return cleared;
  },
});

export const clearSessionOperations: readonly AnyOperation[] = [
  clearSecurityFlowSession,
  clearSecurityFlowSessionAll,
  clearSecurityFlowSessionIdentifier,
];

async function clear(gateway: Gateway, wanted: SessionFilter): Promise<Cleared> {
  const isWanted = (session: KernelSession): boolean => {
    const rule = gateway.rules.permitOf(session.mark);
    return rule !== undefined && rule.toZone !== hostZone && rule.fromZone !== hostZone && wanted(session, rule);
  };
  using _ = gateway.endings.begin((session) => (isWanted(session) ? clearedByCommand : undefined));
  const review = await gateway.kernel.reviewSessions((session) => (isWanted(session) ? { kind: "end" } : undefined));
  return { clearedCount: review.endedCount };
}
