// The OpenAPI document of this interface, as it is kept beside it; it holds nothing that is not in every copy of Merlon.

import { route } from "./route.ts";

export const openApiRoute = route({
  method: "GET",
  path: "/openapi.json",
  tag: "monitoring",
  summary: "This document",
  open: true,
  answers: [{ type: "application/json" }],
  answer: async (exchange) => {
    const { default: document } = await import("./openapi.json", { with: { type: "json" } });
    await exchange.sendJson(document);
  },
});
