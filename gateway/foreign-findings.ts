// What foreign rules on the same host mean for what Merlon enforces, in sentences for an operator. In nftables nobody's
// accept ends our evaluation, but anybody's drop is final, wherever it stands; what is not tracked, or passes in a
// flowtable, never meets a policy; who writes the connection mark writes over the policy of the session; and who translates
// addresses changes what policies see.

import { isLinkLocal } from "@merlon/model/ip/address.ts";
import type { ForeignAct } from "./kernel/foreign-act.ts";
import type { ForeignChain, ForeignRules, ForeignTable } from "./kernel/foreign-rules.ts";
import { sessionMarkMask } from "./kernel/kernel.ts";
import type { KernelLink } from "./kernel/kernel.ts";
import type { LegacyTable } from "./kernel/legacy-tables.ts";

export interface ForeignFinding {
  /**
   * `against`: what is enforced is not what the policies say. `beside`: rules that may drop some of what they permit.
   * `before`: policies see something else than what came in.
   */
  readonly weight: "against" | "beside" | "before";
  /** `table ip filter (Docker)`. */
  readonly where: string;
  readonly sentence: string;
}

const order = ["against", "beside", "before"] as const;

/** What Merlon enforces for, where it enforces. */
export interface EnforcedDevices {
  readonly links: readonly KernelLink[];
  /** Devices of interfaces that are in a zone. */
  readonly zoned: ReadonlySet<string>;
}

export function foreignFindings(rules: ForeignRules, devices?: EnforcedDevices): readonly ForeignFinding[] {
  const { chains, flowtables, legacy, unread, wires = false } = rules;
  const found = [
    ...flowtables.map(flowtableFinding),
    ...chains.flatMap((chain) => chainFindings(chain, wires)),
    ...legacy.flatMap((table) => legacyFindings(table, wires)),
    ...unread.map(unreadFinding),
    ...(devices === undefined ? [] : bridgeFindings(rules, devices)),
  ];
  return found.toSorted((a, b) => order.indexOf(a.weight) - order.indexOf(b.weight));
}

/** The sentence of the alarm; undefined when nothing stands against or beside what is enforced. */
export function foreignAlarm(
  findings: readonly ForeignFinding[],
): { readonly severity: "major" | "minor"; readonly message: string } | undefined {
  const against = findings.filter(({ weight }) => weight === "against");
  const told = against.length > 0 ? against : findings.filter(({ weight }) => weight === "beside");
  const [first] = told;
  if (first === undefined) return undefined;
  const more = told.length === 1 ? "" : `; and ${told.length - 1} more: show system foreign-rules`;
  return { severity: against.length > 0 ? "major" : "minor", message: `${first.where} ${first.sentence}${more}` };
}

function flowtableFinding(flowtable: ForeignTable): ForeignFinding {
  return {
    weight: "against",
    where: `flowtable ${flowtable.name ?? ""} of ${tableText(flowtable, [])}`,
    sentence: "carries sessions past Merlon, also when a commit revokes them; delete it",
  };
}

/** Rules of other families see no packet that Merlon decides about: it routes, and ARP is beneath it. */
const packetFamilies: ReadonlySet<string> = new Set(["inet", "ip", "ip6", "netdev"]);
const transitHooks: ReadonlySet<string> = new Set(["prerouting", "forward", "postrouting", "ingress", "egress"]);

function chainFindings(chain: ForeignChain, wires: boolean): readonly ForeignFinding[] {
  const { hook, priority, effects, neighbors, family } = chain;
  const transit = transitHooks.has(hook);
  // Frames of secure wires pass the chains of bridges, and no others there are of ours.
  if (!packetFamilies.has(family) && !(family === "bridge" && wires && transit)) return [];
  const where = `chain ${chain.name} of ${tableText(chain, neighbors)}`;
  const place: ActPlace = { hook, priority, transit, wires, at: `at hook ${hook} ` };
  const told = (remark: Remark | undefined): readonly ForeignFinding[] =>
    remark === undefined ? [] : [{ weight: remark[0], where, sentence: place.at + remark[1] }];
  if (!effects.dropsByDefault) return effects.acts.flatMap((act) => told(remarks[act](place)));
  const sentence = `drops what the gateway itself ${hook === "input" ? "receives" : "sends"}`;
  const drops: Remark = transit
    ? ["against", "drops whatever its own rules do not accept, also what policies permit"]
    : ["beside", sentence];
  return [drops, ...effects.acts.filter((act) => act !== "drops").map((act) => remarks[act](place))].flatMap(told);
}

