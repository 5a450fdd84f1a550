// Chain names out of zone and device names. nft allows letters, digits and `_`, `-`, `.`, `/` in a name; two different
// things never get one name (`a_b` to `c` and `a` to `b_c`), whatever they are called.

export type ChainNamer = (...words: readonly string[]) => string;

export function chainNamer(): ChainNamer {
  const used = new Set<string>();
  return (...words) => {
    const plain = words.join("_").replaceAll(/[^A-Za-z0-9_.-]/g, "_");
    let name = plain;
    for (let copy = 2; used.has(name); copy++) name = `${plain}__${copy}`;
    used.add(name);
    return name;
  };
}
