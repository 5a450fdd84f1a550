// What a key does, as a pure step: the next state, and what is to be done outside of it (run a line, ask for completions,
// leave). So the whole behaviour of the prompt is a table of keys.

import type { Key, KeyName } from "@merlon/shell/key.ts";
import { accept, insert, press, textOf } from "@merlon/shell/line-editor.ts";
import { scrolled, withoutOutput } from "./state.ts";
import type { LiveState } from "./state.ts";

export type Action =
  /** Send the line to the gateway, after those before it. */
  | { readonly kind: "run"; readonly line: string }
  /** Ask the gateway what may stand at the cursor. */
  | { readonly kind: "complete" }
  | { readonly kind: "redraw" }
  | { readonly kind: "leave" };

export interface KeyStep {
  readonly state: LiveState;
  readonly actions: readonly Action[];
}

const scrollLines = 5;
const farewells: ReadonlySet<string> = new Set(["quit", "exit", "q"]);

export function takeKey(state: LiveState, key: Key): KeyStep {
  switch (key.kind) {
    case "text":
      return only({ ...state, prompt: insert(state.prompt, key.text) });
    case "paste":
      return takePaste(state, key.text);
    case "named":
      return takeNamed(state, key.name);
  }
}

function only(state: LiveState): KeyStep {
  return { state, actions: [] };
}

/** Whole lines of a paste run one after the other; what follows the last line end stays in the prompt. */
function takePaste(state: LiveState, text: string): KeyStep {
  const lines = text.split(/\r\n|\r|\n/);
  let current = state;
  const actions: Action[] = [];
  for (const [index, line] of lines.entries()) {
    // Indentation of pasted configuration means nothing at a prompt, and a tab would be a key.
    current = { ...current, prompt: insert(current.prompt, line.replaceAll("\t", " ")) };
    if (index === lines.length - 1) break;
    const step = enter(current);
    current = step.state;
    actions.push(...step.actions);
  }
  return { state: current, actions };
}

function takeNamed(state: LiveState, name: KeyName): KeyStep {
  switch (name) {
    case "enter":
      return enter(state);
    case "tab":
      return { state, actions: [{ kind: "complete" }] };
    case "escape":
      return only(withoutOutput(state));
    case "page-up":
      return only(scrolled(state, scrollLines));
    case "page-down":
      return only(scrolled(state, -scrollLines));
    case "redraw":
      return { state, actions: [{ kind: "redraw" }] };
    case "interrupt":
    case "end-of-input":
      // Ctrl-C first empties the line, as in every shell; on an empty line both leave.
      if (state.prompt.text.length === 0) return { state, actions: [{ kind: "leave" }] };
      return name === "end-of-input" ? only(state) : only(edited(edited(state, "end"), "erase-to-start"));
    default:
      return only(edited(state, name));
  }
}

function edited(state: LiveState, name: KeyName): LiveState {
  return { ...state, prompt: press(state.prompt, name) };
}

function enter(state: LiveState): KeyStep {
  const line = textOf(state.prompt).trim();
  const next = { ...state, prompt: accept(state.prompt) };
  if (line === "") return only(next);
  if (farewells.has(line)) return { state: next, actions: [{ kind: "leave" }] };
  if (line === "clear") return only(withoutOutput(next));
  return { state: next, actions: [{ kind: "run", line }] };
}
