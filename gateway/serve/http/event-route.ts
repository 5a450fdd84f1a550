// What happens, as it happens: sessions that begin and end, packets that are denied, commits, alarms. One JSON object a line,
// or server-sent events for pages. A reader that does not keep up loses events, never memory, and is told how many.

import { z } from "zod";
import type { GatewayEvent } from "../../api.ts";
import { subscribersMax } from "../../event-hub.ts";
import { jsonText } from "@merlon/model/json-text.ts";
import { jsonLine } from "./exchange.ts";
import { Problem } from "./problem.ts";
import { route } from "./route.ts";

const kinds = [
  "flow",
  "committed",
  "lost",
  "alarm",
  "alarm-cleared",
] as const satisfies readonly GatewayEvent["kind"][];

const eventQuery = z.object({
  kind: z
    .string()
    .regex(new RegExp(`^(?:${kinds.join("|")})(?:,(?:${kinds.join("|")}))*$`))
    .exactOptional()
    .meta({ description: `Only these, with commas between them: ${kinds.join(", ")}. Losses are always told` }),
});

const permission = "monitor security flow";

export const eventRoute = route({
  method: "GET",
  path: "/v1/events",
  tag: "monitoring",
  summary: "Events from now on, until the client hangs up",
  query: eventQuery,
  answers: [{ type: "application/x-ndjson" }, { type: "text/event-stream" }],
  problems: [503],
  permission,
  answer: async (exchange, { query: { kind } }) => {
    const { gateway, gone } = exchange;
    if (gateway.events.subscriberCount >= subscribersMax) throw new Problem(503, "too many readers of events");
    const form = exchange.choose("application/x-ndjson", "text/event-stream");
    const wanted = kind === undefined ? undefined : new Set([...kind.split(","), "lost"]);
    const print = form === "text/event-stream" ? serverSent : jsonLine;
    const batches = gateway.events.subscribe(gone);
    exchange.begin(form);
    for await (const batch of batches) {
      // A commit may have taken it from him, or the token may be gone.
      if (exchange.caller.access?.mayRun(permission) === false) break;
      const shown = wanted === undefined ? batch : batch.filter((event) => wanted.has(event.kind));
      if (shown.length > 0) await exchange.write(shown.map(print).join(""));
    }
    exchange.end();
  },
});

function serverSent(event: GatewayEvent): string {
  return `event: ${event.kind}\ndata: ${jsonText(event)}\n\n`;
}
