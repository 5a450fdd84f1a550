// A shell with a terminal that tests can look at, over a host that answers from a table.

import type { Candidate } from "@merlon/junos/complete.ts";
import type { ShellAnswer } from "../shell-answer.ts";
import { ShellRefusal } from "../shell-host.ts";
import type { LineOptions, ShellHost, TerminalSize } from "../shell-host.ts";
import { Shell } from "../shell.ts";
import { TerminalModel } from "./terminal-model.ts";

export interface AskedLine {
  readonly line: string;
  readonly options: LineOptions;
}

export interface CaseOptions {
  readonly terminal?: Partial<TerminalSize>;
  readonly answer?: (line: string, options: LineOptions) => ShellAnswer | Promise<ShellAnswer>;
  readonly candidates?: Readonly<Record<string, readonly string[]>>;
  /** No file may be written. */
  readonly refusesFiles?: boolean;
}

export class ShellCase {
  readonly asked: AskedLine[] = [];
  readonly files = new Map<string, string>();
  readonly idleTimeouts: (number | undefined)[] = [];
  readonly screen: TerminalModel;
  readonly shell: Shell;
  /** Every character that was written. */
  written = "";
  /** The exit status. */
  readonly ended: Promise<number>;

  constructor({ terminal = {}, answer = () => said(""), candidates = {}, refusesFiles }: CaseOptions = {}) {
    const size: TerminalSize = { kind: "full", columns: 80, rows: 24, ...terminal };
    this.screen = new TerminalModel(size.columns, size.kind === "full");
    const host: ShellHost = {
      user: "ana",
      hostName: "fw1",
      run: async (line, options) => {
        this.asked.push({ line, options });
        return answer(line, options);
      },
      complete: async (line) => {
        const known = candidates[line] ?? candidatesBelow(candidates, line);
        return known.map((word): Candidate => ({ word, help: `About ${word}`, final: false }));
      },
      write: async (text) => {
        this.written += text;
        if (size.kind !== "none") this.screen.write(text);
      },
      readFile: async (name) => {
        const text = this.files.get(name);
        if (text === undefined) throw new ShellRefusal(`there is no file ${name}`);
        return text;
      },
      writeFile: async (name, pieces, how) => {
        if (refusesFiles === true) throw new ShellRefusal("files may not be written");
        let text = how === "append" ? (this.files.get(name) ?? "") : "";
        for await (const piece of pieces) text += piece;
        this.files.set(name, text);
      },
      nowMs: () => Date.UTC(2026, 10, 22, 12, 30, 1),
      setIdleTimeout: (minutes) => void this.idleTimeouts.push(minutes),
    };
    this.shell = new Shell(host, { terminal: size });
    this.ended = this.shell.interact();
  }

  /** Types each character as a key of its own, as a person does; answers what is on the screen then. */
  async type(...texts: readonly string[]): Promise<string> {
    await this.#settle();
    for (const text of texts) {
      // oxlint-disable-next-line no-control-regex
      for (const character of text.match(/\u001b(?:\[[0-9;]*[A-Za-z~]|.)|./gsu) ?? []) {
        this.shell.feed(Buffer.from(character));
        await this.#settle();
      }
    }
    return this.screen.text;
  }

  /** All at once, as a paste or a program does. */
  async paste(text: string): Promise<string> {
    this.shell.feed(Buffer.from(text));
    await this.#settle();
    return this.screen.text;
  }

  /** Everything that follows from what happened has happened. */
  async #settle(): Promise<void> {
    for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

export function said(text: string, rest: Partial<ShellAnswer> = {}): ShellAnswer {
  return { ok: true, text, ...rest };
}

/** The candidates of the longest known line that is the beginning of this one. */
function candidatesBelow(known: Readonly<Record<string, readonly string[]>>, line: string): readonly string[] {
  const start = line.slice(0, line.lastIndexOf(" ") + 1);
  return (known[start] ?? []).filter((word) => word.startsWith("<") || word.startsWith(line.slice(start.length)));
}
