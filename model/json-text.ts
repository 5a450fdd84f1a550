// JSON of values that hold addresses of IPv6, which are larger than its numbers: they are strings of digits.

export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => (typeof one === "bigint" ? String(one) : one));
}
