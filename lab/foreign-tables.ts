// Rules as other programs on the same host make them, in their known shapes and through the programs that they use:
// Docker and libvirt by iptables over nftables, kube-proxy and firewalld by nftables itself, and the old iptables
// behind all of them.

export interface ForeignTables {
  readonly program: "nft" | "iptables-nft-restore" | "ip6tables-nft-restore" | "iptables-legacy-restore";
  readonly text: string;
  /** What `nft list table` is asked for; none for what nftables does not see. */
  readonly tables: readonly string[];
  /** What Merlon says of them. */
  readonly findings: readonly RegExp[];
}

const dockerFilter = `*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-ISOLATION-STAGE-2 - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT
-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
-A DOCKER-USER -j RETURN
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
COMMIT
`;

const libvirtIpv6 = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:LIBVIRT_FWI - [0:0]
:LIBVIRT_FWO - [0:0]
:LIBVIRT_FWX - [0:0]
-A FORWARD -j LIBVIRT_FWX
-A FORWARD -j LIBVIRT_FWI
-A FORWARD -j LIBVIRT_FWO
-A LIBVIRT_FWI -o virbr0 -j REJECT --reject-with icmp6-port-unreachable
-A LIBVIRT_FWO -i virbr0 -j REJECT --reject-with icmp6-port-unreachable
-A LIBVIRT_FWX -i virbr0 -o virbr0 -j ACCEPT
COMMIT
`;

const kubeProxy = `table ip kube-proxy {
	comment "rules for kube-proxy"
	set cluster-ips { type ipv4_addr; elements = { 10.96.0.1, 10.96.0.10 }; }
	map no-endpoint-services { type ipv4_addr . inet_proto . inet_service : verdict
		elements = { 10.96.0.20 . tcp . 80 : goto reject-chain }; }
	map service-ips { type ipv4_addr . inet_proto . inet_service : verdict
		elements = { 10.96.0.10 . udp . 53 : goto service-dns, 10.96.0.1 . tcp . 443 : goto service-api }; }
	chain filter-forward { type filter hook forward priority -110; policy accept;
		ct state new jump service-endpoints-check; }
	chain service-endpoints-check { ip daddr . meta l4proto . th dport vmap @no-endpoint-services; }
	chain nat-prerouting { type nat hook prerouting priority dstnat; policy accept; jump services; }
	chain nat-postrouting { type nat hook postrouting priority srcnat; policy accept; jump masquerading; }
	chain services { ip daddr . meta l4proto . th dport vmap @service-ips; }
	chain service-dns { numgen random mod 2 vmap { 0 : goto endpoint-1, 1 : goto endpoint-2 }; }
	chain service-api { goto endpoint-1; }
	chain endpoint-1 { meta l4proto udp dnat to 10.244.0.2:53; }
	chain endpoint-2 { meta l4proto udp dnat to 10.244.0.3:53; }
	chain masquerading { meta mark & 0x4000 == 0 return; masquerade fully-random; }
	chain reject-chain { reject; }
}
`;

const firewalld = `table inet firewalld {
	chain filter_PREROUTING { type filter hook prerouting priority filter + 10; policy accept;
		meta nfproto ipv6 fib saddr . mark . iif oif missing drop; }
	chain filter_FORWARD { type filter hook forward priority filter + 10; policy accept;
		ct state { established, related } accept
		ct status dnat accept
		iifname "lo" accept
		ct state invalid drop
		jump filter_FORWARD_ZONES
		reject with icmpx admin-prohibited; }
	chain filter_FORWARD_ZONES { iifname "eth9" goto filter_FWD_public
		goto filter_FWD_public; }
	chain filter_FWD_public { meta l4proto { icmp, ipv6-icmp } accept; }
	chain filter_INPUT { type filter hook input priority filter + 10; policy accept;
		ct state { established, related } accept
		iifname "lo" accept
		ct state vmap { invalid : drop, new : jump filter_IN_public }
		reject with icmpx admin-prohibited; }
	chain filter_IN_public { tcp dport 22 accept; }
}
`;

const others = `table inet tuning {
	chain early { type filter hook prerouting priority raw; policy accept; udp dport 53 notrack; }
	chain harmless { type filter hook forward priority 20; policy accept; counter accept; }
}
table netdev guard {
	chain door { type filter hook ingress device "lo" priority 0; policy accept; ip saddr 192.0.2.0/24 drop; }
}
table arp quiet {
	chain every { type filter hook input priority 0; policy drop; }
}
`;

const legacy = `*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -s 192.0.2.0/24 -j ACCEPT
COMMIT
`;

export const foreignTables: Readonly<Record<string, ForeignTables>> = {
  docker: {
    program: "iptables-nft-restore",
    text: dockerFilter,
    tables: ["ip filter", "ip nat"],
    findings: [
      /^against: chain FORWARD of table ip filter \(Docker\) at hook forward drops whatever its own rules do not accept/,
      /^before: chain PREROUTING of table ip nat \(Docker\) at hook prerouting translates addresses/,
      /^before: chain OUTPUT of table ip nat \(Docker\)/,
      /^before: chain POSTROUTING of table ip nat \(Docker\) .*logs show the translated source$/,
    ],
  },
  libvirt: {
    program: "ip6tables-nft-restore",
    text: libvirtIpv6,
    tables: ["ip6 filter"],
    findings: [/^beside: chain FORWARD of table ip6 filter \(libvirt\) at hook forward may drop what policies permit$/],
  },
  "kube-proxy": {
    program: "nft",
    text: kubeProxy,
    tables: ["ip kube-proxy"],
    findings: [
      /^beside: chain filter-forward of table ip kube-proxy \(kube-proxy\) at hook forward may drop/,
      /^before: chain nat-prerouting of table ip kube-proxy \(kube-proxy\) at hook prerouting translates/,
      /^before: chain nat-postrouting of table ip kube-proxy \(kube-proxy\)/,
    ],
  },
  firewalld: {
    program: "nft",
    text: firewalld,
    tables: ["inet firewalld"],
    findings: [
      /^against: chain filter_FORWARD of table inet firewalld \(firewalld\) at hook forward drops whatever/,
      /^beside: chain filter_PREROUTING of table inet firewalld \(firewalld\) at hook prerouting may drop/,
      /^beside: chain filter_INPUT of table inet firewalld \(firewalld\) .*drops what the gateway itself receives$/,
    ],
  },
  others: {
    program: "nft",
    text: others,
    tables: ["inet tuning", "netdev guard", "arp quiet"],
    findings: [
      /^against: chain early of table inet tuning at hook prerouting takes packets out of connection tracking/,
      /^beside: chain door of table netdev guard at hook ingress may drop/,
    ],
  },
  "old iptables": {
    program: "iptables-legacy-restore",
    text: legacy,
    tables: [],
    findings: [
      /^against: chain FORWARD of table filter of iptables-legacy drops whatever .*iptables-legacy -P FORWARD ACCEPT$/,
      /^beside: table filter of iptables-legacy has 1 rule, which may drop/,
    ],
  },
};
