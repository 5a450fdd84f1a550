// What the `monitor` commands have in common: events of the gateway as lines of text, for as long as somebody reads.

import type { GatewayEvent } from "../api.ts";
import { subscribersMax } from "../event-hub.ts";
import type { Gateway } from "../gateway.ts";
import { OperationRefused } from "./operation.ts";

/** The lines that `print` makes of events; nothing for those that it leaves out. */
export async function* monitorEvents(
  { events }: Pick<Gateway, "events">,
  signal: AbortSignal,
  print: (event: GatewayEvent) => string | undefined,
): AsyncGenerator<string> {
  if (events.subscriberCount >= subscribersMax) {
    yield `error: ${subscribersMax} others are reading events already; try again when one of them has ended\n`;
    return;
  }
  for await (const batch of events.subscribe(signal)) {
    const text = batch.map((event) => lossText(event) ?? print(event) ?? "").join("");
    if (text !== "") yield text;
  }
}

/** Whoever reads too slowly is told what he has not seen. */
function lossText(event: GatewayEvent): string | undefined {
  if (event.kind !== "lost") return undefined;
  return `... ${event.count ?? "an unknown number of"} events were lost (${event.source})\n`;
}

/** An endless answer needs somebody who can end it. */
export function refuseEndless(): never {
  throw new OperationRefused("this command goes on until it is interrupted; it needs a shell");
}
