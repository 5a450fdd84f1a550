// Damage to texts as it happens: words lost, doubled, swapped or mistyped, braces and quotes gone or too many, lines
// joined, files cut off or pasted together, bytes changed, and sizes that nobody expects. One function per kind of damage;
// which ones and where is a matter of the random numbers alone.

import { Buffer } from "node:buffer";
import type { Random } from "./random.ts";

/** No damaged text is longer, so that a hundred thousand of them are read in minutes. */
export const mutatedLengthMax = 100_000;

/** What else the damage is made of. */
export interface Material {
  /** Words and marks of the language. */
  readonly words: readonly string[];
  /** Other good texts, for splices. */
  readonly texts: readonly string[];
}

type Damage = (text: string, random: Random, material: Material) => string;

/** Strings, words, blanks, and every other character by itself. */
const tokenPattern = /"(?:[^"\\]|\\.)*"|[\p{L}\p{N}._:/*<>-]+|\s+|[^]/gu;

const marks = [
  "{", "}", "[", "]", ";", '"', "'", "\\", "/*", "*/", "#", "##", "<", ">", "</", "/>", "&", "&lt;", "&#0;", "<![CDATA[", "]]>",
  "<!--", "-->", ",", ":", "null", "true", "1e9", "\n", "\r\n", "\r", "\t", " ", "\0", "\u0007", "\ufeff", "\ufffd", "\ufffe",
  "\u2028", "\ud800", "inactive: ", "active: ", "protect: ", "unprotect: ", "replace: ", "delete: ", "\nset ", "\ndelete ",
  "\ninsert ", "\nrename ", "\ncopy ", "\nannotate ", "\ndeactivate ", "\nprotect ", "\nedit ", "\nup\n", "\ntop\n", "\nexit\n",
  "\nwildcard delete ", "\nwildcard range set ", "[edit]\n", "\n[edit security]\n", "\n+ ", "\n- ", "\n! ", " { ... }", "before", "after",
  " to ", '"@": ', ' operation="delete"', ' inactive="inactive"', ' insert="first"', "apply-groups", "apply-macro x", "groups", "<*>",
]; // prettier-ignore

const deleteTokens: Damage = (text, random) =>
  editTokens(text, random, (tokens, at) => void tokens.splice(at, 1 + random.below(random.chance(10) ? 40 : 3)));

const doubleTokens: Damage = (text, random) =>
  editTokens(text, random, (tokens, at) => {
    tokens.splice(at, 0, ...tokens.slice(at, at + 1 + random.below(random.chance(10) ? 40 : 4)));
  });

const swapTokens: Damage = (text, random) =>
  editTokens(text, random, (tokens, at) => {
    const other = random.chance(70)
      ? Math.min(tokens.length - 1, at + 1 + random.below(4))
      : random.below(tokens.length);
    [tokens[at], tokens[other]] = [tokens[other] ?? "", tokens[at] ?? ""];
  });

const insertWord: Damage = (text, random, { words }) =>
  editTokens(text, random, (tokens, at) => void tokens.splice(at, 0, ` ${random.pick(words)} `));

const replaceWord: Damage = (text, random, { words }) =>
  editTokens(text, random, (tokens, at) => void tokens.splice(at, 1, random.pick(words)));

const insertMark: Damage = (text, random) =>
  editTokens(text, random, (tokens, at) => void tokens.splice(at, random.below(2), random.pick(marks)));

const dropMark: Damage = (text, random) => {
  const mark = random.pick(["{", "}", "[", "]", ";", '"', "<", ">", "/", ",", ":", "\n", " "]);
  const places = [...text.matchAll(new RegExp(mark.replace(/[[\]{}/]/, "\\$&"), "g"))].map(({ index }) => index);
  if (places.length === 0) return text;
  const at = random.pick(places);
  return text.slice(0, at) + text.slice(at + 1);
};

const mistype: Damage = (text, random) => {
  const at = random.below(text.length);
  const letter = text.charAt(random.below(text.length));
  return random.chance(50)
    ? text.slice(0, at) + letter + text.slice(at + 1)
    : text.slice(0, at) + letter + text.slice(at);
};

/** Bits turned over in the bytes of the file, read again as the program reads a file. */
const flipBytes: Damage = (text, random) => {
  const bytes = Buffer.from(text, "utf8");
  for (let left = 1 + random.below(4); left > 0 && bytes.length > 0; left--) {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  }
  return bytes.toString("utf8");
};

const cut: Damage = (text, random) => {
  const at = random.below(text.length);
  return text.slice(0, at) + text.slice(at + 1 + random.below(200));
};

