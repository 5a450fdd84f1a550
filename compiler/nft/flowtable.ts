// A flowtable: sessions that a rule has handed to it are forwarded when their packets come in, and meet no chain. It
// counts for them, so that the connection table says what passed. The kernel takes devices out that vanish, and refuses
// one that is not there.
// Source: net/netfilter/nf_tables_api.c (nf_tables_newflowtable), Linux 6.1 to 6.18.

export interface NftFlowtable {
  readonly name: string;
  /** At which ingress priority. */
  readonly priority: number;
  /** Names; their order means nothing. */
  readonly devices: readonly string[];
  readonly counter: boolean;
  /** What else the kernel says about it (hardware offload): never ours. */
  readonly foreign?: string;
}

/** In nft's words. */
export function printFlowtable({ name, priority, devices, counter, foreign }: NftFlowtable): readonly string[] {
  const names = devices.toSorted().map((device) => `"${device}"`);
  return [
    `flowtable ${name} {`,
    `\thook ingress priority ${priority}`,
    ...(names.length === 0 ? [] : [`\tdevices = { ${names.join(", ")} }`]),
    ...(counter ? ["\tcounter"] : []),
    ...(foreign === undefined ? [] : [`\t<${foreign}>`]),
    "}",
  ];
}

export function sameFlowtable(a: NftFlowtable, b: NftFlowtable): boolean {
  return printFlowtable(a).join("\n") === printFlowtable(b).join("\n");
}
