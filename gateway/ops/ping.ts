// `ping`: echo requests to a host, and what comes back. The gateway sends them itself, so no program has to be there and
// nothing that was typed reaches a command line.

import { integer } from "@merlon/model/schema/value.ts";
import type { Gateway } from "../gateway.ts";
import { echoPayloadBytesMax } from "../kernel/echo.ts";
import { operation, OperationRefused } from "./operation.ts";
import type { Input } from "./operation.ts";
import { answerText, beginText, counted, noFigures, pingReply, rapidText, summaryText } from "./ping-results.ts";
import type { PingResults } from "./ping-results.ts";
import { pingEvents } from "./ping-run.ts";
import { probeParameters } from "./probe-options.ts";

const countDefault = 5;
/** An answer that is given as a whole waits for all of them. */
const wholeCountMax = 100;

export const ping = operation<PingResults>({
  command: "ping",
  help: "Ask a host whether it answers",
  parameters: [
    ...probeParameters,
    { word: "count", help: "How many requests", type: integer(1, 2_000_000_000) },
    { word: "interval", help: "Seconds between two requests (1)", type: integer(1, 3600) },
    { word: "wait", help: "Seconds to wait after the last request (2)", type: integer(1, 3600) },
    { word: "size", help: "Bytes in each request (56)", type: integer(0, echoPayloadBytesMax) },
    { word: "ttl", help: "How many routers it may pass (64)", type: integer(1, 255) },
    { word: "do-not-fragment", help: "No router may divide it" },
    { word: "rapid", help: "The next request as soon as there is an answer" },
  ],
  run: async (gateway, input) => {
    const count = (input["count"] as number | undefined) ?? countDefault;
    if (count > wholeCountMax) throw new OperationRefused(`more than ${wholeCountMax} requests need a shell`);
    let results: PingResults | undefined;
    for await (const event of pingEvents(gateway, { ...input, count }, new AbortController().signal)) {
      if (event.kind === "not-sent") throw new OperationRefused(event.why);
      if (event.kind === "begin") {
        const { target, payloadBytes } = event;
        results = { ...target, rapid: input["rapid"] === true, payloadBytes, figures: noFigures, answers: [] };
      } else if (results !== undefined) {
        const figures = counted(results.figures, event);
        const answers = event.kind === "answer" ? [...results.answers, event.answer] : results.answers;
        results = { ...results, figures, answers };
      }
    }
    if (results === undefined) throw new OperationRefused("nothing was sent");
    return results;
  },
  text: (results) => {
    const { rapid, answers, figures, host } = results;
    const body = rapid ? `${rapidText(results)}\n` : answers.map(answerText).join("");
    return `${beginText(results, results.payloadBytes)}${body}${summaryText(host, figures)}`;
  },
  stream,
  concludes: true,
  rpc: { name: "ping", reply: pingReply },
});

async function* stream(gateway: Gateway, input: Input, _: unknown, signal: AbortSignal): AsyncGenerator<string> {
  const rapid = input["rapid"] === true;
  let figures = noFigures;
  let isOpen = false;
  for await (const event of pingEvents(gateway, input, signal)) {
    switch (event.kind) {
      case "begin":
        yield beginText(event.target, event.payloadBytes);
        break;
      case "sent":
        figures = counted(figures, event);
        if (rapid && isOpen) yield ".";
        isOpen = true;
        break;
      case "answer":
        figures = counted(figures, event);
        yield rapid ? (event.answer.kind === "reply" ? "!" : "x") : answerText(event.answer);
        isOpen = false;
        break;
      case "not-sent":
        yield `ping: sendto: ${event.why}\n`;
    }
  }
  yield `${rapid ? `${isOpen ? "." : ""}\n` : ""}${summaryText(input["host"] as string, figures)}`;
}
