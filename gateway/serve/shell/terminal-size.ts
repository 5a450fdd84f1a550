// The terminal of a client as a shell sees it: what it can do follows from its name, as TERM has it.

import type { TerminalSize } from "@merlon/shell/shell-host.ts";

const sizeMax = 1_000;
/** Families that know the sequences of xterm that a line editor needs. */
const capable =
  /^(?:xterm|vt[1-5]\d\d|ansi|linux|screen|tmux|rxvt|konsole|gnome|putty|alacritty|foot|kitty|cygwin|st-|iterm|wezterm|ghostty)/;

export function terminalSize(terminal: {
  readonly columns: number;
  readonly rows: number;
  readonly name: string;
}): TerminalSize {
  const kind = capable.test(terminal.name) ? "full" : "dumb";
  return { kind, columns: bounded(terminal.columns, 80), rows: bounded(terminal.rows, 24) };
}

/** 0 means that the client does not know. */
function bounded(count: number, otherwise: number): number {
  return Number.isInteger(count) && count > 0 ? Math.min(Math.max(count, 8), sizeMax) : otherwise;
}
