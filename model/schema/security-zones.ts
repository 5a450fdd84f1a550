// `security zones`: which interfaces stand together behind one security boundary.

import { hostInboundTraffic } from "./host-inbound-traffic.ts";
import { container, flag, key, leaf, list } from "./node.ts";
import { description, interfaceUnit, name, zoneName } from "./value.ts";
import { addressBookContents } from "./security-address-book.ts";

const zoneInterfaces = list(
  "Interface of this zone",
  [key("name", interfaceUnit, { suggests: [["interfaces", "interface"]] })],
  { "host-inbound-traffic": hostInboundTraffic },
  { block: true },
);

export const securityZones = container("Security zones", {
  "functional-zone": container("Zone with a special purpose", {
    management: container(
      "Zone of the interfaces that only manage the gateway; no transit traffic",
      {
        description: leaf("Text for people", description),
        interfaces: zoneInterfaces,
        "host-inbound-traffic": hostInboundTraffic,
      },
      { presence: true },
    ),
  }),
  "security-zone": list("Security zone", [key("name", zoneName)], {
    description: leaf("Text for people", description),
    "tcp-rst": flag("Answer a TCP segment without a session with a reset"),
    "address-book": container("Addresses known in this zone", addressBookContents),
    screen: leaf("Screen applied to traffic that enters here", name("<screen-name>", /^\S+$/, 32, "a screen name"), {
      refersTo: ["security", "screen", "ids-option"],
    }),
    "host-inbound-traffic": hostInboundTraffic,
    interfaces: zoneInterfaces,
    "application-tracking": flag("Log the applications of this zone's sessions", {
      notEnforced: "no application is tracked",
    }),
  }),
});
