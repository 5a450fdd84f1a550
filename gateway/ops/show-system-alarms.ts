// `show system alarms`: what is wrong now.

import type { Alarm } from "../alarms.ts";
import { operation } from "./operation.ts";

export const showSystemAlarms = operation<readonly Alarm[]>({
  command: "show system alarms",
  help: "Show what is wrong now",
  parameters: [],
  run: async ({ alarms }) => alarms.list(),
  text: (alarms) => {
    if (alarms.length === 0) return "No alarms currently active\n";
    const lines = alarms.map(
      ({ sinceMs, severity, message }) =>
        `${new Date(sinceMs).toISOString().slice(0, 19).replace("T", " ")} UTC  ${severity === "major" ? "Major" : "Minor"}  ${message}\n`,
    );
    return `${alarms.length} alarms currently active\n${lines.join("")}`;
  },
});
