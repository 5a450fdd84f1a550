// `security screen`: checks on packets that enter a zone, before any session and any policy. What is not here (traps, the
// proxy of log-ins) is kept from the grammar of the original, and a commit says so. Numbers and defaults are the original's.

import { container, flag, key, leaf, leafList, list } from "./node.ts";
import { description, integer, ipPrefix, name } from "./value.ts";

const numberMax = 4_294_967_295;
const whiteListMax = 32;

export const screenName = name("<screen-name>", /^\S+$/, 64, "a screen name (1 to 64 characters without blanks)");

const whiteListName = name(
  "<white-list-name>",
  /^[A-Za-z0-9][A-Za-z0-9_-]*$/,
  32,
  "the name of a white list (1 to 32 letters, digits, '_', '-', starting with a letter or digit)",
);

const whiteListPath = ["security", "screen", "white-list"] as const;

function whiteLists(countMax: number) {
  return leafList("White list whose addresses are left out", whiteListName, { countMax, refersTo: whiteListPath });
}

/** So many packets to different targets within this time are a search for victims. */
function sweep(help: string) {
  return container(
    help,
    {
      threshold: leaf("Microseconds in which ten of them are one too many", integer(1_000, 1_000_000), {
        defaultValue: 5_000,
      }),
    },
    { presence: true, oneLine: "always" },
  );
}

function rate(help: string, value: number) {
  return leaf(help, integer(0, numberMax), { defaultValue: value });
}

/** A number of an option or header, alone or as the first of a range. */
function numberRanges(help: string, first: number) {
  return list(
    help,
    [key("name", integer(first, 255))],
    {
      to: container("End of a range", {
        "type-high": leaf("Last number", integer(first, 255), { positional: true }),
      }),
    },
    { oneLine: "always", countMax: 256 },
  );
}

const hopByHopHeader = container(
  "Hop-by-hop options, or any such header when no option is named",
  {
    "jumbo-payload-option": flag("Packets of more than 65,535 bytes"),
    "router-alert-option": flag("Router alert"),
    "quick-start-option": flag("Quick start"),
    "CALIPSO-option": flag("Security label of IPv6"),
    "SMF-DPD-option": flag("Duplicate detection of multicast forwarding"),
    "RPL-option": flag("Routing information of low-power networks"),
    "user-defined-option-type": numberRanges("Options by number", 1),
  },
  { presence: true },
);

const destinationHeader = container(
  "Destination options, or any such header when no option is named",
  {
    "tunnel-encapsulation-limit-option": flag("Limit of tunnels in tunnels"),
    "home-address-option": flag("Home address of a mobile node"),
    "ILNP-nonce-option": flag("Nonce of identifier-locator networking"),
    "line-identification-option": flag("Identification of a subscriber line"),
    "user-defined-option-type": numberRanges("Options by number", 1),
  },
  { presence: true },
);

const ip = container("Checks of the IP header", {
  "bad-option": flag("IPv4 options that are broken or not known"),
  "record-route-option": flag("IPv4 option record route"),
  "timestamp-option": flag("IPv4 option timestamp"),
  "security-option": flag("IPv4 option security"),
  "stream-option": flag("IPv4 option stream identifier"),
  spoofing: flag("Sources whose way back does not lead into the zone"),
  "source-route-option": flag("Either source route option of IPv4"),
  "loose-source-route-option": flag("IPv4 option loose source route"),
  "strict-source-route-option": flag("IPv4 option strict source route"),
  "unknown-protocol": flag("Protocols above 137, with IPv6 above 139"),
  "block-frag": container("Fragments", { "white-list": whiteLists(2) }, { presence: true }),
  "tear-drop": flag("Fragments that overlap"),
  "ipv6-extension-header": container("Extension headers of IPv6", {
    "hop-by-hop-header": hopByHopHeader,
    "routing-header": flag("Routing header"),
    "fragment-header": flag("Fragment header"),
    "ESP-header": flag("Encapsulating security payload"),
    "AH-header": flag("Authentication header"),
    "no-next-header": flag("No next header"),
    "destination-header": destinationHeader,
    "shim6-header": flag("Shim6 header"),
    "mobility-header": flag("Mobility header"),
    "HIP-header": flag("Host identity header"),
    "user-defined-header-type": numberRanges("Headers by number", 0),
  }),
  "ipv6-extension-header-limit": leaf("Extension headers that a packet may have", integer(0, 32)),
  "ipv6-malformed-header": flag("Headers of IPv6 in wrong places"),
  tunnel: container("Tunnels without a session of their own", {
    gre: container("IP in GRE", {
      "gre-6in4": flag("IPv6 in GRE in IPv4"),
      "gre-4in6": flag("IPv4 in GRE in IPv6"),
      "gre-6in6": flag("IPv6 in GRE in IPv6"),
      "gre-4in4": flag("IPv4 in GRE in IPv4"),
    }),
    "ip-in-udp": container("IP in UDP", { teredo: flag("Teredo") }),
    ipip: container("IP in IP", {
      "ipip-6to4relay": flag("IPv6 in IPv4 to and from 6to4 relays"),
      "ipip-6in4": flag("IPv6 in IPv4"),
      "ipip-4in6": flag("IPv4 in IPv6"),
      "ipip-4in4": flag("IPv4 in IPv4"),
      "ipip-6in6": flag("IPv6 in IPv6"),
      isatap: flag("ISATAP"),
      dslite: flag("Dual-Stack Lite"),
    }),
  }),
});