/** Where something is done; a table of the old iptables has no one hook. */
interface ActPlace {
  readonly hook?: ForeignChain["hook"];
  readonly priority?: number;
  /** Packets on their way through the gateway pass there. */
  readonly transit: boolean;
  readonly wires: boolean;
  /** Begins the sentence: `at hook forward `. */
  readonly at: string;
}

type Remark = readonly [weight: ForeignFinding["weight"], words: string];

const trackingPriority = -200;
const freeMarkBits = `0x${(~sessionMarkMask >>> 0).toString(16)}`;
const gravely = ({ transit }: ActPlace): ForeignFinding["weight"] => (transit ? "against" : "beside");

/** What an act means in its place, if anything. */
const remarks: Readonly<Record<ForeignAct, (place: ActPlace) => Remark | undefined>> = {
  drops: () => ["beside", "may drop what policies permit"],
  untracks: ({ hook, priority = trackingPriority - 1 }) => {
    // Behind tracking there is nothing left to take out (nft_notrack_eval).
    if (priority >= trackingPriority) return undefined;
    return hook === "output"
      ? ["beside", "takes what the gateway itself sends out of connection tracking, and Merlon refuses the answers"]
      : ["against", "takes packets out of connection tracking, and Merlon drops them in transit"];
  },
  offloads: () => ["against", "hands sessions to a flowtable, past Merlon"],
  queues: () => ["beside", "hands packets to a program, which may drop or change them"],
  translates: ({ hook }) => ["before", `translates addresses: ${seenBy(hook)}`],
  intercepts: () => ["before", "gives packets to a program of this host: for policies they end at the gateway itself"],
  answers: (place) => [
    gravely(place),
    "answers for servers that are behind it (SYN proxy): what it begins with them meets no policy between zones; delete that rule",
  ],
  remarks: (place) => [
    gravely(place),
    `sets the connection mark, where Merlon keeps the policy of ${place.transit ? "sessions" : "the gateway's own sessions"}: ` +
      `they may break off, be in no list or log, and outlive their policy; let it set no bits but ${freeMarkBits}`,
  ],
  marks: ({ hook, wires }) => {
    const isBeforePolicies = hook === undefined || hook === "prerouting" || hook === "forward";
    if (!wires || !isBeforePolicies) return undefined;
    return [
      "against",
      "sets the mark of packets, by which Merlon knows the ports of secure wires; let it pass them by",
    ];
  },
  relabels: () => [
    "before",
    "sets labels of sessions, where Merlon keeps their translation: logs may name other rules",
  ],
  silences: (place) => [
    gravely(place),
    "keeps back events of sessions: logs lack that they begin or end; let it keep new and destroy",
  ],
  expects: ({ transit }) => [
    transit ? "against" : "before",
    `lets in what sessions announce, without ${transit ? "a policy" : "host-inbound-traffic"}; delete that rule`,
  ],
  diverts: () => ["against", "hands packets to another device, past every policy; delete that rule"],
  copies: (place) => [gravely(place), "sends copies of packets elsewhere, past every policy; delete that rule"],
};

function seenBy(hook: ForeignChain["hook"] | undefined): string {
  return hook === "prerouting" || hook === "output"
    ? "policies see the translated destination"
    : "logs show the translated source";
}

/** What is said of a table of the old iptables in other words. */
const saidOfTable: ReadonlySet<ForeignAct> = new Set(["drops", "translates"]);

