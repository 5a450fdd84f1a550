// The prompt's behaviour: what a user types, and what that does to the state and asks of the outside.

import { describe, expect, test } from "vitest";
import type { Key, KeyName } from "@merlon/shell/key.ts";
import { takeKey } from "./keyboard.ts";
import type { Action } from "./keyboard.ts";
import { textBefore, textOf } from "@merlon/shell/line-editor.ts";
import { initialState, withAnswer } from "./state.ts";
import type { LiveState } from "./state.ts";

const start = initialState({ hostName: "gw", revision: 1, startToEnforcingMs: 1, startedAtMs: 0 }, 0);
const key = (name: KeyName): Key => ({ kind: "named", name });
const typed = (text: string): Key => ({ kind: "text", text });

function press(state: LiveState, ...keys: readonly Key[]): { state: LiveState; actions: readonly Action[] } {
  const actions: Action[] = [];
  let current = state;
  for (const each of keys) {
    const step = takeKey(current, each);
    current = step.state;
    actions.push(...step.actions);
  }
  return { state: current, actions };
}

describe("enter", () => {
  test.each<[string, readonly Action[]]>([
    ["commit", [{ kind: "run", line: "commit" }]],
    ["  show   interfaces ", [{ kind: "run", line: "show   interfaces" }]],
    ["", []],
    ["   ", []],
    ["quit", [{ kind: "leave" }]],
    ["exit", [{ kind: "leave" }]],
    ["q", [{ kind: "leave" }]],
    ["clear", []],
    ["quit now", [{ kind: "run", line: "quit now" }]],
  ])("on %j asks for %j and empties the line", (line, expected) => {
    const { state, actions } = press(start, typed(line), key("enter"));
    expect(actions).toEqual(expected);
    expect(textOf(state.prompt)).toBe("");
  });

  test("remembers the line", () => {
    const { state } = press(start, typed("commit"), key("enter"), key("up"));
    expect(textOf(state.prompt)).toBe("commit");
  });

  test("on clear empties the output, as Escape does", () => {
    const full = withAnswer(start, { text: "1\n2\n", ok: true }, { columns: 80, rows: 10 });
    expect(press(full, typed("clear"), key("enter")).state.output).toEqual([]);
    expect(press(full, key("escape")).state.output).toEqual([]);
    expect(press(full, typed("x"), key("escape")).state.prompt.text).toEqual(["x"]);
  });
});

describe("leaving", () => {
  test.each<[string, KeyName, string, readonly Action[]]>([
    ["", "interrupt", "", [{ kind: "leave" }]],
    ["", "end-of-input", "", [{ kind: "leave" }]],
    ["set x", "interrupt", "", []],
    ["set x", "end-of-input", "set x", []],
  ])("with %j in the prompt, %s leaves %j and asks for %j", (line, name, after, expected) => {
    const { state, actions } = press(start, typed(line), key("home"), key(name));
    expect(textOf(state.prompt)).toBe(after);
    expect(actions).toEqual(expected);
  });

  test("an emptied line makes the next Ctrl-C leave", () => {
    expect(press(start, typed("set"), key("interrupt"), key("interrupt")).actions).toEqual([{ kind: "leave" }]);
  });
});

describe("a paste", () => {
  const paste = (text: string): Key => ({ kind: "paste", text });

  test.each<[string, readonly string[], string]>([
    ["commit", [], "commit"],
    ["commit\n", ["commit"], ""],
    ["set a\nset b\ncommit\n", ["set a", "set b", "commit"], ""],
    ["set a\r\nset b", ["set a"], "set b"],
    ["\n\n", [], ""],
    ["\tset a\n", ["set a"], ""],
  ])("of %j runs %j and leaves %j", (text, lines, rest) => {
    const { state, actions } = press(start, paste(text));
    expect(actions).toEqual(lines.map((line) => ({ kind: "run", line })));
    expect(textOf(state.prompt)).toBe(rest);
  });

  test("goes in at the cursor", () => {
    const { state } = press(
      start,
      typed("set  zones"),
      key("home"),
      key("word-right"),
      key("right"),
      paste("security"),
    );
    expect(textOf(state.prompt)).toBe("set security zones");
    expect(textBefore(state.prompt)).toBe("set security");
  });

  test("with quit in it leaves there", () => {
    const { actions } = press(start, paste("commit\nquit\nset x\n"));
    expect(actions.map(({ kind }) => kind)).toEqual(["run", "leave", "run"]);
  });
});

describe("the other keys", () => {
  test("Tab asks for completions and Ctrl-L for a new drawing, without changing anything", () => {
    const { state, actions } = press(start, typed("se"), key("tab"), key("redraw"));
    expect(actions).toEqual([{ kind: "complete" }, { kind: "redraw" }]);
    expect(textOf(state.prompt)).toBe("se");
  });

  test("PageUp and PageDown scroll the output and stop at its ends", () => {
    const text = Array.from({ length: 40 }, (_, index) => `${index}\n`).join("");
    const full = { ...withAnswer(start, { text, ok: true }, { columns: 80, rows: 10 }), scroll: 0 };
    const up = press(full, key("page-up"), key("page-up")).state;
    expect(up.scroll).toBe(10);
    expect(press(up, ...Array.from({ length: 20 }, () => key("page-up"))).state.scroll).toBe(39);
    expect(press(up, key("page-down"), key("page-down"), key("page-down")).state.scroll).toBe(0);
  });

  test("edit the line", () => {
    const { state } = press(start, typed("sat"), key("left"), key("backspace"), typed("e"), key("end"), typed(" x"));
    expect(textOf(state.prompt)).toBe("set x");
  });
});
