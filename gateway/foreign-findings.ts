// What foreign rules on the same host mean for what Merlon enforces, in sentences for an operator. In nftables nobody's
// accept ends our evaluation, but anybody's drop is final, wherever it stands; what is not tracked, or passes in a
// flowtable, never meets a policy; and who translates addresses changes what policies see.

import type { ForeignAct } from "./kernel/nf-tables/read-foreign-rule.ts";
import type { ForeignChain, ForeignRules, ForeignTable } from "./kernel/foreign-rules.ts";
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

export function foreignFindings({ chains, flowtables, legacy, unread }: ForeignRules): readonly ForeignFinding[] {
  const found = [
    ...flowtables.map(flowtableFinding),
    ...chains.flatMap(chainFindings),
    ...legacy.flatMap(legacyFindings),
    ...unread.map(unreadFinding),
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

/** Rules of other families see no packet that Merlon decides about: it routes, and ARP and bridges are beneath it. */
const packetFamilies: ReadonlySet<string> = new Set(["inet", "ip", "ip6", "netdev"]);
const transitHooks: ReadonlySet<string> = new Set(["prerouting", "forward", "postrouting", "ingress", "egress"]);

function chainFindings(chain: ForeignChain): readonly ForeignFinding[] {
  if (!packetFamilies.has(chain.family)) return [];
  const { hook, effects, neighbors } = chain;
  const where = `chain ${chain.name} of ${tableText(chain, neighbors)}`;
  const transit = transitHooks.has(hook);
  const acts = new Set<ForeignAct>(effects.acts);
  const findings: ForeignFinding[] = [];
  const add = (weight: ForeignFinding["weight"], sentence: string): void => {
    findings.push({ weight, where, sentence });
  };
  if (effects.dropsByDefault) {
    if (transit)
      add("against", `at hook ${hook} drops whatever its own rules do not accept, also what policies permit`);
    else add("beside", `at hook ${hook} drops what the gateway itself ${hook === "input" ? "receives" : "sends"}`);
  } else if (acts.has("drops")) add("beside", `at hook ${hook} may drop what policies permit`);
  if (acts.has("untracks")) {
    add("against", `at hook ${hook} takes packets out of connection tracking, and Merlon drops them in transit`);
  }
  if (acts.has("offloads")) add("against", `at hook ${hook} hands sessions to a flowtable, past Merlon`);
  if (acts.has("queues")) add("beside", `at hook ${hook} hands packets to a program, which may drop them`);
  if (acts.has("translates")) add("before", `at hook ${hook} translates addresses: ${seenBy(hook)}`);
  return findings;
}

function seenBy(hook: string): string {
  return hook === "prerouting" || hook === "output"
    ? "policies see the translated destination"
    : "logs show the translated source";
}

function legacyFindings({ family, table, ruleCount, droppingHooks }: LegacyTable): readonly ForeignFinding[] {
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
