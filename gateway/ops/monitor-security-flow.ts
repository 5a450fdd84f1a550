// `monitor security flow`: sessions as they begin, end and are refused, for policies that log them.

import { flowSentence } from "../log/syslog-line.ts";
import { zoneName } from "@merlon/model/schema/value.ts";
import { monitorEvents, refuseEndless } from "./monitor-events.ts";
import { operation } from "./operation.ts";
import { flowFilter, flowParameters } from "./show-security-packet-drop-records.ts";

export const monitorSecurityFlow = operation<never>({
  command: "monitor security flow",
  help: "Watch sessions begin and end, where their policy logs it",
  parameters: [
    ...flowParameters,
    { word: "from-zone", help: "Only from this zone", type: zoneName },
    { word: "to-zone", help: "Only to this zone", type: zoneName },
  ],
  run: async () => refuseEndless(),
  text: () => "",
  stream: (gateway, input, _, signal) => {
    const wanted = flowFilter(input);
    const { "from-zone": from, "to-zone": to } = input;
    return monitorEvents(gateway, signal, (event) => {
      if (event.kind !== "flow" || !wanted(event.record)) return undefined;
      const { record } = event;
      if ((from ?? record.fromZone) !== record.fromZone || (to ?? record.toZone) !== record.toZone) return undefined;
      return `${new Date(record.atMs).toISOString().slice(11, 23)} ${flowSentence(record)}\n`;
    });
  },
});
