// An nftables table carried out in memory: what the kernel would do with one packet, statement by statement. It follows
// nf_tables_core.c and knows nothing of the IR, so that it can contradict the compiler.

import { rangeSetContains, rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import type { PacketHeader } from "../interpret.ts";
import { runInstructions } from "./run-instructions.ts";
import type { DynamicState } from "./run-dynamic-set.ts";
import type { Translated } from "./run-translation.ts";
import { isVerdict } from "../nft/print-statement.ts";
import type { NftChain, NftExpression, NftSet, NftStatement, NftTable, NftValue, NftVerdict } from "../nft/program.ts";

export interface WirePacket extends PacketHeader {
  readonly iifname: string;
  readonly oifname?: string;
  /** Numbers of those devices; 0 when absent. */
  readonly iif?: number;
  readonly oif?: number;
  readonly state: "new" | "established" | "related" | "invalid" | "untracked";
  /** The connection mark before the packet. */
  readonly ctMark: number;
  /** The packet mark, as that of a port of a wire; 0 when absent. */
  readonly metaMark?: number;
  /** Whether the connection's first packet went out before. */
  readonly confirmed?: boolean;
  readonly pkttype?: "host" | "broadcast" | "multicast";
  /** Of TCP; a SYN when absent. */
  readonly tcpFlags?: number;
  /** From the IP header on, for rules that look deeper than addresses and ports. */
  readonly bytes?: Uint8Array;
  readonly routeBack?: string;
  /** The ends of the connection's first packet; those of this one when absent. */
  readonly original?: Pick<PacketHeader, "source" | "destination" | "sourcePort" | "destinationPort">;
  readonly segmentSize?: number;
}

export interface Outcome {
  readonly verdict: "accept" | "drop";
  /** How it was refused, if the sender is told. */
  readonly rejected?: "tcp-reset" | "port-unreachable" | "admin-prohibited";
  readonly ctMark: number;
  readonly metaMark: number;
  /** The marks that were found in the set `hits`, in order. */
  readonly counted: readonly number[];
  readonly logged?: string;
  /** The timeout object that the session got. */
  readonly timeout?: string;
  readonly segmentSize?: number;
  readonly offloaded?: string;
  readonly translated?: Translated;
  readonly label?: readonly number[];
  readonly natCounted?: readonly number[];
  /** The SYN proxy has it. */
  readonly answered?: boolean;
  readonly untracked?: boolean;
}

interface Run {
  readonly dynamic?: DynamicState;
  readonly table: NftTable;
  readonly packet: WirePacket;
  ctMark: number;
  metaMark: number;
  counted: number[];
  logged?: string;
  timeout?: string;
  segmentSize?: number;
  offloaded?: string;
  translated?: Translated;
  label?: number[];
  natCounted?: number[];
  answered?: boolean;
  untracked?: boolean;
  rejected?: Outcome["rejected"];
}

/**
 * Sends a packet through the base chains of a hook, or through one of the screens' own; `dynamic` is what rules have left
 * in sets, and leave there.
 */
export function runTable(
  table: NftTable,
  hook: "forward" | "input" | "output" | `nat ${"prerouting" | "output" | "postrouting"}` | `screen_${string}`,
  packet: WirePacket,
  dynamic?: DynamicState,
): Outcome {
  const [type, name] = hook.startsWith("nat ") ? ["nat", hook.slice(4)] : ["filter", hook];
  const bases = table.chains
    .filter((chain) =>
      hook.startsWith("screen_") ? chain.name === hook : chain.hook?.type === type && chain.hook.hook === name,
    )
    .toSorted((a, b) => (a.hook?.priority ?? 0) - (b.hook?.priority ?? 0));
  if (bases.length === 0) throw new Error(`there is no base chain at ${hook}`);
  const known = dynamic === undefined ? {} : { dynamic };
  const run: Run = { ...known, table, packet, ctMark: packet.ctMark, metaMark: packet.metaMark ?? 0, counted: [] };
  const verdict = runBases(run, bases);
  return {
    verdict,
    ctMark: run.ctMark,
    metaMark: run.metaMark,
    counted: run.counted,
    ...(run.timeout === undefined ? {} : { timeout: run.timeout }),
    ...(run.segmentSize === undefined ? {} : { segmentSize: run.segmentSize }),
    ...(run.offloaded === undefined ? {} : { offloaded: run.offloaded }),
    ...(run.translated === undefined ? {} : { translated: run.translated }),
    ...(run.label === undefined ? {} : { label: run.label }),
    ...(run.natCounted === undefined ? {} : { natCounted: run.natCounted }),
    ...(run.answered === undefined ? {} : { answered: run.answered }),
    ...(run.untracked === undefined ? {} : { untracked: run.untracked }),
    ...(run.logged === undefined ? {} : { logged: run.logged }),
    ...(run.rejected === undefined ? {} : { rejected: run.rejected }),
  };
}

/** In their order, until one drops the packet or translates it (nf_nat_inet_fn asks no further chain then). */
function runBases(run: Run, bases: readonly NftChain[]): "accept" | "drop" {
  for (const { name, hook } of bases) {
    const verdict = runChain(run, name, 0) ?? hook?.policy ?? "accept";
    if (verdict === "drop" || run.translated !== undefined) return verdict;
  }
  return "accept";
}

/** NFT_JUMP_STACK_SIZE. */
const depthMax = 16;

/** Undefined when the chain ends without a verdict; `goto` never comes back to the chain it left. */
function runChain(run: Run, name: string, depth: number): "accept" | "drop" | undefined {
  if (depth > depthMax) throw new Error("too many levels of chains");
  const chain = run.table.chains.find((candidate) => candidate.name === name);
  if (chain === undefined) throw new Error(`there is no chain ${name}`);
  for (const { statements } of chain.rules) {
    const verdict = runRule(run, statements);
    switch (verdict?.kind) {
      case undefined:
      case "continue":
        break;
      case "accept":
      case "drop":
        return verdict.kind;
      case "return":
        return undefined;
      case "goto":
        return runChain(run, verdict.chain, depth);
      case "jump": {
        const inner = runChain(run, verdict.chain, depth + 1);
        if (inner !== undefined) return inner;
      }
    }
  }
  return undefined;
}

function runRule(run: Run, statements: readonly NftStatement[]): NftVerdict | undefined {
  for (const statement of statements) {
    const verdict = runStatement(run, statement);
    if (verdict === "break") return undefined;
    if (verdict !== "continue") return verdict;
  }
  return undefined;
}

function runStatement(run: Run, statement: NftStatement): NftVerdict | "continue" | "break" {
  switch (statement.kind) {
    case "match": {
      const values = valuesOf(run, statement.left);
      if (values === undefined) return "break";
      const { right } = statement;
      const options = right.kind === "value" ? [right.value] : right.kind === "any-of" ? right.values : [];
      const hit =
        right.kind === "states" ? right.states.includes(run.packet.state) : options.some((it) => holds(it, values));
      return hit === statement.negated ? "break" : "continue";
    }
    case "lookup": {
      const key = keyOf(run, statement.key);
      if (key === undefined) return "break";
      const hit = find(run, statement.set, key) !== undefined;
      const mark = key[0];
      if (hit && statement.set === "hits" && typeof mark === "number") run.counted.push(mark);
      return hit === statement.negated ? "break" : "continue";
    }
    case "vmap": {
      const key = keyOf(run, statement.key);
      const data = key === undefined ? undefined : find(run, statement.map, key)?.data;
      return data !== undefined && isVerdict(data) ? data : "break";
    }
    case "set-mark": {
      const { value } = statement;
      const mark = value === "ct mark" ? run.ctMark : value === "meta mark" ? run.metaMark : value;
      if (statement.target === "ct") run.ctMark = mark;
      else run.metaMark = mark;
      return "continue";
    }
    case "set-timeout": {
      const object = run.table.timeouts?.find(({ name }) => name === statement.timeout);
      if (object === undefined) throw new Error(`there is no timeout ${statement.timeout}`);
      const protocol = { tcp: 6, udp: 17 }[object.protocol];
      if (run.packet.protocol === protocol && run.packet.state === "new") run.timeout = object.name;
      return "continue";
    }
    case "counter":
      return "continue";
    case "log":
      run.logged = statement.prefix;
      return "continue";
    case "reject":
      run.rejected = statement.with;
      return { kind: "drop" };
    case "verdict":
      return statement.verdict;
    case "instructions":
      return runInstructions(run, statement.list);
    case "foreign":
      throw new Error("a foreign statement cannot be carried out");
  }
}

type Value = number | string | IpAddress;

function keyOf(run: Run, key: readonly NftExpression[]): readonly Value[] | undefined {
  // Elements of sets have the number of the IP version, matches its word.
  const values = key.map((expression) =>
    expression.kind === "meta" && expression.key === "nfproto"
      ? { 4: 2, 6: 10 }[run.packet.source.family]
      : valuesOf(run, expression),
  );
  return values.includes(undefined) ? undefined : values.filter((value) => value !== undefined);
}

/** Undefined where the packet has no such thing: then the rule does not match, negated or not. */
function valuesOf(run: Run, expression: NftExpression): Value | undefined {
  const { packet } = run;
  const { family } = packet.source;
  switch (expression.kind) {
    case "ct":
      if (expression.key === "state") return packet.state;
      // What belongs to no connection has nothing of one (nft_ct_get_eval).
      if (expression.key !== "mark" || packet.state === "invalid" || packet.state === "untracked") return undefined;
      return run.ctMark;
    case "meta":
      switch (expression.key) {
        case "iifname":
          return packet.iifname;
        case "oifname":
          return packet.oifname ?? "";
        case "iif":
        case "oif":
          return packet[expression.key] ?? 0;
        case "l4proto":
          return packet.protocol;
        case "nfproto":
          return family === 4 ? "ipv4" : "ipv6";
        case "mark":
          return run.metaMark;
        case "pkttype":
          return packet.pkttype ?? "host";
      }
      break;
    case "payload":
      return payloadOf(packet, expression);
    case "masked-address": {
      const address = payloadOf(packet, { kind: "payload", protocol: "ip", field: expression.field });
      if (typeof address !== "object" || address.family !== 4) return undefined;
      return { family: 4, value: Number(BigInt(address.value) & BigInt(expression.mask)) };
    }
  }
  return undefined;
}

/** With the dependencies that nft puts before each payload expression. */
function payloadOf(
  packet: WirePacket,
  { protocol, field }: Extract<NftExpression, { kind: "payload" }>,
): Value | undefined {
  const { family } = packet.source;
  switch (protocol) {
    case "ip":
    case "ip6":
      if (family !== (protocol === "ip" ? 4 : 6)) return undefined;
      return field === "saddr" ? packet.source : packet.destination;
    case "tcp":
    case "udp":
    case "sctp":
      if (packet.protocol !== { tcp: 6, udp: 17, sctp: 132 }[protocol]) return undefined;
      return field === "sport" ? packet.sourcePort : packet.destinationPort;
    case "icmp":
    case "icmpv6":
      if (family !== (protocol === "icmp" ? 4 : 6) || packet.protocol !== (protocol === "icmp" ? 1 : 58))
        return undefined;
      return field === "type" ? packet.icmpType : packet.icmpCode;
    case "th":
      if (field === "sport") return packet.sourcePort;
      if (field === "dport") return packet.destinationPort;
      return packet.icmpType === undefined ? undefined : packet.icmpType * 256 + (packet.icmpCode ?? 0);
  }
}

function find(run: Run, name: string, key: readonly Value[]): NftSet["elements"][number] | undefined {
  const set = run.table.sets.find((candidate) => candidate.name === name);
  if (set === undefined) throw new Error(`there is no set ${name}`);
  const hit = set.elements.find(
    (element) => element.key !== "rest" && element.key.every((part, index) => holds(part, key[index] ?? "")),
  );
  return hit ?? set.elements.find((element) => element.key === "rest");
}

function holds(value: NftValue, wanted: Value): boolean {
  switch (value.kind) {
    case "number":
      return value.value === wanted;
    case "numbers":
      return typeof wanted === "number" && wanted >= value.first && wanted <= value.last;
    case "text":
      return value.value === wanted;
    case "addresses":
      return typeof wanted === "object" && rangeSetContains(rangeSetOf([value.range]), wanted);
  }
}
