// `system syslog` and `security log`: what the gateway says about itself and about the traffic, and to whom.

import { container, flag, key, leaf, leafList, list } from "./node.ts";
import { integer, ipAddress, name, oneOf } from "./value.ts";

const facility = oneOf({
  any: "Everything",
  authorization: "Logins",
  daemon: "The parts of the gateway",
  ftp: "File transfer",
  ntp: "The clock",
  security: "Security",
  kernel: "The kernel",
  user: "What concerns users, and the security logs in event mode",
  dfc: "Flow capture",
  external: "Programs of others",
  firewall: "Packet filters",
  pfe: "Forwarding",
  "conflict-log": "Conflicts in the configuration",
  "change-log": "Changes of the configuration",
  "interactive-commands": "What is typed",
});

const severity = {
  any: flag("All severities", { choice: "level" }),
  emergency: flag("The gateway cannot be used", { choice: "level" }),
  alert: flag("To be mended at once", { choice: "level" }),
  critical: flag("Critical, and worse", { choice: "level" }),
  error: flag("Errors, and worse", { choice: "level" }),
  warning: flag("Warnings, and worse", { choice: "level" }),
  notice: flag("What should be looked at, and worse", { choice: "level" }),
  info: flag("What is good to know, and worse", { choice: "level" }),
  none: flag("Nothing", { choice: "level" }),
};

const contents = list("What is logged", [key("name", facility)], severity, {
  keyword: false,
  oneLine: "always",
  ordered: false,
});

const match = leaf("Only lines that match this expression", name("<expression>", /^.+$/, 1024, "an expression"));
const structuredData = container(
  "RFC 5424, with every field by its name",
  { brief: flag("Without the sentence for people") },
  { presence: true },
);
const fileName = name("<file>", /^(?!\.{1,2}$)[^/ %]+$/, 255, "a name without a path");
const size = name("<size>", /^\d{1,10}[kKmMgG]?$/, 11, "bytes, or a number with k, m or g");
const archive = container(
  "When a file gives way to the next",
  {
    size: leaf("Size of a file", size),
    files: leaf("Files that are kept", integer(1, 1000)),
    "world-readable": flag("Everybody on the host may read it", { choice: "readers" }),
    "no-world-readable": flag("Only the gateway's user may read it", { choice: "readers" }),
  },
  { presence: true },
);

export const systemSyslog = container("What the gateway says about itself", {
  archive,
  host: list("Where messages are sent", [key("name", name("<host>", /^[\w.:-]+$/, 255, "a host"))], {
    contents,
    match,
    port: leaf("Port of the host", integer(0, 65_535)),
    "log-prefix": leaf(
      "Text before every message",
      name("<prefix>", /^[^ =:]+$/, 255, "a text without space, = and :"),
    ),
    "source-address": leaf("Address that messages are sent from", ipAddress),
    "explicit-priority": flag("Facility and severity stand in the message"),
    "exclude-hostname": flag("Without the name of the gateway"),
    transport: leaf(
      "How messages travel",
      oneOf({ udp: "Datagrams", tcp: "A connection", tls: "A connection that nobody reads along" }),
      { defaultValue: "udp" },
    ),
    tlsdetails: container(
      "Whom TLS trusts",
      {
        "trusted-ca-group": list(
          "Certificates that are trusted",
          [key("name", name("<group>", /^\S+$/, 63, "a name"))],
          {
            "ca-profiles": leafList(
              "Profile whose certificates are trusted",
              name("<profile>", /^[\w.-]+$/, 63, "a name"),
            ),
          },
        ),
      },
      { presence: true },
    ),
    "structured-data": structuredData,
  }),
  file: list("Files that messages are kept in", [key("name", fileName)], {
    contents,
    match,
    archive,
    "explicit-priority": flag("Facility and severity stand in the line"),
    "structured-data": structuredData,
  }),
  "source-address": leaf("Address that messages are sent from", ipAddress),
});

const category = oneOf({
  all: "Everything",
  session: "Sessions",
  "session-open": "Sessions that begin",
  "session-close": "Sessions that end",
  screen: "Attacks that screens see",
  nat: "Translation of addresses",
  flow: "Sessions",
  "fw-auth": "Users of the firewall",
  "content-security": "Content",
  alg: "Helpers of protocols",
  sctp: "SCTP",
  gtp: "GTP",
  ipsec: "Tunnels",
  idp: "Intrusions",
  rtlog: "The log itself",
  "pst-ds-lite": "DS-Lite",
  appqos: "Quality of service",
  secintel: "Threat feeds",
  aamw: "Malware",
  sfw: "Stateful firewall",
  urlf: "Web filter",
  ha: "The cluster",
  "ha-open": "The cluster comes up",
  "ha-close": "The cluster goes down",
  pcp: "Port control",
  dnsf: "Filter of names",
  dns: "Names",
});
const formats = {
  syslog: "One line for people",
  "sd-syslog": "RFC 5424, with every field by its name",
  binary: "Not supported: written as sd-syslog",
  protobuf: "Not supported: written as sd-syslog",
};
const securityTransport = container(
  "How messages travel",
  {
    protocol: leaf(
      "Protocol",
      oneOf({ udp: "Datagrams", tcp: "A connection", tls: "A connection that nobody reads along" }),
    ),
    "tls-profile": leaf("Whose certificates TLS trusts", name("<profile>", /^[\w.-]+$/, 63, "a name")),
    "tcp-connections": leaf("Connections at once", integer(1, 5), { notEnforced: "one connection is used" }),
  },
  { presence: true },
);

export const securityLog = container("What the gateway says about the traffic", {
  disable: flag("No messages to anybody; the local log goes on"),
  mode: leaf(
    "Who gets the messages",
    oneOf({
      stream: "The streams below",
      event: "Those that `system syslog` names",
      "stream-event": "Both",
    }),
    { defaultValue: "stream" },
  ),
  format: leaf("Form of the messages", oneOf(formats), { defaultValue: "syslog" }),
  "rate-cap": leaf("Messages in a second at most, in stream mode", integer(0, 5_000)),
  "event-rate": leaf("Messages in a second at most, in event mode", integer(0, 1_500)),
  "source-address": leaf("Address that messages are sent from", ipAddress),
  transport: securityTransport,
  stream: list("One who gets messages", [key("name", name("<stream>", /^[\w.-]+$/, 63, "a name"))], {
    severity: leaf(
      "The mildest messages that are sent",
      oneOf({
        emergency: "The gateway cannot be used",
        alert: "To be mended at once",
        critical: "Critical",
        error: "Errors",
        warning: "Warnings",
        notice: "What should be looked at",
        info: "What is good to know",
        debug: "Everything",
      }),
    ),
    format: leaf("Form of the messages", oneOf({ ...formats, welf: "Not supported: written as sd-syslog" })),
    category: list("Kind of messages", [key("name", category)], {}, { block: true }),
    filter: list("Narrower kinds", [key("name", oneOf({ "threat-attack": "Attacks" }))], {}, { block: true }),
    host: container("Where messages are sent", {
      ipaddr: leaf("Address or name", name("<host>", /^[\w.:-]+$/, 255, "a host"), { positional: true }),
      port: leaf("Port of the host", integer(0, 65_535)),
    }),
    "rate-limit": container("Messages in a second at most", {
      rate: leaf("Messages in a second", integer(1, 65_535), { positional: true }),
    }),
    transport: securityTransport,
    "source-address": leaf("Address that messages are sent from", ipAddress),
  }),
});