function legacyFindings(legacy: LegacyTable, wires: boolean): readonly ForeignFinding[] {
  const { family, table, ruleCount, droppingHooks, acts } = legacy;
  const program = family === "ip" ? "iptables-legacy" : "ip6tables-legacy";
  const where = `table ${table} of ${program}`;
  const findings = droppingHooks.map((hook): ForeignFinding => {
    const transit = hook !== "INPUT" && hook !== "OUTPUT";
    return {
      weight: transit ? "against" : "beside",
      where: `chain ${hook} of ${where}`,
      sentence: transit
        ? `drops whatever its own rules do not accept, also what policies permit; ${program} -P ${hook} ACCEPT`
        : `drops what the gateway itself ${hook === "INPUT" ? "receives" : "sends"}`,
    };
  });
  for (const act of acts) {
    const remark = saidOfTable.has(act) ? undefined : remarks[act]({ transit: true, wires, at: "" });
    if (remark !== undefined) findings.push({ weight: remark[0], where, sentence: remark[1] });
  }
  if (ruleCount === 0) return findings;
  const count = ruleCount === 1 ? "1 rule" : `${ruleCount} rules`;
  const translates = table === "nat";
  return [
    ...findings,
    {
      weight: translates ? "before" : "beside",
      where,
      sentence: translates
        ? `has ${count}: policies see translated destinations`
        : `has ${count}, which may drop what policies permit; look at them with ${program} -t ${table} -S`,
    },
  ];
}

/**
 * Bridges of containers and virtual machines. A device of another kind may be one for management, which others know too
 * and nobody routes by.
 */
function bridgeFindings(
  { chains, legacy }: ForeignRules,
  { links, zoned }: EnforcedDevices,
): readonly ForeignFinding[] {
  const asked = [
    ...chains.filter(({ hook }) => hook === "forward").flatMap(({ effects }) => effects.devices),
    ...legacy.filter(({ table }) => table === "filter").flatMap(({ devices }) => devices),
  ];
  const isAsked = ({ device, index }: KernelLink): boolean =>
    asked.some((each) => {
      if (typeof each === "number") return each === index;
      return each.endsWith("*") ? device.startsWith(each.slice(0, -1)) : device === each;
    });
  const isForeignBridge = ({ virtual }: KernelLink): boolean => virtual?.kind === "bridge" && !virtual.ours;
  const routes = ({ addresses }: KernelLink): boolean => addresses.some(({ address }) => !isLinkLocal(address));
  const found = links.filter(
    (link) => isForeignBridge(link) && !zoned.has(link.device) && routes(link) && isAsked(link),
  );
  const sentence =
    "has addresses, rules of others route for it, and it is in no zone: what it routes is refused; give it a zone";
  return found.map(({ device }) => ({ weight: "beside", where: `bridge ${device}`, sentence }));
}

function unreadFinding(table: ForeignTable): ForeignFinding {
  const sentence = "has more rules than Merlon looks through; what they do is not known";
  return { weight: "beside", where: tableText(table, []), sentence };
}

function tableText({ family, table }: ForeignTable, chains: readonly string[]): string {
  const owner = ownerOf(table, chains);
  return `table ${family} ${table}${owner === undefined ? "" : ` (${owner})`}`;
}

/** By names that the programs give to tables and chains. */
const owners: readonly (readonly [owner: string, table: RegExp, chain: RegExp])[] = [
  ["Docker", /^docker-/, /^DOCKER/],
  ["kube-proxy", /^kube-proxy/, /^KUBE-/],
  ["firewalld", /^firewalld/, /^$/],
  ["libvirt", /^libvirt_/, /^LIBVIRT_/],
  ["Podman", /^netavark/, /^(?:NETAVARK|CNI)-/],
  ["Calico", /^calico/, /^cali-/],
  ["Cilium", /^cilium/, /^CILIUM_/],
  ["ufw", /^$/, /^ufw6?-/],
  ["fail2ban", /^f2b-/, /^f2b-/],
];

/** Several programs share the tables of iptables. */
function ownerOf(table: string, chains: readonly string[]): string | undefined {
  const found = owners.filter(([, tableName, chainName]) => {
    return tableName.test(table) || chains.some((chain) => chainName.test(chain));
  });
  return found.length === 0 ? undefined : found.map(([owner]) => owner).join(", ");
}
