// A count in at most six characters: `999`, `1.2k`, `34M`.

const units = ["", "k", "M", "G", "T", "P"];

export function countText(count: number): string {
  let [left, unit] = [count, 0];
  while (Math.round(left) >= 1000 && unit + 1 < units.length) [left, unit] = [left / 1000, unit + 1];
  const isShort = unit > 0 && left < 9.95;
  return `${isShort ? left.toFixed(1) : Math.round(left)}${units[unit] ?? ""}`;
}
