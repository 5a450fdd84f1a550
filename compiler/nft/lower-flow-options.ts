// What policies ask of TCP beside the settings of the kernel: SYN at the beginning of a session, where others may begin
// in their middle, and segments no larger than a number. A policy that asks for nothing costs nothing.

import { defaultFlowOptions } from "../flow-options/flow-options.ts";
import type { Ir, IrRule, TcpOptions } from "../ir.ts";
import { fixedSet } from "./fixed-set.ts";
import type { NftChain, NftElement, NftInstruction, NftRule, NftSet } from "./program.ts";
import { drop, equals, goTo, iifname, l4proto, number, rule, setMark, text } from "./statements.ts";
import { generationName, resettingSet } from "./table-names.ts";

const tcpProtocol = 6;
const flag = { fin: 1, syn: 2, rst: 4, ack: 16 } as const;

/** Words of registers; 0 belongs to other statements. */
const first = 1;
const second = 2;

/** Packets of TCP, with their flags under the mask in the first word. */
function tcpFlags(mask: number): readonly NftInstruction[] {
  return [
    { op: "load", expression: { kind: "meta", key: "l4proto" }, to: first },
    { op: "compare", from: first, operator: "==", value: tcpProtocol },
    // The 14th byte of the header (RFC 9293 section 3.1).
    { op: "load", expression: { kind: "bytes", header: "transport", offset: 13, length: 1 }, to: first },
    { op: "mask", from: first, to: first, mask },
  ];
}

function instructions(...list: readonly NftInstruction[]): NftRule["statements"][number] {
  return { kind: "instructions", list };
}

/** Chains between a rule and the one that its packets go on to. */
export class SynChecks {
  readonly chains: NftChain[] = [];
  readonly #generation: number;
  readonly #asked: boolean;
  readonly #known = new Map<string, string>();

  constructor(generation: number, { flow = defaultFlowOptions }: Pick<Ir, "flow">) {
    this.#generation = generation;
    // Where the kernel asks every session, nobody else needs to.
    this.#asked = !flow.synCheck;
  }

  /** Where packets of the rule go that are on their way to `onward`. */
  chainBefore(onward: string, { tcp }: Pick<IrRule, "tcp">): string {
    if (!this.#asked || tcp?.synCheck !== true) return onward;
    const known = this.#known.get(onward);
    if (known !== undefined) return known;
    const name = generationName(`syn_${this.#known.size + 1}`, this.#generation);
    this.#known.set(onward, name);
    const { fin, syn, rst, ack } = flag;
    const noBeginning: NftInstruction = { op: "compare", from: first, operator: "!=", value: syn };
    this.chains.push({
      name,
      rules: [
        // As the kernel's own check does it: without a mark, an answer, or a word.
        rule(instructions(...tcpFlags(fin | syn | rst | ack), noBeginning), setMark(0), drop),
        rule(goTo(onward)),
      ],
    });
    return name;
  }
}

/** Behind the policy, which gives a session the mark that is asked about, and before what xtables may queue. */
const segmentPriority = -5;

/**
 * A base chain of its own, only where segments are limited: a SYN says how large segments to its sender may be, so the
 * client's limits those to the client and the server's answer those to the server.
 */
export function lowerSegmentSizes(
  ir: Pick<Ir, "flow" | "contexts">,
  generation: number,
): { readonly sets: readonly NftSet[]; readonly chains: readonly NftChain[] } {
  const toClient = sizeMap("segments_to_client", "segmentSizeToClient", ir, generation);
  const toServer = sizeMap("segments_to_server", "segmentSizeToServer", ir, generation);
  const { segmentSizeMax } = ir.flow ?? defaultFlowOptions;
  const { syn, ack } = flag;
  const rules: readonly NftRule[] = [
    ...(segmentSizeMax === undefined ? [] : [limitAll(segmentSizeMax)]),
    ...toClient.map(({ name }) => limitByMark(syn, name)),
    ...toServer.map(({ name }) => limitByMark(syn | ack, name)),
  ];
  if (rules.length === 0) return { sets: [], chains: [] };
  const chain: NftChain = {
    name: generationName("segments", generation),
    hook: { type: "filter", hook: "forward", priority: segmentPriority, policy: "accept" },
    rules,
  };
  return { sets: [...toClient, ...toServer], chains: [chain] };
}

function limitAll(size: number): NftRule {
  const { syn } = flag;
  return rule(
    instructions(
      ...tcpFlags(syn),
      { op: "compare", from: first, operator: "==", value: syn },
      // The first two bytes of the word, high byte first.
      { op: "immediate", value: (size << 16) >>> 0, to: second, network: true },
      { op: "set-segment-size", from: second },
    ),
  );
}

function limitByMark(flags: number, map: string): NftRule {
  const { syn, ack } = flag;
  return rule(
    instructions(
      ...tcpFlags(syn | ack),
      { op: "compare", from: first, operator: "==", value: flags },
      { op: "load", expression: { kind: "ct", key: "mark" }, to: first },
      { op: "lookup", set: map, from: first, to: second },
      { op: "set-segment-size", from: second },
    ),
  );
}

/** None where no policy says a size. */
function sizeMap(
  name: string,
  which: keyof TcpOptions & `segmentSize${string}`,
  { contexts }: Pick<Ir, "contexts">,
  generation: number,
): readonly NftSet[] {
  const elements: NftElement[] = [];
  for (const { rules } of contexts) {
    for (const { id, tcp } of rules) {
      const size = tcp?.[which];
      if (size !== undefined) elements.push({ key: [number(id)], data: [number(size)] });
    }
  }
  if (elements.length === 0) return [];
  return [fixedSet(generationName(name, generation), ["mark"], ["inet_service"], elements)];
}

/** Resets a second at most; what comes beyond is dropped without a word, so that no flood is answered with another. */
const resetsPerSecond = 1_000;

/**
 * What zones with `tcp-rst` answer of the packets that belong to no session and begin none. The kernel never answers a
 * reset with a reset (nf_reject_ip_tcphdr_get). The set stays over commits, because the chain that asks it does.
 */
export function lowerResets({ zones, interfaces }: Pick<Ir, "zones" | "interfaces">): {
  readonly sets: readonly NftSet[];
  readonly rules: readonly NftRule[];
} {
  const answering = new Set(zones.flatMap(({ name, tcpReset }) => (tcpReset === true ? [name] : [])));
  const devices = interfaces.filter(({ zone, wire }) => wire === undefined && answering.has(zone));
  if (devices.length === 0) return { sets: [], rules: [] };
  const elements = [...new Set(devices.map(({ device }) => device))].map((device) => ({ key: [text(device)] }));
  return {
    sets: [{ name: resettingSet, key: ["ifname"], interval: false, counter: false, elements }],
    rules: [
      rule(
        { kind: "lookup", key: [iifname], set: resettingSet, negated: false },
        equals(l4proto, number(tcpProtocol)),
        instructions({ op: "limit", count: resetsPerSecond, unitSeconds: 1, burst: resetsPerSecond }),
        { kind: "reject", with: "tcp-reset" },
      ),
    ],
  };
}
