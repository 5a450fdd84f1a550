// All subjects, in the order of tables. Each rule of a peer comes from the same IR as Merlon's, in the peer's own words.

import { withFoundDevices } from "@merlon/compiler/found-devices.ts";
import { lowerTable } from "@merlon/compiler/nft/lower.ts";
import { planCommit } from "@merlon/compiler/nft/plan-commit.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import { firewalldPeerFiles } from "./firewalld-peer-files.ts";
import { iptablesPeerText } from "./iptables-peer-text.ts";
import { loadFirewalld, missingFirewalld } from "./load-firewalld.ts";
import { loadProgram, missingProgram } from "./load-program.ts";
import { nftPeerText } from "./nft-peer-text.ts";
import type { NftPeerForm } from "./nft-peer-text.ts";
import { peerContexts } from "./peer-rule.ts";
import type { PeerContext } from "./peer-rule.ts";
import type { LoadedPolicy, Subject } from "./subject.ts";

const everyCount = 200_000;

const conntrackText = `
table inet peer {
  chain forward {
    type filter hook forward priority filter; policy accept;
    ct state established,related accept
    ct state invalid drop
  }
}
`;

export const subjects: readonly Subject[] = [
  {
    name: "merlon",
    title: "Merlon",
    filters: true,
    policyCountMax: everyCount,
    unavailable: () => undefined,
    locate: withNumbers,
    build: buildMerlon,
  },
  {
    name: "plain",
    title: "plain forwarding",
    filters: false,
    policyCountMax: everyCount,
    unavailable: () => undefined,
    build: () => async () => undefined,
  },
  {
    name: "conntrack",
    title: "bare connection tracking",
    filters: false,
    policyCountMax: everyCount,
    unavailable: () => undefined,
    build: () => nftLoader(conntrackText),
  },
  nftSubject("zone-split", "nftables, list per zone pair", everyCount, { split: true, first: "ports" }),
  nftSubject("zone-split-as-written", "the same, addresses first", 10_000, { split: true, first: "addresses" }),
  // At 30,000 a packet takes milliseconds, or loading minutes; more tells nothing new.
  nftSubject("linear", "nftables, one list", 30_000, { split: false, first: "ports" }),
  iptablesSubject("iptables", "iptables (legacy)", "legacy", everyCount),
  iptablesSubject("iptables-nft", "iptables over nftables", "nft", 10_000),
  {
    name: "ipset",
    title: "iptables (legacy) with ipset",
    filters: true,
    // The kernel searches its sets one by one, too.
    policyCountMax: 10_000,
    unavailable: () => missingProgram("ipset", "ipset") ?? missingProgram("iptables-legacy-restore", "iptables"),
    build: buildIpset,
  },
  {
    name: "firewalld",
    title: "firewalld",
    filters: true,
    // Loading 3,000 takes more than a minute.
    policyCountMax: 1_000,
    unavailable: missingFirewalld,
    build: (policy) => {
      const files = firewalldPeerFiles(contextsOf(policy));
      return () => loadFirewalld(files);
    },
  },
];

export function subjectNamed(name: string): Subject {
  const found = subjects.find((subject) => subject.name === name);
  if (found !== undefined) return found;
  throw new Error(`there is no subject ${name}; the subjects are ${subjects.map((it) => it.name).join(", ")}`);
}

function nftSubject(name: string, title: string, policyCountMax: number, form: NftPeerForm): Subject {
  return {
    name,
    title,
    filters: true,
    policyCountMax,
    unavailable: () => undefined,
    build: (policy) => nftLoader(nftPeerText(contextsOf(policy), form)),
  };
}

function iptablesSubject(name: string, title: string, variant: "legacy" | "nft", policyCountMax: number): Subject {
  return {
    name,
    title,
    filters: true,
    policyCountMax,
    unavailable: () => missingProgram(`iptables-${variant}-restore`, "iptables"),
    build: (policy) => {
      const { rules } = iptablesPeerText(contextsOf(policy), false);
      return () => loadProgram(restoreProgram(policy, variant), [], rules, "iptables");
    },
  };
}

function contextsOf({ ir, ruleSet }: LoadedPolicy): readonly PeerContext[] {
  return peerContexts(ir, ruleSet.family);
}

/** One package holds the programs of both families. */
function restoreProgram({ ruleSet }: LoadedPolicy, variant: "legacy" | "nft"): string {
  return `${ruleSet.family === 4 ? "iptables" : "ip6tables"}-${variant}-restore`;
}

function nftLoader(text: string): () => Promise<void> {
  return () => loadProgram("nft", ["-f", "-"], text, "nftables");
}

function buildIpset(policy: LoadedPolicy): () => Promise<void> {
  const { sets, rules } = iptablesPeerText(contextsOf(policy), true);
  return async () => {
    await loadProgram("ipset", ["restore"], sets, "ipset");
    await loadProgram(restoreProgram(policy, "legacy"), [], rules, "iptables");
  };
}

/** As a commit does it: a gateway knows the numbers of its devices. */
async function withNumbers(policy: LoadedPolicy): Promise<LoadedPolicy> {
  const { links } = await new LinuxKernel().readNetwork();
  return { ...policy, ir: withFoundDevices(policy.ir, links) };
}

/** As a commit does it on a gateway without a table: everything in one transaction through the kernel door. */
function buildMerlon({ ir }: LoadedPolicy): () => Promise<void> {
  const { install } = planCommit(undefined, lowerTable(ir, 1));
  return () => new LinuxKernel().applyTransaction(install);
}
