// `show system log-destinations`: who gets messages, whether they arrive, and how many did not.

import type { DestinationState } from "../log/log-router.ts";
import { operation } from "./operation.ts";
import { renderTable } from "./table.ts";

export const showSystemLogDestinations = operation<readonly DestinationState[]>({
  command: "show system log-destinations",
  help: "Show who gets messages, and how many were lost",
  parameters: [],
  run: async ({ logDestinations }) => logDestinations(),
  text: (destinations) =>
    destinations.length === 0
      ? "No destination is configured (set security log stream …, set system syslog host …)\n"
      : renderTable(
          [
            { title: "Destination", cell: ({ name }) => name },
            { title: "State", cell: ({ state, reason }) => (reason === undefined ? state : `${state}: ${reason}`) },
            { title: "Sent", cell: ({ counts }) => String(counts.sentCount), align: "right" },
            { title: "Waiting", cell: ({ counts }) => String(counts.waitingCount), align: "right" },
            { title: "Held back", cell: ({ counts }) => String(counts.heldBackCount), align: "right" },
            { title: "Lost", cell: ({ counts }) => String(counts.lostCount), align: "right" },
          ],
          destinations,
        ),
});
