// What does not happen while statements of a hierarchy are kept without effect, in our own words: a clause for the one
// warning of a commit. The longest beginning that fits counts.

const consequences: Readonly<Record<string, string>> = {
  access: "no user is authenticated through profiles, and no address is given to clients",
  "accounting-options": "nothing is written to accounting files",
  applications: "applications are told by protocol and port alone",
  "bridge-domains": "nothing is bridged",
  chassis: "the hardware stays as it is, and there is no cluster",
  "class-of-service": "traffic is neither queued nor marked",
  "dynamic-profiles": "no profile is applied",
  "event-options": "nothing is done on events",
  firewall: "no packet filter is applied",
  "forwarding-options": "packets are neither sampled, relayed nor mirrored",
  interfaces: "the options of the device stay as they are",
  "logical-systems": "there is one system: nothing of the inner ones is enforced",
  "policy-options": "no route is filtered or changed",
  protocols: "no routing protocol runs",
  "routing-instances": "there is one routing table, and no instance",
  "routing-options": "routes are static and plain",
  "security alarms": "no security alarm is raised",
  "security alg": "no application-layer gateway opens related sessions",
  "security application-firewall": "no rule by application is enforced",
  "security dynamic-address": "no feed of addresses is read",
  "security flow": "sessions are handled with the defaults of the kernel",
  "security flow aging early-aging": "no application or protocol has an early end of its own",
  "security flow tcp-mss": "segments in tunnels are as large as they were",
  "security flow traceoptions": "nothing is traced",
  "security forwarding-options": "packets are forwarded as the kernel does it",
  "security idp": "no intrusion is looked for",
  "security ike": "no tunnel is built",
  "security ipsec": "no tunnel is built",
  "security log": "messages go without it",
  "security nat": "translation does without it",
  "security pki": "certificates are not used",
  "security policies":
    "policies go without it and never permit more for that: warnings of their own name those that deny or match nothing instead",
  "security screen": "the screen does without it",
  "security screen ids-option ip tunnel": "the inner header of a tunnel is not looked at",
  "security screen ids-option limit-session": "limits of sessions hold, and no cookie is asked for",
  "security screen ids-option match-direction": "screens check what enters the zone",
  "security screen ids-option tcp syn-ack-ack-proxy": "the gateway takes part in no log-in, so there is none to count",
  "security screen ids-option tcp syn-defense": "the screen against SYN floods is syn-flood",
  "security screen trap": "nobody is told by SNMP",
  "security utm": "content is not inspected",
  "security zones": "the zone does without it",
  services: "the service does not run",
  snmp: "no management station is answered",
  "switch-options": "nothing is switched",
  "system login": "logging in does without it",
  "system login class": "the class does without it, and with times or tenants nobody who has it can log in",
  "system name-server": "names are resolved as the host does",
  "system ntp": "the clock is that of the host",
  "system root-authentication": "root logs in without it",
  "system services": "the service does without it, or does not run",
  "system services netconf": "NETCONF does without it",
  "system services ssh": "SSH does without it",
  "system syslog": "messages go without it",
  "system time-zone": "the time zone is that of the host",
  system: "the host stays as it is",
  tenants: "there is one system: nothing of the tenants is enforced",
  "unknown-statement": "what it means is not known",
  vlans: "nothing is switched",
};

/** `words` are those of a hierarchy, without keys. */
export function consequenceOf(words: readonly string[]): string {
  for (let length = words.length; length > 0; length--) {
    const known = consequences[words.slice(0, length).join(" ")];
    if (known !== undefined) return known;
  }
  return "it has no effect";
}
