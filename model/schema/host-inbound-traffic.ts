// `host-inbound-traffic`: which services of the gateway itself answer on a zone or interface. The interface level
// replaces the zone level as a whole.

import { container, flag, key, list } from "./node.ts";
import { oneOf } from "./value.ts";
import { hostProtocols, hostServices } from "../host-inbound.ts";

function helpOf<T extends Record<string, { help: string }>>(services: T): Record<keyof T & string, string> {
  return Object.fromEntries(Object.entries(services).map(([word, { help }]) => [word, help])) as Record<
    keyof T & string,
    string
  >;
}

export const hostInboundTraffic = container("Services and protocols of the gateway that may be reached from here", {
  "system-services": list(
    "System service that may be reached",
    [key("name", oneOf(helpOf(hostServices)))],
    { except: flag("Refuse this service although all are allowed") },
    { block: true },
  ),
  protocols: list(
    "Routing protocol that may be reached",
    [key("name", oneOf(helpOf(hostProtocols)))],
    { except: flag("Refuse this protocol although all are allowed") },
    { block: true },
  ),
});
