// The attacks that screens tell apart, in the order in which statistics show them. Titles and event names are the
// original's, because people and log parsers know them; the kind of an event says which fields its record has.

interface AttackWords {
  /** In `show security screen statistics`. */
  readonly title: string;
  /** `attack-name` of the event. */
  readonly event: string;
  readonly log: AttackLog;
}

/** RT_SCREEN_ICMP, _UDP, _TCP, _IP, _TCP_SRC_IP, _TCP_DST_IP, _SESSION_LIMIT. */
export type AttackLog = "icmp" | "udp" | "tcp" | "ip" | "tcp-source" | "tcp-destination" | "session-limit";

export const attacks = {
  "icmp-flood": { title: "ICMP flood", event: "ICMP flood!", log: "icmp" },
  "udp-flood": { title: "UDP flood", event: "UDP flood!", log: "udp" },
  winnuke: { title: "TCP winnuke", event: "WinNuke attack!", log: "tcp" },
  "tcp-port-scan": { title: "TCP port scan", event: "TCP port scan!", log: "tcp" },
  "udp-port-scan": { title: "UDP port scan", event: "UDP port scan!", log: "udp" },
  "icmp-sweep": { title: "ICMP address sweep", event: "Address sweep!", log: "icmp" },
  "tcp-sweep": { title: "TCP sweep", event: "TCP sweep!", log: "tcp" },
  "udp-sweep": { title: "UDP sweep", event: "UDP sweep!", log: "udp" },
  "tear-drop": { title: "IP tear drop", event: "Tear-drop attack!", log: "ip" },
  "syn-flood": { title: "TCP SYN flood", event: "SYN flood!", log: "tcp" },
  "syn-flood-source": { title: "SYN flood source", event: "SYN flood Src-IP based!", log: "tcp-source" },
  "syn-flood-destination": {
    title: "SYN flood destination",
    event: "SYN flood Dst-IP based!",
    log: "tcp-destination",
  },
  spoofing: { title: "IP spoofing", event: "IP spoofing!", log: "ip" },
  "ping-death": { title: "ICMP ping of death", event: "Ping of death attack!", log: "icmp" },
  "source-route": { title: "IP source route option", event: "Source Route IP option!", log: "ip" },
  land: { title: "TCP land attack", event: "Land attack!", log: "tcp" },
  "syn-fragment": { title: "TCP SYN fragment", event: "SYN fragment!", log: "tcp" },
  "no-flag": { title: "TCP no flag", event: "No TCP flag!", log: "tcp" },
  "unknown-protocol": { title: "IP unknown protocol", event: "Unknown protocol!", log: "ip" },
  "bad-option": { title: "IP bad options", event: "Bad IP option!", log: "ip" },
  "record-route": { title: "IP record route option", event: "Record Route IP option!", log: "ip" },
  timestamp: { title: "IP timestamp option", event: "Timestamp IP option!", log: "ip" },
  security: { title: "IP security option", event: "Security IP option!", log: "ip" },
  "loose-source-route": { title: "IP loose source route option", event: "Loose Src Route IP option!", log: "ip" },
  "strict-source-route": { title: "IP strict source route option", event: "Strict Src Route IP option!", log: "ip" },
  stream: { title: "IP stream option", event: "Stream IP option!", log: "ip" },
  "icmp-fragment": { title: "ICMP fragment", event: "ICMP fragment!", log: "icmp" },
  "icmp-large": { title: "ICMP large packet", event: "Large ICMP packet!", log: "icmp" },
  "syn-fin": { title: "TCP SYN FIN", event: "SYN and FIN bits!", log: "tcp" },
  "fin-no-ack": { title: "TCP FIN no ACK", event: "FIN but no ACK bit!", log: "tcp" },
  "source-session-limit": { title: "Source session limit", event: "Src IP session limit!", log: "session-limit" },
  "block-fragment": { title: "IP block fragment", event: "Fragmented traffic!", log: "ip" },
  "destination-session-limit": {
    title: "Destination session limit",
    event: "Dst IP session limit!",
    log: "session-limit",
  },
  "ipv6-extension-header": { title: "IPv6 extension header", event: "IPv6 extension header!", log: "ip" },
  "ipv6-hop-by-hop-option": {
    title: "IPv6 extension hop by hop option",
    event: "IPv6 hop by hop option!",
    log: "ip",
  },
  "ipv6-destination-option": {
    title: "IPv6 extension destination option",
    event: "IPv6 destination option!",
    log: "ip",
  },
  "ipv6-header-limit": {
    title: "IPv6 extension header limit",
    event: "IPv6 extension header limit!",
    log: "ip",
  },
  "ipv6-malformed-header": { title: "IPv6 malformed header", event: "IPv6 malformed header!", log: "ip" },
  "icmpv6-malformed": { title: "ICMPv6 malformed packet", event: "ICMPv6 malformed packet!", log: "icmp" },
  tunnel: { title: "IP tunnel summary", event: "IP tunnel!", log: "ip" },
} as const satisfies Readonly<Record<string, AttackWords>>;

export type AttackName = keyof typeof attacks;

export const attackNames = Object.keys(attacks) as readonly AttackName[];
