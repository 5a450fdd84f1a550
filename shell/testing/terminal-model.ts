// A terminal as far as a shell uses one: rows of characters, a cursor, automatic margins with the wait at the last column
// that real terminals have, and the few sequences that the shell writes. Anything else is an error of the shell.

import assert from "node:assert/strict";
import { characterWidth } from "../cell-width.ts";

export class TerminalModel {
  columns: number;
  /** Everything that was ever shown; the window of a real one is its end. */
  readonly #rows: string[][] = [[]];
  row = 0;
  column = 0;
  /** The last column was written; the next character goes to the next row. */
  #waits = false;
  #pending = "";
  /** Of a dumb one a sequence is an error. */
  readonly #knowsSequences: boolean;

  constructor(columns: number, knowsSequences = true) {
    this.columns = columns;
    this.#knowsSequences = knowsSequences;
  }

  write(text: string): void {
    let rest = this.#pending + text;
    this.#pending = "";
    while (rest !== "") {
      // oxlint-disable-next-line no-control-regex
      const sequence = /^\u001b(?:\[(\d*)(?:;\d*)?([A-Za-z]))?/.exec(rest);
      if (sequence === null) {
        const [character = ""] = rest;
        this.#take(character);
        rest = rest.slice(character.length);
      } else {
        assert(this.#knowsSequences, `a dumb terminal got ${JSON.stringify(sequence[0])}`);
        if (sequence[2] === undefined) {
          this.#pending = rest;
          return;
        }
        this.#sequence(sequence[2], Number(sequence[1] === "" ? 0 : sequence[1]));
        rest = rest.slice(sequence[0].length);
      }
    }
  }

  /** The rows as they stand, without blanks at their ends. */
  get lines(): readonly string[] {
    return this.#rows.map((row) => Array.from(row, (cell) => cell ?? " ").join("").trimEnd()); // prettier-ignore
  }

  get text(): string {
    return this.lines.join("\n").trimEnd();
  }

  #take(character: string): void {
    switch (character) {
      case "\r":
        this.column = 0;
        this.#waits = false;
        return;
      case "\n":
        this.#goTo(this.row + 1);
        this.#waits = false;
        return;
      case "\b":
        this.column = Math.max(0, this.column - 1);
        this.#waits = false;
        return;
      case "\u0007":
        return;
      default:
        assert(!/\p{Cc}/u.test(character), `a control character: ${JSON.stringify(character)}`);
        this.#print(character);
    }
  }

  #print(character: string): void {
    const width = characterWidth(character);
    if (this.#waits || this.column + width > this.columns) {
      if (width > 0) {
        this.#goTo(this.row + 1);
        this.column = 0;
        this.#waits = false;
      }
    }
    const row = this.#rows[this.row] ?? [];
    if (width === 0) {
      const at = this.#waits ? this.column : this.column - 1;
      row[at] = `${row[at] ?? ""}${character}`;
      return;
    }
    row[this.column] = character;
    if (width === 2) row[this.column + 1] = "";
    this.column += width;
    if (this.column >= this.columns) {
      this.column = this.columns - 1;
      this.#waits = true;
    }
  }

  #sequence(kind: string, count: number): void {
    this.#waits = false;
    const step = Math.max(1, count);
    switch (kind) {
      case "A":
        return this.#goTo(Math.max(0, this.row - step));
      case "B":
        return this.#goTo(this.row + step);
      case "C":
        this.column = Math.min(this.columns - 1, this.column + step);
        return;
      case "D":
        this.column = Math.max(0, this.column - step);
        return;
      case "K":
        (this.#rows[this.row] ?? []).length = Math.min(this.#rows[this.row]?.length ?? 0, this.column);
        return;
      case "J":
        if (count === 2) {
          for (const row of this.#rows) row.length = 0;
          return;
        }
        (this.#rows[this.row] ?? []).length = Math.min(this.#rows[this.row]?.length ?? 0, this.column);
        for (const row of this.#rows.slice(this.row + 1)) row.length = 0;
        return;
      case "H":
        this.row = 0;
        this.column = 0;
        return;
      default:
        assert.fail(`a sequence that not every terminal knows: ${kind}`);
    }
  }

  #goTo(row: number): void {
    this.row = row;
    while (this.#rows.length <= row) this.#rows.push([]);
  }
}
