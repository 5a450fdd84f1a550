// The order of keys in lists that have no order of their own: numbers inside names count as numbers, so that `eth2` stands
// before `eth10` and `ge-0/0/2` before `ge-0/0/10`.

/** Negative, zero or positive, like every comparison for sorting; zero only for equal keys. */
export function compareKeys(a: readonly string[], b: readonly string[]): number {
  for (const [at, key] of a.entries()) {
    const other = b[at];
    if (other === undefined) return 1;
    const order = compareNames(key, other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  const parts = a.match(/\d+|\D+/g) ?? [];
  const others = b.match(/\d+|\D+/g) ?? [];
  for (const [at, part] of parts.entries()) {
    const other = others[at];
    if (other === undefined) return 1;
    if (part === other) continue;
    const number = Number(part);
    const otherNumber = Number(other);
    if (Number.isNaN(number) || Number.isNaN(otherNumber) || number === otherNumber) return part < other ? -1 : 1;
    return number - otherNumber;
  }
  return parts.length - others.length;
}
