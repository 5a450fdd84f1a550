// The terminal driver against streams that remember: what is written, in which order, and that everything is put back.

import { EventEmitter } from "node:events";
import type { ReadStream, WriteStream } from "node:tty";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { paintColour, paintPlain } from "../paint.ts";
import type { Key } from "@merlon/shell/key.ts";
import type { Screen } from "./screen.ts";
import { span } from "./span.ts";
import { Terminal } from "./terminal.ts";

class FakeInput extends EventEmitter {
  readonly modes: boolean[] = [];
  paused = true;

  setRawMode(mode: boolean): this {
    this.modes.push(mode);
    return this;
  }

  resume(): this {
    this.paused = false;
    return this;
  }

  pause(): this {
    this.paused = true;
    return this;
  }
}

class FakeOutput extends EventEmitter {
  columns = 80;
  rows = 24;
  written = "";

  write(text: string): boolean {
    this.written += text;
    return true;
  }

  /** What was written since the last call. */
  take(): string {
    const { written } = this;
    this.written = "";
    return written;
  }
}

const screen = (cursorColumn: number, ...lines: readonly string[]): Screen => ({
  lines: lines.map((text) => [span(text)]),
  cursor: { row: lines.length - 1, column: cursorColumn },
});

const leave = "\u001b[?2004l\u001b[?7h\u001b[?25h\u001b[0m\u001b[?1049l";

function open(paint = paintPlain) {
  const input = new FakeInput();
  const output = new FakeOutput();
  const keys: Key[] = [];
  let resizes = 0;
  const terminal = new Terminal(input as unknown as ReadStream, output as unknown as WriteStream, paint, {
    onKey: (key) => keys.push(key),
    onResize: () => resizes++,
  });
  return { input, output, keys, terminal, resizes: () => resizes };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("opening and closing", () => {
  test("enters the alternate screen in raw mode with bracketed paste", () => {
    const { input, output, terminal } = open();
    expect(output.take()).toBe("\u001b[?1049h\u001b[?7l\u001b[?2004h\u001b[2J");
    expect(input.modes).toEqual([true]);
    expect(input.paused).toBe(false);
    expect(terminal.size).toEqual({ columns: 80, rows: 24 });
    terminal[Symbol.dispose]();
  });

  test("puts everything back, once, and listens no more", () => {
    const { input, output, terminal } = open();
    const exitListeners = process.listenerCount("exit");
    output.take();
    terminal[Symbol.dispose]();
    terminal[Symbol.dispose]();
    expect(output.take()).toBe(leave);
    expect(input.modes).toEqual([true, false]);
    expect(input.paused).toBe(true);
    expect(input.listenerCount("data") + output.listenerCount("resize")).toBe(0);
    expect(process.listenerCount("exit")).toBe(exitListeners - 1);
  });

  test("puts everything back when the process ends in any other way", () => {
    const { input, output, terminal } = open();
    output.take();
    const restore = process.listeners("exit").at(-1) as () => void;
    restore();
    expect(output.take()).toBe(leave);
    expect(input.modes.at(-1)).toBe(false);
    terminal[Symbol.dispose]();
    expect(output.take()).toBe("");
  });

  test("does not mind that the terminal is gone", () => {
    const { output, terminal } = open();
    output.write = () => {
      throw new Error("EIO");
    };
    expect(() => terminal[Symbol.dispose]()).not.toThrow();
  });
});

describe("drawing", () => {
  test("writes every line once, then only the changed ones", () => {
    const { output, terminal } = open();
    output.take();
    terminal.draw(screen(3, "one", "two"));
    expect(output.take()).toBe("\u001b[?25l\u001b[1;1H\u001b[2Kone\u001b[2;1H\u001b[2Ktwo\u001b[2;4H\u001b[?25h");
    terminal.draw(screen(4, "one", "three"));
    expect(output.take()).toBe("\u001b[?25l\u001b[2;1H\u001b[2Kthree\u001b[2;5H\u001b[?25h");
    terminal.draw(screen(4, "one", "three"));
    expect(output.take()).toBe("\u001b[?25l\u001b[2;5H\u001b[?25h");
    terminal[Symbol.dispose]();
  });

  test("draws a line anew when only its colours changed", () => {
    const { output, terminal } = open(paintColour);
    terminal.draw({ lines: [[span("a")]], cursor: { row: 0, column: 0 } });
    output.take();
    terminal.draw({ lines: [[span("a", "good")]], cursor: { row: 0, column: 0 } });
    expect(output.take()).toContain("\u001b[32ma\u001b[0m");
    terminal[Symbol.dispose]();
  });

  test("starts anew after a change of size or when it is asked to", () => {
    const { output, terminal, resizes } = open();
    terminal.draw(screen(0, "one"));
    output.take();
    output.columns = 100;
    output.emit("resize");
    expect(resizes()).toBe(1);
    expect(terminal.size.columns).toBe(100);
    expect(output.take()).toBe("\u001b[2J");
    terminal.draw(screen(0, "one"));
    expect(output.take()).toContain("one");
    terminal.redraw();
    terminal.draw(screen(0, "one"));
    expect(output.take()).toContain("one");
    terminal[Symbol.dispose]();
  });

  test("writes nothing after the end", () => {
    const { output, terminal } = open();
    terminal[Symbol.dispose]();
    output.take();
    terminal.draw(screen(0, "one"));
    expect(output.take()).toBe("");
  });
});

describe("keys", () => {
  test("arrive in order", () => {
    const { input, keys, terminal } = open();
    input.emit("data", Buffer.from("ab\r"));
    expect(keys).toEqual([
      { kind: "text", text: "ab" },
      { kind: "named", name: "enter" },
    ]);
    terminal[Symbol.dispose]();
  });

  test("a lone escape byte is Escape after a moment, and a part of a sequence before", () => {
    const { input, keys, terminal } = open();
    input.emit("data", Buffer.from("\u001b"));
    expect(keys).toEqual([]);
    vi.advanceTimersByTime(39);
    input.emit("data", Buffer.from("[A"));
    vi.advanceTimersByTime(100);
    expect(keys).toEqual([{ kind: "named", name: "up" }]);
    input.emit("data", Buffer.from("\u001b"));
    vi.advanceTimersByTime(40);
    expect(keys.at(-1)).toEqual({ kind: "named", name: "escape" });
    terminal[Symbol.dispose]();
  });
});
