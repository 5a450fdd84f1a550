// Places in a text by offset, for readers that work with offsets: the line starts are found once, and the line of an
// offset by halving. Lines and columns count from 1, columns in UTF-16 units, as everywhere in diagnostics.

import type { Span } from "@merlon/model/diagnostic.ts";

export class LineIndex {
  private readonly source: string;
  private readonly starts: number[] = [0];
  /** The line found last: offsets are mostly asked for in rising order. */
  private near = 0;

  constructor(text: string, source: string) {
    this.source = source;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.starts.push(at + 1);
    // A byte order mark is no column.
    if (text.charCodeAt(0) === 0xfeff) this.starts[0] = 1;
  }

  /** From `first` to before `end`. */
  span(first: number, end: number): Span {
    const line = this.lineOf(first);
    const column = first - (this.starts[line] ?? 0) + 1;
    const endLine = this.lineOf(end);
    const endColumn = end - (this.starts[endLine] ?? 0) + 1;
    return { source: this.source, line: line + 1, column: Math.max(column, 1), endLine: endLine + 1, endColumn };
  }

  private lineOf(offset: number): number {
    const { starts, near } = this;
    if ((starts[near] ?? 0) <= offset && offset < (starts[near + 1] ?? Infinity)) return near;
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    this.near = low;
    return low;
  }
}
