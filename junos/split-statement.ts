// A statement that stands on several lines: one statement, or several of which a ";" was forgotten? The original lets a
// statement go on on the next line however that is indented, so the schema decides: a line that continues the words before
// it belongs to them, and one that begins a statement of this level, behind words that are a statement by themselves, is a
// new one. Where both make sense, a line indented further continues, and another one begins a statement.

import type { Item, LineStart, Statement } from "./parse.ts";
import { reportMissingSemicolon } from "./missing-semicolon.ts";
import { Report } from "./report.ts";
import { resolve } from "./resolve.ts";
import type { Scope, Step } from "./resolve.ts";
import { isHolder } from "./schema-index.ts";

/** Lines of one statement that the schema is asked about; behind them the indentation alone decides. */
const linesMax = 64;

/** The statements that the words and lines are, in their order; each ";" that is missing is in the report. */
export function splitStatement(scope: Scope, statement: Statement, report: Report): readonly Statement[] {
  const { lines, items } = statement;
  if (lines === undefined) return [statement];
  const firstLine = items.slice(0, lines.starts[0]?.at);
  // Lines of a block whose "{" is missing: they are left out together, because nobody knows where it ends.
  if (lines.wentOn && opensBlock(scope, firstLine)) {
    reportMissingSemicolon(report, firstLine.at(-1));
    return [];
  }
  const cuts = cutsOf(scope, items, lines.starts);
  for (const cut of cuts) reportMissingSemicolon(report, items[cut - 1]);
  return [0, ...cuts].map((from, at): Statement => {
    const { lines: _, ...rest } = { ...statement, items: items.slice(from, cuts[at]) };
    const first = from === 0 ? {} : { tags: [], comment: undefined };
    return at === cuts.length ? { ...rest, ...first } : { ...rest, ...first, body: undefined };
  });
}

/** The statement that ends with this step may have a block. */
export function takesBody(last: Step): boolean {
  return isHolder(last.schema) && (!last.stay || (last.keys.length === 0 && last.schema.kind === "list"));
}

/** The places between the items where a statement ends. */
function cutsOf(scope: Scope, items: readonly Item[], starts: readonly LineStart[]): readonly number[] {
  const cuts: number[] = [];
  for (const [count, { at, deeper }] of starts.entries()) {
    const from = cuts.at(-1) ?? 0;
    const end = starts[count + 1]?.at ?? items.length;
    const isNew = count < linesMax ? begins(scope, items.slice(from, at), items.slice(at, end), deeper) : !deeper;
    if (isNew) cuts.push(at);
  }
  return cuts;
}

/** Whether a line begins a statement behind the words `before`. */
function begins(scope: Scope, before: readonly Item[], line: readonly Item[], deeper: boolean): boolean {
  const begun = (words: readonly Item[]): boolean => isComplete(scope, before) && mayBe(scope, words);
  const continues = (): boolean => mayBe(scope, [...before, ...line]);
  return deeper ? !continues() && begun(line.slice(0, 1)) : begun(line) || !continues();
}

/** The items are a whole statement. */
function isComplete(scope: Scope, items: readonly Item[]): boolean {
  return resolve(scope, items, "write", new Report()) !== undefined;
}

/** The items are a statement, or the beginning of one. */
function mayBe(scope: Scope, items: readonly Item[]): boolean {
  const scratch = new Report();
  resolve(scope, items, "write", scratch);
  return scratch.diagnostics.every(({ code }) => code === "schema.missing-key" || code === "schema.missing-value");
}

function opensBlock(scope: Scope, items: readonly Item[]): boolean {
  const last = resolve(scope, items, "name", new Report())?.at(-1);
  return last === undefined || takesBody(last);
}
