// Names with numbers in brackets: `ge-0/0/[0-3]`, `ge-0/0/[0-9,!4]`, `ge-[0,2]/0/1`. Members of interface ranges and
// `wildcard range` lines write them. Numbers are given singly or as low-high; `!` takes them out again.

const numberMax = 65_535;

/** All the names, in order and each once; undefined when the brackets are no numbers or the names more than `countMax`. */
export function expandNames(pattern: string, countMax: number): readonly string[] | undefined {
  const open = pattern.indexOf("[");
  if (open < 0) return pattern.includes("]") || countMax < 1 ? undefined : [pattern];
  const close = pattern.indexOf("]", open);
  if (close < 0) return undefined;
  const numbers = numbersOf(pattern.slice(open + 1, close));
  const rest = expandNames(pattern.slice(close + 1), countMax);
  if (numbers === undefined || rest === undefined || numbers.length * rest.length > countMax) return undefined;
  const before = pattern.slice(0, open);
  return numbers.flatMap((number) => rest.map((tail) => `${before}${number}${tail}`));
}

/** `0-3,7,!2`; undefined when it is something else or leaves nothing. */
function numbersOf(text: string): readonly number[] | undefined {
  const wanted = new Set<number>();
  const unwanted = new Set<number>();
  for (const part of text.split(",")) {
    const match = /^\s*(!?)(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part);
    if (match === null) return undefined;
    const [, not, first = "", last = first] = match;
    if (Number(last) > numberMax || Number(first) > Number(last)) return undefined;
    for (let number = Number(first); number <= Number(last); number++) (not === "!" ? unwanted : wanted).add(number);
  }
  const numbers = [...wanted].filter((number) => !unwanted.has(number)).toSorted((a, b) => a - b);
  return numbers.length === 0 ? undefined : numbers;
}