const tcp = container("Checks of TCP", {
  "syn-fin": flag("SYN and FIN in one segment"),
  "fin-no-ack": flag("FIN without ACK"),
  "tcp-no-flag": flag("No flag at all"),
  "syn-frag": flag("A SYN in fragments"),
  "port-scan": sweep("One source, one target, many ports"),
  "syn-flood": container(
    "More handshakes begun than can be meant",
    {
      "alarm-threshold": rate("SYNs a second above the attack threshold from which on it is logged", 512),
      "attack-threshold": rate("SYNs a second to one address and port that pass without a proof", 200),
      "source-threshold": rate("SYNs a second from one source that pass", 4_000),
      "destination-threshold": rate("SYNs a second to one address that pass", 4_000),
      timeout: leaf("Seconds for which a source or target is remembered", integer(1, 50), { defaultValue: 20 }),
      "white-list": list(
        "Addresses that are left out",
        [key("name", whiteListName)],
        {
          "source-address": leafList("By source", ipPrefix, { countMax: whiteListMax }),
          "destination-address": leafList("By target", ipPrefix, { countMax: whiteListMax }),
        },
        { ordered: false, countMax: 2 },
      ),
    },
    { presence: true },
  ),
  land: flag("Source and target are the same address"),
  winnuke: flag("Urgent data to port 139"),
  "tcp-sweep": sweep("One source, SYNs to many targets"),
});

function sessionLimits() {
  return {
    "maximum-sessions": leaf("Sessions at once", integer(0, numberMax)),
    "packet-rate": leaf("Packets a second", integer(1, numberMax)),
    "session-rate": leaf("New sessions a second", integer(1, numberMax)),
    whitelist: whiteLists(10),
  };
}

function limitsBy(help: string) {
  const ofProtocol = (protocol: string) => container(`Limits for ${protocol}`, sessionLimits(), { presence: true });
  return container(
    help,
    {
      ...sessionLimits(),
      "by-protocol": container(
        "Limits for each protocol",
        { tcp: ofProtocol("TCP"), udp: ofProtocol("UDP"), icmp: ofProtocol("ICMP") },
        { presence: true },
      ),
    },
    { presence: true },
  );
}

const idsOption = list(
  "Screen",
  [key("name", screenName)],
  {
    description: leaf("Text for people", description),
    "alarm-without-drop": flag("Count and log, and let everything pass"),
    aggregation: container(
      "Addresses that are counted as one by session limits",
      {
        "source-prefix-mask": leaf("Length of an IPv4 source prefix", integer(1, 32)),
        "destination-prefix-mask": leaf("Length of an IPv4 target prefix", integer(1, 32)),
        "source-prefix-v6-mask": leaf("Length of an IPv6 source prefix", integer(1, 128)),
        "destination-prefix-v6-mask": leaf("Length of an IPv6 target prefix", integer(1, 128)),
      },
      { presence: true },
    ),
    icmp: container("Checks of ICMP", {
      "ip-sweep": sweep("One source, ICMP to many targets"),
      fragment: flag("ICMP in fragments"),
      large: flag("ICMP packets of more than 1,024 bytes"),
      flood: container(
        "More ICMP than can be meant",
        { threshold: rate("Packets a second to one address that pass", 1_000) },
        { presence: true, oneLine: "always" },
      ),
      "ping-death": flag("Fragments of ICMP that make more than 65,535 bytes"),
      "icmpv6-malformed": flag("ICMPv6 messages that are broken"),
    }),
    ip,
    tcp,
    udp: container("Checks of UDP", {
      flood: container(
        "More UDP than can be meant",
        {
          threshold: rate("Packets a second to one address and port that pass", 1_000),
          "white-list": whiteLists(2),
        },
        { presence: true },
      ),
      "udp-sweep": sweep("One source, UDP to many targets"),
      "port-scan": sweep("One source, one target, many ports"),
    }),
    "limit-session": container("Limits for one address", {
      "source-ip-based": leaf("Sessions at once from one source", integer(0, numberMax)),
      "destination-ip-based": leaf("Sessions at once to one target", integer(0, numberMax)),
      "by-source": limitsBy("Limits for one source"),
      "by-destination": limitsBy("Limits for one target"),
    }),
  },
  { ordered: false },
);

export const securityScreen = container("Checks before sessions and policies", {
  "ids-option": idsOption,
  "white-list": list(
    "Addresses that checks leave out",
    [key("name", whiteListName)],
    { address: leafList("Prefix", ipPrefix, { countMax: whiteListMax }) },
    { ordered: false, countMax: 32 },
  ),
});
