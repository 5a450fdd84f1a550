// Instructions that give a session another source or destination. The kernel carries them out once in the life of a
// session, in chains of type `nat`, and the packet is accepted: no rule behind them is asked.
// Source: net/netfilter/nft_nat.c and nft_masq.c, Linux 6.1 to 6.18; linux/netfilter/nf_nat.h.

export type NftTranslation =
  | {
      readonly op: "translate";
      readonly side: "source" | "destination";
      readonly family: 4 | 6;
      /** The first and the last address; they are one where there is no last. */
      readonly address: number;
      readonly addressLast?: number;
      /** Ports, in the first two bytes of their words; without them the kernel changes a port only where two would clash. */
      readonly port?: number;
      readonly portLast?: number;
      readonly flags: readonly TranslationFlag[];
    }
  /** To an address of the device that the packet leaves by. */
  | {
      readonly op: "masquerade";
      readonly port?: number;
      readonly portLast?: number;
      readonly flags: readonly TranslationFlag[];
    };

/**
 * `persistent`: the address depends on the source alone. `random`: so does the port on nothing. `prefix`: the bits in which
 * first and last address differ stay as they are in the packet.
 */
export type TranslationFlag = "persistent" | "random" | "prefix";

export function printTranslation(instruction: NftTranslation): string {
  const { port, portLast, flags } = instruction;
  const ports = port === undefined ? "" : ` port reg ${port}${portLast === undefined ? "" : `-${portLast}`}`;
  const words = flags.map((flag) => ` ${flag}`).join("");
  if (instruction.op === "masquerade") return `[ masquerade${ports}${words} ]`;
  const { side, family, address, addressLast } = instruction;
  const addresses = `reg ${address}${addressLast === undefined ? "" : `-${addressLast}`}`;
  return `[ translate ${side} ip${family === 4 ? "" : "6"} ${addresses}${ports}${words} ]`;
}

/** Flags in one order, and no last word that is the first one. */
export function canonicalTranslation(instruction: NftTranslation): NftTranslation {
  const flags = flagOrder.filter((flag) => instruction.flags.includes(flag));
  const { portLast, ...rest } = instruction;
  const withPorts = portLast === undefined || portLast === instruction.port ? rest : { ...rest, portLast };
  if (withPorts.op === "masquerade") return { ...withPorts, flags };
  const { addressLast, ...translate } = withPorts;
  return addressLast === undefined || addressLast === translate.address
    ? { ...translate, flags }
    : { ...translate, addressLast, flags };
}

const flagOrder: readonly TranslationFlag[] = ["persistent", "random", "prefix"];
