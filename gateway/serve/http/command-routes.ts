// Lines as they are typed at the shell: carried out, and completed.

import { z } from "zod";
import type { AnswerPart, CommandRequest, CompleteRequest, InterruptRequest } from "../../api.ts";
import { CandidateRefused } from "../../candidate/candidate-refused.ts";
import { KernelFailure } from "../../kernel/kernel.ts";
import { OperationRefused } from "../../ops/operation.ts";
import { refused } from "../answer.ts";
import type { CommandAnswer } from "../answer.ts";
import { runCommand } from "../command.ts";
import { completeCommand } from "../complete-command.ts";
import { confirmMinutesMax } from "../parse-commit.ts";
import { interruptLines, runningLine } from "../running-lines.ts";
import { candidateWord, commandResult, level, sessionName, userName } from "./api-schemas.ts";
import { jsonLine } from "./exchange.ts";
import type { Exchange } from "./exchange.ts";
import { callerOf } from "./http-caller.ts";
import { route } from "./route.ts";

const commandRequest = z.object({
  line: z.string().meta({ description: "One line, as typed at the shell: show security policies" }),
  user: userName.exactOptional(),
  session: sessionName.exactOptional(),
  at: level.exactOptional(),
  text: z.string().exactOptional().meta({ description: "What load … terminal reads" }),
  confirmTimeoutMs: z
    .int()
    .min(1)
    .max(confirmMinutesMax * 60_000)
    .exactOptional()
    .meta({ description: "In place of the minutes of commit confirmed" }),
  asks: z.boolean().exactOptional().meta({ description: "Somebody can be asked what must be confirmed" }),
}) satisfies z.ZodType<CommandRequest>;

const completeRequest = z.object({
  line: z
    .string()
    .max(64 * 1024)
    .meta({ description: "The line up to the cursor" }),
  session: sessionName.exactOptional(),
  at: level.exactOptional(),
}) satisfies z.ZodType<CompleteRequest>;

const interruptRequest = z.object({ session: sessionName }) satisfies z.ZodType<InterruptRequest>;

const answerParts = "application/x-ndjson";

export const commandRoute = route({
  method: "POST",
  path: "/v1/command",
  tag: "shell",
  summary: "Carry out one line, as typed at the shell",
  description:
    "A line that is refused is an answer too: `ok` is false and `text` says why. With `accept: application/x-ndjson` the " +
    "answer comes piece by piece, one JSON object a line: the result, then `more`, then `end` or `failed`.",
  body: commandRequest,
  answers: [{ type: "application/json", schema: commandResult }, { type: answerParts }],
  answer: async (exchange, { body }) => {
    if (exchange.accept.split(",")[0]?.trim() === answerParts) return streamCommand(exchange, body);
    const { more: _, ...result } = await command(exchange, body);
    await exchange.sendJson(result);
  },
});

async function command(
  { gateway, caller }: Exchange,
  request: CommandRequest,
  signal?: AbortSignal,
): Promise<CommandAnswer> {
  const { line, user, session, ...rest } = request;
  try {
    const who = callerOf(gateway, caller, { user, session });
    return await runCommand(gateway, line, { ...who, ...rest, ...(signal !== undefined && { signal }) });
  } catch (error) {
    // A session that has ended says so as any refused line does.
    if (error instanceof CandidateRefused) return refused(error.message);
    throw error;
  }
}

/** The answer piece by piece, as fast as it is read; a client that hangs up ends it. */
async function streamCommand(exchange: Exchange, request: CommandRequest): Promise<void> {
  using line = runningLine(exchange.gateway, request.session, exchange.gone);
  const { more, ...result } = await command(exchange, request, line.signal);
  const part = (one: AnswerPart): Promise<void> => exchange.write(jsonLine(one));
  exchange.begin(answerParts);
  await part({ result, continues: more !== undefined });
  try {
    for await (const piece of more ?? []) {
      if (exchange.gone.aborted) return;
      await part({ more: piece });
    }
    await part({ end: true });
  } catch (error) {
    if (!(error instanceof OperationRefused || error instanceof KernelFailure)) throw error;
    await part({ failed: error.message });
  }
  exchange.end();
}

export const interruptRoute = route({
  method: "POST",
  path: "/v1/interrupt",
  tag: "shell",
  summary: "End what runs in a session",
  description:
    "Answers that come piece by piece end soon, with what they have come to; a client that hangs up hears no more.",
  body: interruptRequest,
  permission: "configure",
  answers: [{ type: "application/json", schema: z.object({ ended: z.int() }) }],
  answer: async (exchange, { body: { session } }) => {
    const { gateway, caller } = exchange;
    try {
      callerOf(gateway, caller, { session });
      await exchange.sendJson({ ended: interruptLines(gateway, session) });
    } catch (error) {
      if (!(error instanceof CandidateRefused)) throw error;
      await exchange.sendJson({ ended: 0 });
    }
  },
});

export const completeRoute = route({
  method: "POST",
  path: "/v1/complete",
  tag: "shell",
  summary: "What may stand next in a line",
  body: completeRequest,
  answers: [{ type: "application/json", schema: z.object({ candidates: z.array(candidateWord) }) }],
  answer: async (exchange, { body: { line, session, at } }) => {
    const { gateway, caller } = exchange;
    try {
      const who = callerOf(gateway, caller, { session });
      const candidates = await completeCommand(gateway, line, { ...who, ...(at !== undefined && { at }) });
      await exchange.sendJson({ candidates });
    } catch (error) {
      // A session that has ended has nothing to offer; its next line says so.
      if (!(error instanceof CandidateRefused)) throw error;
      await exchange.sendJson({ candidates: [] });
    }
  },
});
