// `monitor start LOG`: what is written to a log from now on, until the reader ends it.

import { setTimeout as sleep } from "node:timers/promises";
import { text as textType } from "@merlon/model/schema/value.ts";
import type { Gateway } from "../gateway.ts";
import { refuseEndless } from "./monitor-events.ts";
import { operation } from "./operation.ts";
import { logNamed, logPieces } from "./show-log.ts";

const pollMs = 500;

export const monitorStart = operation<never>({
  command: "monitor start",
  help: "Watch a log being written",
  parameters: [
    { word: "filename", help: "Name of a log", type: textType(200), positional: true, required: true, files: ["log"] },
  ],
  run: async () => refuseEndless(),
  text: () => "",
  stream: (gateway, input, _, signal) => follow(gateway, input["filename"] as string, signal),
});

async function* follow(gateway: Gateway, name: string, signal: AbortSignal): AsyncGenerator<string> {
  let { sizeBytes: at } = await logNamed(gateway, name);
  yield `*** monitor started: ${name} ***\n`;
  while (!signal.aborted) {
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
    const file = await logNamed(gateway, name);
    // A log that is shorter than before is a new one.
    const fromByte = file.sizeBytes < at ? 0 : at;
    if (file.sizeBytes > fromByte) yield* logPieces(file, name, { fromByte, signal });
    at = file.sizeBytes;
  }
}
