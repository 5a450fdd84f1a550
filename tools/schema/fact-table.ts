// The fact tables of the original's grammar: tab separated, one row per statement, the first line names the columns. This
// file reads the table and says which row stands below which; what becomes of it is `import-junos.ts`.

import { factKinds } from "@merlon/model/schema/fact-file.ts";
import type { FactKind } from "@merlon/model/schema/fact-file.ts";

/** One key of a list with several has a row of its own. */
type RowKind = FactKind | "key";

export interface FactRow {
  /** Set-style words; `<name>` stands for a key or an unnamed value. */
  readonly path: readonly string[];
  readonly kind: RowKind;
  /** Names of the keys of a list. */
  readonly keys: readonly string[];
  readonly type: string;
  readonly constraint: string;
  readonly defaultValue: string;
  readonly units: string;
  readonly orderedByUser: boolean;
  /** Alternatives, each a path. */
  readonly refersTo: readonly string[];
  readonly choice: string;
  readonly flags: readonly string[];
  readonly xml: string;
}

const columns = ["path", "kind", "key", "type", "constraint", "default", "units", "mandatory", "ordered-by-user"];

/** The cells of a table as text, without its first line. Throws when a column that we read is not where it should be. */
export function readTable(text: string, wanted: readonly string[]): string[][] {
  const [head, ...lines] = text.split("\n").filter((line) => line !== "");
  const names = head?.split("\t") ?? [];
  for (const [at, name] of wanted.entries())
    if (names[at] !== name) throw new Error(`column ${at + 1} is "${names[at] ?? ""}" and not "${name}"`);
  return lines.map((line) => line.split("\t").map(unescapeCell));
}

function unescapeCell(cell: string): string {
  return cell.replaceAll(/\\([\\tn])/g, (_, letter: string) => (letter === "t" ? "\t" : letter === "n" ? "\n" : "\\"));
}

export function readFacts(text: string): FactRow[] {
  return readTable(text, columns).map((cells) => {
    const cell = (at: number): string => cells[at] ?? "";
    return {
      path: cell(0).split(" "),
      kind: kindOf(cell(1)),
      keys: words(cell(2)),
      type: cell(3),
      constraint: cell(4),
      defaultValue: cell(5),
      units: cell(6),
      orderedByUser: cell(8) !== "n",
      refersTo: cell(9)
        .split(" | ")
        .filter((path) => path !== ""),
      choice: cell(10),
      flags: words(cell(11)),
      xml: cell(12),
    };
  });
}

function kindOf(cell: string): RowKind {
  const kind = (["key", ...factKinds] as const).find((one) => one === cell);
  if (kind === undefined) throw new Error(`"${cell}" is no kind of statement`);
  return kind;
}

function words(cell: string): string[] {
  return cell === "" ? [] : cell.split(" ");
}

export interface MustRow {
  readonly path: readonly string[];
  readonly constraint: string;
}

export function readMusts(text: string): MustRow[] {
  return readTable(text, ["path", "constraint"]).map(([path, constraint]) => ({
    path: (path ?? "").split(" "),
    constraint: constraint ?? "",
  }));
}