const truncate: Damage = (text, random) => text.slice(0, random.below(text.length));

const repeatLines: Damage = (text, random) =>
  editLines(text, random, (lines, at) => {
    const block = lines.slice(at, at + 1 + random.below(12));
    const times = 1 + random.below(random.chance(5) ? 50 : 3);
    lines.splice(
      random.chance(50) ? at : random.below(lines.length),
      0,
      ...Array.from({ length: times }, () => block).flat(),
    );
  });

const moveLines: Damage = (text, random) =>
  editLines(text, random, (lines, at) => {
    const block = lines.splice(at, 1 + random.below(6));
    lines.splice(random.below(lines.length + 1), 0, ...block);
  });

const joinLines: Damage = (text, random) =>
  editLines(text, random, (lines, at) => void lines.splice(at, 2, `${lines[at] ?? ""} ${lines[at + 1]?.trim() ?? ""}`));

const splitLine: Damage = (text, random) => {
  const blanks = [...text.matchAll(/ (?=\S)/g)].map(({ index }) => index);
  if (blanks.length === 0) return text;
  const at = random.pick(blanks);
  return `${text.slice(0, at)}\n${" ".repeat(random.below(24))}${text.slice(at + 1)}`;
};

const indent: Damage = (text, random) =>
  editLines(
    text,
    random,
    (lines, at) => void lines.splice(at, 1, " ".repeat(random.below(24)) + (lines[at] ?? "").trim()),
  );

const splice: Damage = (text, random, { texts }) => {
  const other = random.pick(texts);
  const from = random.below(other.length);
  const piece = random.chance(50) ? other.slice(from) : other.slice(from, from + random.below(300));
  const at = random.below(text.length);
  return text.slice(0, at) + piece + text.slice(at + random.below(piece.length + 1));
};

const longWord: Damage = (text, random) => {
  const length = random.pick([255, 256, 900, 901, 4096, 65_535, 65_536, 65_537, 70_000]);
  return editTokens(
    text,
    random,
    (tokens, at) => void tokens.splice(at, 1, random.pick(["a", "9", "/", "日"]).repeat(length)),
  );
};

const deepNest: Damage = (text, random) => {
  const [open, close] = random.pick([["a { ", "}"], ["security { ", "}"], ["<a>", "</a>"], ['{"a":', "}"], ["[", "]"], ["/*", "*/"]]); // prettier-ignore
  const depth = random.pick([3, 63, 64, 65, 200, 3000]);
  const at = random.below(text.length);
  return (
    text.slice(0, at) +
    open!.repeat(depth) +
    close!.repeat(random.chance(50) ? depth : random.below(depth)) +
    text.slice(at)
  );
};

const manyWords: Damage = (text, random, { words }) => {
  const count = random.pick([20, 63, 64, 65, 130, 2000]);
  const word = random.pick(words);
  return editTokens(text, random, (tokens, at) => void tokens.splice(at, 0, ` ${word}`.repeat(count)));
};

const lineEnds: Damage = (text, random) => text.replaceAll("\n", random.pick(["\r\n", "\r", "\n\n", " ", "\n\t"]));

/** How often each kind of damage is done, in proportion. */
const kinds: readonly (readonly [share: number, damage: Damage])[] = [
  [12, deleteTokens], [10, doubleTokens], [10, swapTokens], [10, insertWord], [12, replaceWord], [12, insertMark], [12, dropMark],
  [8, mistype], [5, flipBytes], [6, cut], [5, truncate], [5, repeatLines], [5, moveLines], [4, joinLines], [8, splitLine], [4, indent],
  [6, splice], [1, longWord], [1, deepNest], [1, manyWords], [1, lineEnds],
]; // prettier-ignore

const choices = kinds.flatMap(([share, damage]) => Array.from({ length: share }, () => damage));

/** The text with one to six kinds of damage, mostly few. */
export function mutate(text: string, random: Random, material: Material): string {
  let damaged = text;
  for (let left = 1 + random.below(random.chance(30) ? 6 : 2); left > 0 && damaged !== ""; left--)
    damaged = random.pick(choices)(damaged, random, material).slice(0, mutatedLengthMax);
  return damaged;
}

function editTokens(text: string, random: Random, edit: (tokens: string[], at: number) => void): string {
  const tokens: string[] = text.match(tokenPattern) ?? [];
  if (tokens.length === 0) return text;
  edit(tokens, random.below(tokens.length));
  return tokens.join("");
}

function editLines(text: string, random: Random, edit: (lines: string[], at: number) => void): string {
  const lines = text.split("\n");
  edit(lines, random.below(lines.length));
  return lines.join("\n");
}
