// Bytes from a terminal become keys. A terminal sends a key as one character or as an escape sequence that may arrive in
// pieces (xterm control sequences; ECMA-48 section 5.4); pasted text comes between two marks (bracketed paste).

import { StringDecoder } from "node:string_decoder";

export type Key =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "paste"; readonly text: string }
  | { readonly kind: "named"; readonly name: KeyName };

export type KeyName =
  | "enter"
  | "tab"
  | "escape"
  | "backspace"
  | "delete"
  | "left"
  | "right"
  | "up"
  | "down"
  | "home"
  | "end"
  | "page-up"
  | "page-down"
  | "word-left"
  | "word-right"
  | "erase-word"
  | "erase-to-start"
  | "erase-to-end"
  | "redraw"
  | "erase-word-right"
  | "transpose"
  | "yank"
  | "search"
  | "cancel"
  | "interrupt"
  | "end-of-input";

const controlKeys: Readonly<Record<string, KeyName>> = {
  "\u0001": "home",
  "\u0002": "left",
  "\u0003": "interrupt",
  "\u0004": "end-of-input",
  "\u0005": "end",
  "\u0006": "right",
  "\u0007": "cancel",
  "\u0008": "backspace",
  "\u0009": "tab",
  "\u000a": "enter",
  "\u000b": "erase-to-end",
  "\u000c": "redraw",
  "\u000d": "enter",
  "\u000e": "down",
  "\u0010": "up",
  "\u0012": "search",
  "\u0014": "transpose",
  "\u0015": "erase-to-start",
  "\u0017": "erase-word",
  "\u0018": "erase-to-start",
  "\u0019": "yank",
  "\u007f": "backspace",
};

const sequenceKeys: Readonly<Record<string, KeyName>> = {
  "[A": "up", "[B": "down", "[C": "right", "[D": "left", "[H": "home", "[F": "end",
  OA: "up", OB: "down", OC: "right", OD: "left", OH: "home", OF: "end",
  "[1~": "home", "[7~": "home", "[4~": "end", "[8~": "end", "[3~": "delete", "[5~": "page-up", "[6~": "page-down",
  "[1;5C": "word-right", "[1;5D": "word-left", "[1;3C": "word-right", "[1;3D": "word-left",
  "[1;5A": "page-up", "[1;5B": "page-down", f: "word-right", b: "word-left", d: "erase-word-right", "\u007f": "erase-word",
}; // prettier-ignore

const pasteStart = "\u001b[200~";
const pasteEnd = "\u001b[201~";
/** A paste beyond this is cut: nobody pastes more into one prompt on purpose. */
const pasteLengthMax = 1_000_000;
/** No sequence that a terminal sends is longer. */
const sequenceLengthMax = 32;

export class KeyDecoder {
  readonly #decoder = new StringDecoder("utf8");
  #waiting = "";
  #paste: string | undefined;

  /** The keys that the bytes complete. An escape sequence that is not whole waits for the next bytes, or `flush`. */
  push(bytes: Uint8Array): readonly Key[] {
    this.#waiting += this.#decoder.write(Buffer.from(bytes));
    const keys: Key[] = [];
    while (this.#waiting !== "") {
      if (this.#paste !== undefined) {
        if (!this.#takePaste(keys)) break;
      } else if (this.#waiting.startsWith("\u001b")) {
        if (!this.#takeSequence(keys)) break;
      } else this.#takeText(keys);
    }
    return keys;
  }

  /** Nothing more came for a while: an escape that still waits was the Escape key. */
  flush(): readonly Key[] {
    if (this.#paste !== undefined || !this.#waiting.startsWith("\u001b")) return [];
    const rest = Buffer.from(this.#waiting.slice(1));
    this.#waiting = "";
    return [{ kind: "named", name: "escape" }, ...this.push(rest)];
  }

  #takePaste(keys: Key[]): boolean {
    const end = this.#waiting.indexOf(pasteEnd);
    // A part of the end mark may stand at the end; it waits for the rest.
    const taken = end === -1 ? Math.max(0, this.#waiting.length - pasteEnd.length + 1) : end;
    this.#paste = ((this.#paste ?? "") + this.#waiting.slice(0, taken)).slice(0, pasteLengthMax);
    if (end === -1) {
      this.#waiting = this.#waiting.slice(taken);
      return false;
    }
    keys.push({ kind: "paste", text: this.#paste });
    this.#paste = undefined;
    this.#waiting = this.#waiting.slice(end + pasteEnd.length);
    return true;
  }

  #takeSequence(keys: Key[]): boolean {
    if (this.#waiting.startsWith(pasteStart)) {
      this.#paste = "";
      this.#waiting = this.#waiting.slice(pasteStart.length);
      return true;
    }
    // CSI with parameters and a final byte, SS3 with one byte, or Alt with a character.
    // oxlint-disable-next-line no-control-regex
    const match = /^\u001b(\[[0-?]*[ -/]*[@-~]|O[A-Za-z]|[^[O\u001b])/u.exec(this.#waiting);
    if (match === null) {
      const hopeless = this.#waiting.length > sequenceLengthMax || this.#waiting.startsWith("\u001b\u001b");
      if (hopeless) {
        keys.push({ kind: "named", name: "escape" });
        this.#waiting = this.#waiting.slice(1);
      }
      return hopeless;
    }
    this.#waiting = this.#waiting.slice(match[0].length);
    const name = sequenceKeys[match[1] ?? ""];
    if (name !== undefined) keys.push({ kind: "named", name });
    // Alt with another character is what quick fingers make of Escape and a character.
    else if (match[1] !== undefined && [...match[1]].length === 1) {
      keys.push({ kind: "named", name: "escape" });
      this.#waiting = match[1] + this.#waiting;
    }
    // Any other key means nothing here; it is swallowed whole and never becomes text.
    return true;
  }

  #takeText(keys: Key[]): void {
    // oxlint-disable-next-line no-control-regex
    const text = /^[^\u0000-\u001f\u007f]+/.exec(this.#waiting)?.[0];
    if (text !== undefined) {
      keys.push({ kind: "text", text });
      this.#waiting = this.#waiting.slice(text.length);
      return;
    }
    const name = controlKeys[this.#waiting.charAt(0)];
    this.#waiting = this.#waiting.slice(1);
    if (name !== undefined) keys.push({ kind: "named", name });
  }
}
