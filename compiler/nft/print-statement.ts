// Values, expressions and statements in nft's own language (nft(8) 1.0.6).

import { formatIp } from "@merlon/model/ip/address.ts";
import { formatRange } from "@merlon/model/ip/range-set.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import type {
  NftElement,
  NftExpression,
  NftInstruction,
  NftLoad,
  NftRight,
  NftRule,
  NftStatement,
  NftValue,
  NftVerdict,
} from "./program.ts";
import { printFlowChange } from "./flow-change.ts";
import { printPacketCheck, printPacketLoad } from "./packet-check.ts";
import { printTranslation } from "./translation.ts";
import { prefixLength } from "./prefix-length.ts";

const rejections = {
  "tcp-reset": "tcp reset",
  "port-unreachable": "icmpx port-unreachable",
  "admin-prohibited": "icmpx admin-prohibited",
} as const;

export function printRule(rule: NftRule): string {
  const statements = rule.statements.map(printStatement).join(" ");
  return rule.comment === undefined ? statements : `${statements} comment ${quote(rule.comment)}`;
}

export function printStatement(statement: NftStatement): string {
  switch (statement.kind) {
    case "match":
      return `${printExpression(statement.left)} ${statement.negated ? "!= " : ""}${printRight(statement.right)}`;
    case "lookup":
      return `${printKey(statement.key)} ${statement.negated ? "!= " : ""}@${statement.set}`;
    case "vmap":
      return `${printKey(statement.key)} vmap @${statement.map}`;
    case "set-mark":
      return `${statement.target} mark set ${statement.value}`;
    case "set-timeout":
      return `ct timeout set ${quote(statement.timeout)}`;
    case "counter":
      return "counter";
    case "log": {
      const { prefix, group, snapLength, queueThreshold } = statement;
      return `log prefix ${quote(prefix)} group ${group} snaplen ${snapLength} queue-threshold ${queueThreshold}`;
    }
    case "reject":
      return `reject with ${rejections[statement.with]}`;
    case "verdict":
      return printVerdict(statement.verdict);
    case "instructions":
      return statement.list.map(printInstruction).join(" ");
    case "foreign":
      // Not nft's language: a table with foreign statements is for people and for comparison, never for loading.
      return `<${statement.text}>`;
  }
}

/** In the manner of `nft --debug=netlink`, and like it for people alone. */
export function printInstruction(instruction: NftInstruction): string {
  const order = "network" in instruction && instruction.network === true ? " network" : "";
  switch (instruction.op) {
    case "load":
      return `[ load ${printLoad(instruction.expression)} dreg ${instruction.to} ]`;
    case "lookup": {
      const to = instruction.to === undefined ? "" : ` dreg ${instruction.to}`;
      return `[ lookup reg ${instruction.from} ${instruction.negated === true ? "not in " : ""}set ${instruction.set}${to} ]`;
    }
    case "vmap":
      return `[ vmap reg ${instruction.from} map ${instruction.map} ]`;
    case "copy":
      return `[ copy reg ${instruction.from} dreg ${instruction.to} words ${instruction.words} ]`;
    case "mask":
      return `[ mask reg ${instruction.from} dreg ${instruction.to} 0x${instruction.mask.toString(16)}${order} ]`;
    case "immediate":
      return `[ immediate ${instruction.value}${order} dreg ${instruction.to} ]`;
    case "port":
      return `[ port ${instruction.value} dreg ${instruction.to} ]`;
    case "compare":
      return `[ compare reg ${instruction.from} ${instruction.operator} ${instruction.value}${order} ]`;
    case "swap":
      return `[ swap reg ${instruction.from} dreg ${instruction.to} ]`;
    case "store":
      return `[ store ${instruction.target} reg ${instruction.from} ]`;
    case "translate":
    case "masquerade":
      return printTranslation(instruction);
    case "set-segment-size":
    case "offload":
      return printFlowChange(instruction);
    case "limit":
    case "meter":
    case "draw":
    case "to-port":
    case "notrack":
    case "synproxy":
      return printPacketCheck(instruction);
  }
}

function printLoad(load: NftLoad): string {
  return load.kind === "meta" || load.kind === "ct" || load.kind === "payload"
    ? printExpression(load)
    : printPacketLoad(load);
}

function printKey(key: readonly NftExpression[]): string {
  return key.map(printExpression).join(" . ");
}

export function printExpression(expression: NftExpression): string {
  switch (expression.kind) {
    case "meta":
      // `iifname` and `oifname` are words of their own; `meta iifname` is the older spelling.
      return expression.key === "iifname" || expression.key === "oifname" ? expression.key : `meta ${expression.key}`;
    case "ct":
      return `ct ${expression.key}`;
    case "payload":
      if (expression.field === "type-code") return "@th,0,16";
      return `${expression.protocol} ${expression.field}`;
    case "masked-address":
      return `ip ${expression.field} & ${formatIp({ family: 4, value: expression.mask })}`;
  }
}

function printRight(right: NftRight): string {
  switch (right.kind) {
    case "value":
      return right.value.kind === "text" && keywords.has(right.value.value)
        ? right.value.value
        : printValue(right.value);
    case "any-of":
      return `{ ${right.values.map(printValue).join(", ")} }`;
    case "states":
      return right.states.join(",");
  }
}

/** Texts that are words of the language and not strings: values of `meta nfproto` and `meta pkttype`. */
const keywords: ReadonlySet<string> = new Set(["ipv4", "ipv6", "host", "broadcast", "multicast", "other"]);

export function printValue(value: NftValue): string {
  switch (value.kind) {
    case "number":
      return String(value.value);
    case "numbers":
      return `${value.first}-${value.last}`;
    case "text":
      return quote(value.value);
    case "addresses":
      return printRange(value.range);
  }
}

/** As a prefix where the range is one, which is how people read it. */
function printRange(range: IpRange): string {
  const length = prefixLength(range);
  const lengthMax = range.family === 4 ? 32 : 128;
  if (length === undefined || length === lengthMax) return formatRange(range);
  return `${formatIp(range.family === 4 ? { family: 4, value: range.first } : { family: 6, value: range.first })}/${length}`;
}

export function printVerdict(verdict: NftVerdict): string {
  return "chain" in verdict ? `${verdict.kind} ${verdict.chain}` : verdict.kind;
}

export function printElementKey(element: NftElement): string {
  // nft's own word for what no other element has.
  return element.key === "rest" ? "*" : element.key.map(printValue).join(" . ");
}

export function printElement(element: NftElement): string {
  const { data } = element;
  if (data === undefined) return printElementKey(element);
  const target = isVerdict(data) ? printVerdict(data) : data.map(printValue).join(" . ");
  return `${printElementKey(element)} : ${target}`;
}

export function isVerdict(data: NftVerdict | readonly NftValue[]): data is NftVerdict {
  return "kind" in data;
}

/** nft strings know no escapes, so a text with a quote or a line break cannot be written at all. */
export function quote(text: string): string {
  if (/["\n\0]/.test(text)) throw new Error(`nft cannot write the text ${JSON.stringify(text)}`);
  return `"${text}"`;
}
