// `applications`: names for services. The built-in `junos-*` applications stand in model/predefined-applications.ts.

import { container, key, leaf, list } from "./node.ts";
import { description, inactivityTimeout, integer, ipProtocol, name, objectName, portRange } from "./value.ts";

const alg = name("<protocol>", /^[A-Za-z0-9-]+$/, 32, "the name of an application protocol");
const noAlg = { notEnforced: "no application-layer gateway opens related sessions" };

const serviceTerms = {
  protocol: leaf("IP protocol", ipProtocol),
  "source-port": leaf("Source port or range", portRange),
  "destination-port": leaf("Destination port or range", portRange),
  "icmp-type": leaf("ICMP type", integer(0, 255)),
  "icmp-code": leaf("ICMP code", integer(0, 255)),
  "icmp6-type": leaf("ICMPv6 type", integer(0, 255)),
  "icmp6-code": leaf("ICMPv6 code", integer(0, 255)),
  "inactivity-timeout": leaf("Seconds after which an idle session ends", inactivityTimeout, {
    notEnforced: "idle sessions end after the kernel's timeout of their protocol",
  }),
};

export const applications = container("Applications by protocol and port", {
  application: list(
    "Application",
    [key("name", objectName)],
    {
      description: leaf("Text for people", description),
      "application-protocol": leaf("Application-layer gateway", alg, noAlg),
      ...serviceTerms,
      term: list(
        "One of several services of this application",
        [key("name", objectName)],
        {
          alg: leaf("Application-layer gateway", alg, noAlg),
          ...serviceTerms,
        },
        { oneLine: "always", countMax: 8 },
      ),
    },
    { oneLine: "single" },
  ),
  "application-set": list("Set of applications", [key("name", objectName)], {
    description: leaf("Text for people", description),
    application: list(
      "Application of this set",
      [key("name", objectName, { suggests: [["applications", "application"]] })],
      {},
    ),
    "application-set": list(
      "Set inside this set",
      [key("name", objectName, { suggests: [["applications", "application-set"]] })],
      {},
    ),
  }),
});
