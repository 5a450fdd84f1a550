// The rows of the fact table as a tree of statements, each with its word, its keys and what stands below it. A statement
// without keyword gets the name of its XML element, or of its value, as its word.

import type { FactKind } from "@merlon/model/schema/fact-file.ts";
import type { FactRow } from "./fact-table.ts";

export interface StatementKey {
  readonly name: string;
  readonly row: FactRow;
  /** The word before the key. */
  readonly word?: string;
  /** Words of the key before it after which this one is written; absent when it is always written. */
  readonly writtenAfter?: readonly string[];
}

export interface FactStatement {
  readonly row: FactRow;
  readonly kind: FactKind;
  readonly word: string;
  readonly keys: readonly StatementKey[];
  readonly children: Map<string, FactStatement>;
}

const holderKinds: ReadonlySet<FactKind> = new Set<FactKind>(["container", "presence", "list"]);

/** Match words of route filters that take a value; after the others the key `choice-value` is not written. */
const identsWithValue = ["upto", "through", "prefix-length-range", "address-mask"];

export function factTree(rows: readonly FactRow[]): FactStatement {
  const top: FactStatement = { row: emptyRow, kind: "container", word: "", keys: [], children: new Map() };
  const holders = new Map<string, FactStatement>([["", top]]);
  const keyRows = new Map<string, FactRow>();
  for (const row of rows) if (row.kind === "key") keyRows.set(row.path.join(" "), row);
  for (const row of rows) {
    const { kind } = row;
    if (kind === "key") continue;
    const { parent, rest } = parentOf(row, holders);
    // An older release had a block where this one has a leaf: what stood in the block is gone.
    if (kind !== "list" && rest.length > 1) continue;
    const first = rest[0] ?? "";
    const word = isPlaceholder(first) ? row.xml || placeholderName(first) : first;
    const keys = keysOf(row, rest, keyRows);
    const statement = { row, kind, word, keys, children: new Map<string, FactStatement>() };
    if (parent.children.has(word)) throw new Error(`"${row.path.join(" ")}" stands there twice`);
    parent.children.set(word, statement);
    if (holderKinds.has(kind)) holders.set(row.path.join(" "), statement);
  }
  return top;
}

const emptyRow: FactRow = {
  path: [],
  kind: "container",
  keys: [],
  type: "",
  constraint: "",
  defaultValue: "",
  units: "",
  orderedByUser: true,
  refersTo: [],
  choice: "",
  flags: [],
  xml: "",
};

/** The holder with the longest path before this row's, and the words that are left. */
function parentOf(row: FactRow, holders: ReadonlyMap<string, FactStatement>) {
  for (let length = row.path.length - 1; length >= 0; length--) {
    const parent = holders.get(row.path.slice(0, length).join(" "));
    if (parent !== undefined) return { parent, rest: row.path.slice(length) };
  }
  throw new Error(`"${row.path.join(" ")}" stands nowhere`);
}

function keysOf(row: FactRow, rest: readonly string[], keyRows: ReadonlyMap<string, FactRow>): StatementKey[] {
  if (row.kind !== "list") return [];
  const start = row.path.length - rest.length;
  return row.keys.map((name, at) => {
    const place = rest.indexOf(`<${name}>`);
    const before = place > 0 ? (rest[place - 1] ?? "") : "";
    const word = at > 0 && place > 0 && !isPlaceholder(before) ? { word: before } : {};
    const keyRow = row.keys.length === 1 ? row : keyRowOf(row, start, name, keyRows);
    const hidden = row.keys.length > 1 && place < 0;
    const last = at === row.keys.length - 1;
    return { name, row: keyRow, ...word, ...(hidden ? { writtenAfter: last ? identsWithValue : [] } : {}) };
  });
}

/** A key of several has a row of its own, whose path begins as the list's and ends in the key. */
function keyRowOf(row: FactRow, start: number, name: string, keyRows: ReadonlyMap<string, FactRow>): FactRow {
  const head = row.path.slice(0, start).join(" ");
  const first = row.path[start] ?? "";
  for (const [path, keyRow] of keyRows) {
    const own = path.startsWith(head) && keyRow.path[start] === first && keyRow.path.at(-1) === `<${name}>`;
    if (own && keyRow.path.length > start && keyRow.path.slice(0, start).join(" ") === head) return keyRow;
  }
  throw new Error(`the key ${name} of "${row.path.join(" ")}" has no row`);
}

function isPlaceholder(word: string): boolean {
  return word.startsWith("<");
}

function placeholderName(word: string): string {
  return word.slice(1, -1);
}
