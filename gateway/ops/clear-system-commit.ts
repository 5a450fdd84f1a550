// `clear system commit`: takes back the commit that waits for its time.

import { operation } from "./operation.ts";
import { output } from "./reply.ts";

export const clearSystemCommit = operation<{ readonly cleared: boolean }>({
  command: "clear system commit",
  help: "Take back the commit that waits for its time",
  parameters: [],
  run: async (gateway) => ({ cleared: await gateway.scheduled.clear() }),
  text,
  rpc: { name: "clear-system-commit", reply: (data) => output(text(data)) },
});

function text({ cleared }: { readonly cleared: boolean }): string {
  return cleared ? "Pending commit cleared\n" : "No commit scheduled\n";
}
