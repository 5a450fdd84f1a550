// `clear system commit`: takes back the commit that waits for its time.

import { operation } from "./operation.ts";

export const clearSystemCommit = operation<{ readonly cleared: boolean }>({
  command: "clear system commit",
  help: "Take back the commit that waits for its time",
  parameters: [],
  run: async (gateway) => ({ cleared: await gateway.scheduled.clear() }),
  text: ({ cleared }) => (cleared ? "Pending commit cleared\n" : "No commit scheduled\n"),
});
