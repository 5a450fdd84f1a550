// Metrics for Prometheus: who may see what the gateway does may ask for them.

import { expositionType, printMetrics } from "./exposition.ts";
import { collectMetrics } from "./metrics.ts";
import { route } from "./route.ts";

export const metricsRoute = route({
  method: "GET",
  path: "/metrics",
  tag: "monitoring",
  summary: "Metrics in the text format of Prometheus",
  permission: "show metrics",
  frequent: true,
  answers: [{ type: "text/plain" }],
  answer: async (exchange) => {
    await exchange.send(printMetrics(await collectMetrics(exchange.gateway)), expositionType);
  },
});
