// Operational commands by their names, as data, as the reply tree of the original, or as the text of the shell.

import { z } from "zod";
import type { OperationResult } from "../../api.ts";
import { operationNamed } from "../../ops/operations.ts";
import type { AnyOperation, Input } from "../../ops/operation.ts";
import { readInput } from "../../ops/parse-operation.ts";
import type { GivenParameter } from "../../ops/parse-operation.ts";
import { displayAnswer } from "../display.ts";
import type { Exchange } from "./exchange.ts";
import { callerOf, demand } from "./http-caller.ts";
import { Problem } from "./problem.ts";
import { route } from "./route.ts";

const parameters = z.record(z.string(), z.union([z.string(), z.number(), z.literal(true)]));

export const operationForms = ["application/json", "text/plain", "application/xml"] as const;

export const operationRoute = route({
  method: "POST",
  path: "/v1/operation/{name}",
  tag: "operations",
  summary: "Carry out one operational command",
  description:
    "The body holds the command's parameters by their words; a word that stands alone is `true`. `accept` chooses data, the " +
    "text of the shell, which comes while it is made where it is long or endless, or the reply of the NETCONF request.",
  parameters: { name: { help: "The command with dashes: show-security-zones" } },
  body: parameters,
  answers: operationForms.map((type) => ({ type })),
  problems: [404, 422],
  answer: async (exchange, { body: { session, ...given }, path: { name = "" } }) => {
    const { gateway, caller } = exchange;
    const operation = operationNamed(name);
    if (operation === undefined) throw new Problem(404, `there is no operation ${name.slice(0, nameLengthMax)}`);
    const parsed = readInput(operation, given);
    if (parsed.kind === "unknown") throw new Problem(422, parsed.message);
    demand(gateway, caller, lineOf(operation, parsed.given));
    const who = callerOf(gateway, caller, { session: session === undefined ? undefined : String(session) });
    const form = exchange.choose(...operationForms);
    if (form === "text/plain") return sendText(exchange, operation, parsed.input, who);
    const answer = await operation.execute(gateway, parsed.input, who);
    if (form === "application/xml") return exchange.send(displayAnswer("xml", answer), form);
    return exchange.sendJson({ ok: true, data: answer.data } satisfies OperationResult);
  },
});

const nameLengthMax = 100;
/** A text among the parameters is not written down. */
const shownLengthMax = 200;

function lineOf({ words }: AnyOperation, given: readonly GivenParameter[]): string {
  const typed = given.flatMap(({ parameter: { word }, value }) =>
    value === undefined ? [word] : [word, value.slice(0, shownLengthMax)],
  );
  return [...words, ...typed].join(" ");
}

async function sendText(
  exchange: Exchange,
  { stream, execute }: AnyOperation,
  input: Input,
  who: Parameters<AnyOperation["execute"]>[2],
): Promise<void> {
  const { gateway, gone } = exchange;
  const type = "text/plain; charset=utf-8";
  if (stream === undefined) return exchange.send((await execute(gateway, input, who)).text, type);
  exchange.begin(type);
  for await (const piece of stream(gateway, input, who, gone)) {
    if (gone.aborted) return;
    await exchange.write(piece);
  }
  exchange.end();
}
