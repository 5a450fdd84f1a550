// `show security nat source persistent-nat-table`: which inner ends have which outer ones now.

import { bindingSets, bindingsMax, peersMax } from "@merlon/compiler/nat/binding-sets.ts";
import { natHitsSet, natRefusals, natStrangers } from "@merlon/compiler/nat/nat-names.ts";
import type { Gateway } from "../gateway.ts";
import { readBindings } from "../live-bindings.ts";
import { bindingFacts, bindingParameters, bindingsAsked } from "./binding-facts.ts";
import type { BindingChoice, BindingFacts } from "./binding-facts.ts";
import { operation } from "./operation.ts";
import { field, group, reply } from "./reply.ts";
import { renderTable } from "./table.ts";
import type { Column } from "./table.ts";

const helps: Readonly<Record<BindingChoice, string>> = {
  all: "Show all bindings of persistent NAT",
  interface: "Show bindings to addresses of interfaces",
  pool: "Show bindings to addresses of a pool",
  "internal-ip": "Show bindings of an inner address",
};

const rpcNames: Readonly<Record<BindingChoice, string>> = {
  all: "get-persist-nat-all",
  interface: "get-persist-nat-interface-information",
  pool: "retrieve-persist-nat-pool-information",
  "internal-ip": "retrieve-persist-nat-ip-port-information",
};

function show(choice: BindingChoice) {
  return operation<readonly BindingFacts[]>({
    command: `show security nat source persistent-nat-table ${choice}`,
    help: helps[choice],
    parameters: bindingParameters[choice],
    run: async (gateway, input) => bindingFacts(gateway, await bindingsAsked(gateway, choice, input)),
    text: (bindings) => (bindings.length === 0 ? "" : renderTable(columns, bindings)),
    rpc: {
      name: rpcNames[choice],
      reply: (bindings) => reply("persist-nat-table", "junos-nat", bindings.map(entryOf)),
    },
  });
}

const columns: readonly Column<BindingFacts>[] = [
  { title: "In_IP", cell: ({ innerAddress }) => innerAddress },
  { title: "In_Port", cell: ({ innerPort }) => String(innerPort) },
  { title: "Proto", cell: ({ protocol }) => protocol },
  { title: "Ref_IP", cell: ({ outerAddress }) => outerAddress },
  { title: "Ref_Port", cell: ({ outerPort }) => String(outerPort) },
  { title: "NAT_Pool", cell: ({ pool }) => pool },
  { title: "Type", cell: ({ permit }) => permit },
  {
    title: "Left/Conf_Time",
    cell: ({ secondsLeft, inactivitySeconds }) => `${secondsLeft ?? "-"}/${inactivitySeconds}`,
  },
  { title: "Curr/Max_Sess", cell: ({ sessionCount, sessionsMax }) => `${sessionCount}/${sessionsMax}` },
  { title: "NAT_Rule", cell: ({ rule }) => rule },
];

function entryOf(it: BindingFacts) {
  return group(
    "persist-nat-table-entry",
    field("internal-ip", it.innerAddress),
    field("internal-port", it.innerPort),
    field("internal-protocol", it.protocol),
    field("reflexive-ip", it.outerAddress),
    field("reflexive-port", it.outerPort),
    field("source-nat-pool-name", it.pool),
    field("persistent-nat-type", it.permit),
    field("left-time", it.secondsLeft ?? "-"),
    field("configured-timeout", it.inactivitySeconds),
    field("current-session-number", it.sessionCount),
    field("maximum-session-number", it.sessionsMax),
    field("source-nat-rule-name", it.rule),
  );
}

export interface BindingSummary {
  readonly bindingsMax: number;
  readonly bindingsInUse: number;
  readonly peersMax: number;
  /** Remote hosts, or ports of them, that bindings let in. */
  readonly peersInUse: number;
  /** Sessions that found no free outer end, no room, or too many sessions in their binding. */
  readonly refusedCount: number;
  /** Inner hosts that were not let in by another one's outer end, because it has not sent to them. */
  readonly strangersCount: number;
}

const summary = operation<BindingSummary>({
  command: "show security nat source persistent-nat-table summary",
  help: "Show how many bindings of persistent NAT there are",
  parameters: [],
  run: summaryOf,
  text: (it) =>
    `Persistent NAT table statistics:\n` +
    `  binding total   : ${it.bindingsMax}\n` +
    `  binding in use  : ${it.bindingsInUse}\n` +
    `  peer total      : ${it.peersMax}\n` +
    `  peer in use     : ${it.peersInUse}\n` +
    `  sessions refused: ${it.refusedCount}\n` +
    `  strangers inside: ${it.strangersCount}\n`,
  rpc: {
    name: "get-persist-nat-sum",
    reply: (it) =>
      reply(
        "persist-nat-table-statistic",
        "junos-nat",
        field("persist-nat-binding-total", it.bindingsMax),
        field("persist-nat-binding-in-use", it.bindingsInUse),
        field("persist-nat-enode-total", it.peersMax),
        field("persist-nat-enode-in-use", it.peersInUse),
        field("persist-nat-session-refused", it.refusedCount),
        field("persist-nat-inside-strangers", it.strangersCount),
      ),
  },
});

async function summaryOf({ kernel, running }: Gateway): Promise<BindingSummary> {
  const ir = running?.prepared.ir;
  const families = [4, 6] as const;
  const bindings = await readBindings(kernel, ir);
  const hasNat = (ir?.nat?.source ?? []).some(({ rules }) => rules.length > 0);
  const peers = await Promise.all(families.map((family) => kernel.readFilled(bindingSets[family].peers)));
  const hits = hasNat ? await kernel.readHits(natHitsSet) : undefined;
  return {
    bindingsMax: bindingsMax * families.length,
    bindingsInUse: bindings.length,
    peersMax: peersMax * families.length,
    peersInUse: peers.reduce((sum, rows) => sum + rows.length, 0),
    refusedCount: hits?.get(natRefusals)?.packets ?? 0,
    strangersCount: hits?.get(natStrangers)?.packets ?? 0,
  };
}

export const showSecurityNatPersistentTable = [
  show("all"),
  show("interface"),
  show("internal-ip"),
  show("pool"),
  summary,
] as const;
