// `applications`: names for services. The built-in `junos-*` applications stand in model/predefined-applications.ts.

import { container, key, leaf, list } from "./node.ts";
import { description, icmpType, inactivityTimeout, integer, ipProtocol, oneOf, plainName, portRange } from "./value.ts";

const alg = oneOf(
  Object.fromEntries(
    [
      "bootp", "dce-rpc", "dce-rpc-portmap", "dns", "exec", "ftp", "ftp-data", "gprs-gtp-c", "gprs-gtp-u", "gprs-gtp-v0",
      "gprs-sctp", "h323", "http", "https", "icmp", "icmpv6", "ignore", "iiop", "ike-esp-nat", "imap", "imaps", "ip",
      "login", "mgcp-ca", "mgcp-ua", "ms-rpc", "netbios", "netshow", "none", "pop3", "pop3s", "pptp", "q931", "ras",
      "realaudio", "rpc", "rpc-portmap", "rsh", "rtsp", "sccp", "shell", "sip", "smtp", "smtps", "snmp", "sqlnet",
      "sqlnet-v2", "ssh", "sun-rpc", "talk", "telnet", "tftp", "traceroute", "twamp", "winframe",
    ].map((word) => [word, word === "ignore" || word === "none" ? "No gateway" : `Gateway for ${word}`]), // prettier-ignore
  ),
);
const noAlg = { notEnforced: "no application-layer gateway opens related sessions" };

const serviceTerms = {
  protocol: leaf("IP protocol", ipProtocol),
  "source-port": leaf("Source port or range", portRange),
  "destination-port": leaf("Destination port or range", portRange),
  "icmp-type": leaf("ICMP type", icmpType(4)),
  "icmp-code": leaf("ICMP code", integer(0, 255)),
  "icmp6-type": leaf("ICMPv6 type", icmpType(6)),
  "icmp6-code": leaf("ICMPv6 code", integer(0, 255)),
  "inactivity-timeout": leaf("Seconds after which an idle session ends", inactivityTimeout),
};

export const applications = container("Applications by protocol and port", {
  application: list(
    "Application",
    [key("name", plainName)],
    {
      description: leaf("Text for people", description),
      "application-protocol": leaf("Application-layer gateway", alg, noAlg),
      ...serviceTerms,
      term: list(
        "One of several services of this application",
        [key("name", plainName)],
        {
          alg: leaf("Application-layer gateway", alg, noAlg),
          ...serviceTerms,
        },
        { oneLine: "always", countMax: 8 },
      ),
    },
    { oneLine: "single" },
  ),
  "application-set": list("Set of applications", [key("name", plainName)], {
    description: leaf("Text for people", description),
    application: list(
      "Application of this set",
      [key("name", plainName, { suggests: [["applications", "application"]] })],
      {},
    ),
    "application-set": list(
      "Set inside this set",
      [key("name", plainName, { suggests: [["applications", "application-set"]] })],
      {},
    ),
  }),
});
