// `monitor security packet-drop`: packets as they are dropped and recorded.

import { dropText } from "./drop-text.ts";
import { monitorEvents, refuseEndless } from "./monitor-events.ts";
import { operation } from "./operation.ts";
import { flowFilter, flowParameters } from "./show-security-packet-drop-records.ts";

export const monitorSecurityPacketDrop = operation<never>({
  command: "monitor security packet-drop",
  help: "Watch packets being dropped",
  parameters: flowParameters,
  run: async () => refuseEndless(),
  text: () => "",
  stream: (gateway, input, _, signal) => {
    const wanted = flowFilter(input);
    return monitorEvents(gateway, signal, (event) => {
      if (event.kind !== "flow" || event.record.kind !== "session-deny" || !wanted(event.record)) return undefined;
      return dropText(event.record);
    });
  },
});
