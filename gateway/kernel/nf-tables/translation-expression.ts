// `nat` and `masq`, the kernel's instructions of translation: written, read, and as instructions of our program.
// Source of attributes: net/netfilter/nft_nat.c and nft_masq.c, Linux 6.1 to 6.18.

import type { NftTranslation, TranslationFlag } from "@merlon/compiler/nft/translation.ts";
import type { AttributeTable } from "../netlink-message.ts";
import type { BatchWriter } from "./batch-writer.ts";

export type TranslationExpression =
  | {
      readonly kind: "nat";
      /** NFT_NAT_SNAT 0, NFT_NAT_DNAT 1. */
      readonly type: number;
      /** NFPROTO_IPV4 2, NFPROTO_IPV6 10. */
      readonly family: number;
      readonly address: number;
      readonly addressLast: number;
      readonly port?: number;
      readonly portLast?: number;
      readonly flags: number;
    }
  | { readonly kind: "masq"; readonly port?: number; readonly portLast?: number; readonly flags: number };

const natField = { type: 1, family: 2, address: 3, addressLast: 4, port: 5, portLast: 6, flags: 7 } as const;
const masqueradeField = { flags: 1, port: 2, portLast: 3 } as const;

/** NF_NAT_RANGE_MAP_IPS and _PROTO_SPECIFIED: `nat` adds them by itself; `masq` wants the second one said. */
const portsFlag = 0x2;
const ownFlags = 0x1 | portsFlag;
/** NF_NAT_RANGE_* of linux/netfilter/nf_nat.h. */
const flagBits: Readonly<Record<TranslationFlag, number>> = { persistent: 0x8, random: 0x10, prefix: 0x40 };
const families = { 4: 2, 6: 10 } as const;

export function lowerTranslation(instruction: NftTranslation): TranslationExpression {
  const { port, portLast = port } = instruction;
  const ports = port === undefined || portLast === undefined ? {} : { port, portLast };
  const flags = instruction.flags.reduce((all, flag) => all | flagBits[flag], 0);
  if (instruction.op === "masquerade") {
    return { kind: "masq", ...ports, flags: port === undefined ? flags : flags | portsFlag };
  }
  const { side, family, address, addressLast = address } = instruction;
  const type = side === "source" ? 0 : 1;
  return { kind: "nat", type, family: families[family], address, addressLast, ...ports, flags };
}

/** Undefined for what Merlon never writes. */
export function liftTranslation(expression: TranslationExpression): NftTranslation | undefined {
  const own = expression.flags & ~ownFlags;
  const flags = (Object.keys(flagBits) as TranslationFlag[]).filter((flag) => (own & flagBits[flag]) !== 0);
  if (own !== flags.reduce((all, flag) => all | flagBits[flag], 0)) return undefined;
  const { port, portLast } = expression;
  if (port === 0 || portLast === 0) return undefined;
  const ports = {
    ...(port === undefined ? {} : { port }),
    ...(portLast === undefined || portLast === port ? {} : { portLast }),
  };
  if (expression.kind === "masq") {
    // Without the flag the ports would mean nothing.
    const meansPorts = (expression.flags & portsFlag) !== 0;
    return meansPorts === (port !== undefined) ? { op: "masquerade", ...ports, flags } : undefined;
  }
  const { type, family: number, address, addressLast } = expression;
  const family = number === families[4] ? 4 : number === families[6] ? 6 : undefined;
  if (family === undefined || type > 1 || address < 1 || addressLast < 1) return undefined;
  return {
    op: "translate",
    side: type === 0 ? "source" : "destination",
    family,
    address,
    ...(addressLast === address ? {} : { addressLast }),
    ...ports,
    flags,
  };
}

/** `registerOf` gives the kernel's name of a word. */
export function writeTranslation(
  writer: BatchWriter,
  expression: TranslationExpression,
  registerOf: (word: number) => number,
): void {
  const field = expression.kind === "nat" ? natField : masqueradeField;
  if (expression.kind === "nat") {
    writer.u32(natField.type, expression.type).u32(natField.family, expression.family);
    writer.u32(natField.address, registerOf(expression.address));
    writer.u32(natField.addressLast, registerOf(expression.addressLast));
  }
  if (expression.port !== undefined) writer.u32(field.port, registerOf(expression.port));
  if (expression.portLast !== undefined) writer.u32(field.portLast, registerOf(expression.portLast));
  if (expression.flags !== 0) writer.u32(field.flags, expression.flags);
}

/** `word` gives the word behind the kernel's name for a register. */
export function readTranslation(
  kind: "nat" | "masq",
  fields: AttributeTable,
  word: (type: number) => number | undefined,
): TranslationExpression | undefined {
  const field = kind === "nat" ? natField : masqueradeField;
  const [port, portLast] = [word(field.port), word(field.portLast)];
  const ports = {
    ...(port === undefined ? {} : { port }),
    ...(portLast === undefined ? {} : { portLast }),
  };
  const flags = fields.u32be(field.flags) ?? 0;
  if (kind === "masq") return { kind, ...ports, flags };
  const [type, family] = [fields.u32be(natField.type), fields.u32be(natField.family)];
  const address = word(natField.address);
  // Ports alone, without an address, Merlon never writes.
  if (type === undefined || family === undefined || address === undefined) return undefined;
  return { kind, type, family, address, addressLast: word(natField.addressLast) ?? address, ...ports, flags };
}

export function printTranslationExpression(expression: TranslationExpression): string {
  const { kind, port, portLast, flags } = expression;
  const ports = port === undefined ? "" : ` port word ${port}-${portLast ?? port}`;
  if (kind === "masq") return `[ masq${ports} flags ${flags} ]`;
  const { type, family, address, addressLast } = expression;
  return `[ nat type ${type} family ${family} word ${address}-${addressLast}${ports} flags ${flags} ]`;
}
