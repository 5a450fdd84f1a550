// A client that stays: its session lasts as long as its connection, so a client that dies leaves no lock behind.

import { z } from "zod";
import type { SessionEnded, SessionOpened } from "../../api.ts";
import { CandidateRefused } from "../../candidate/candidate-refused.ts";
import type { EndReason, OpenOptions } from "../../candidate/candidates.ts";
import type { Session } from "../../candidate/edit-session.ts";
import type { Gateway } from "../../gateway.ts";
import { userName } from "./api-schemas.ts";
import { jsonLine } from "./exchange.ts";
import { callerOf } from "./http-caller.ts";
import { Problem } from "./problem.ts";
import { route } from "./route.ts";

const idleLimitMsMax = 24 * 3600 * 1000;

const sessionRequest = z.object({
  user: userName.exactOptional(),
  idleLimitMs: z.int().min(1000).max(idleLimitMsMax).exactOptional(),
});

export const sessionRoute = route({
  method: "POST",
  path: "/v1/session",
  tag: "shell",
  summary: "Open a session, which lasts until the client hangs up",
  description:
    "The answer is one line, `{ session }`, and when the session is over another, `{ ended: closed | idle }`. The session's " +
    "lock and its private candidate vanish with it.",
  body: sessionRequest,
  answers: [{ type: "application/x-ndjson" }],
  permission: "configure",
  answer: async (exchange, { body: { user: claimed, idleLimitMs } }) => {
    const { gateway, caller, gone } = exchange;
    const { user, via } = callerOf(gateway, caller, { user: claimed });
    const { promise: ended, resolve } = Promise.withResolvers<EndReason>();
    const limit = idleLimitMs ?? caller.access?.idleTimeoutMs;
    const session = open(gateway, { user, via, onEnd: resolve, ...(limit !== undefined && { idleLimitMs: limit }) });
    gone.addEventListener("abort", () => gateway.candidates.close(session));
    exchange.begin("application/x-ndjson");
    await exchange.write(jsonLine({ session: session.id } satisfies SessionOpened));
    await exchange.write(jsonLine({ ended: await ended } satisfies SessionEnded));
    exchange.end();
  },
});

function open(gateway: Gateway, options: OpenOptions): Session {
  try {
    return gateway.candidates.open(options);
  } catch (error) {
    if (error instanceof CandidateRefused) throw new Problem(503, error.message);
    throw error;
  }
}
