// `wildcard delete interfaces ge-*` and `wildcard range set interfaces ge-0/0/[0-3] mtu 1400`: one line that means many. It
// becomes the lines that it means, and these are carried out as if they had been written. Nothing is asked first.

import type { Span } from "@merlon/model/diagnostic.ts";
import type { Draft } from "./draft.ts";
import { expandNames } from "./expand-names.ts";
import { findStatements } from "./find-statements.ts";
import { isList } from "./parse.ts";
import type { Command, Item, WordList } from "./parse.ts";
import { spanOver } from "./report.ts";
import type { Report } from "./report.ts";
import { rootSchema } from "./schema-index.ts";
import { warnNotFound } from "./shape.ts";
import type { Word } from "./tokens.ts";
import { verbs } from "./verbs.ts";
import { isWildcard, matchesPattern, patternOf } from "./wildcard.ts";

export const lineCountMax = 10_000;

/** The commands that the line means; none, with an error or a warning in the report, when it means nothing. */
export function commandsOfWildcard(
  draft: Draft,
  { verbWord, items }: Command,
  at: readonly string[],
  report: Report,
): readonly Command[] {
  const [kind, ...rest] = joinBrackets(items);
  if (kind !== undefined && !isList(kind) && rest.length > 0) {
    if (kind.text === "delete") return deletions(draft, verbWord, rest, at, report);
    if (kind.text === "range") return rangeOf(rest, report);
  }
  report.error(
    "edit.missing-statement",
    kind ?? verbWord,
    'write "wildcard delete" or "wildcard range", and a statement',
    {
      hint: "wildcard delete interfaces ge-*, or wildcard range set interfaces ge-0/0/[0-3] mtu 1400",
    },
  );
  return [];
}

function deletions(
  draft: Draft,
  verbWord: Word,
  items: readonly Item[],
  at: readonly string[],
  report: Report,
): readonly Command[] {
  const list = items.find(isList);
  if (list !== undefined) {
    report.error("schema.unexpected-list", list, "a list stands where a name or pattern should stand");
    return [];
  }
  const words = items as readonly Word[];
  const [first = verbWord] = words;
  const place = spanOver(first, words.at(-1) ?? first);
  const path = [...at, ...words.map(({ text }) => text)];
  const search = { matches: matchesWord, inactiveToo: true, mayEndEarly: true };
  const found = new Map<string, readonly string[]>();
  for (const statement of findStatements(draft.root, rootSchema, path, search)) {
    found.set(statement.join("\u0000"), statement);
    if (found.size > lineCountMax) return tooMany(place, report);
  }
  if (found.size === 0) warnNotFound(report, place, path);
  return [...found.values()].map((statement) => ({
    kind: "command",
    verb: "delete",
    verbWord,
    items: statement.slice(at.length).map((text) => ({ ...place, text, quoted: true })),
  }));
}

function matchesWord(pattern: string, word: string): boolean {
  return pattern === word || matchesPattern(isWildcard(pattern) ? patternOf(pattern) : pattern, word);
}

/** `set interfaces ge-0/0/[0-3] …` as one command for each number. */
function rangeOf([verbWord, ...items]: readonly Item[], report: Report): readonly Command[] {
  if (verbWord === undefined) return [];
  const verb = isList(verbWord) ? undefined : verbs.find((one) => one === verbWord.text);
  if (isList(verbWord) || verb === undefined || verb === "wildcard") {
    report.error("edit.not-a-command", verbWord, "a command must follow wildcard range", {
      hint: "write wildcard range set, delete, activate or deactivate, and a statement",
    });
    return [];
  }
  let lines: readonly (readonly Item[])[] = [[]];
  for (const item of items) {
    const names = isList(item) || !item.text.includes("[") ? [item] : namesOf(item, report);
    if (names === undefined) return [];
    if (lines.length * names.length > lineCountMax) return tooMany(item, report);
    lines = lines.flatMap((line) => names.map((name) => [...line, name]));
  }
  return lines.map((line) => ({ kind: "command", verb, verbWord, items: line }));
}

function namesOf(item: Word, report: Report): readonly Word[] | undefined {
  const names = expandNames(item.text, lineCountMax);
  if (names !== undefined) return names.map((text) => ({ ...item, text }));
  report.error("edit.bad-range", item, `"${item.text}" is no range of names`, {
    hint: "write numbers in brackets: ge-0/0/[0-3], ge-0/0/[0-9,!4]",
  });
  return undefined;
}

function tooMany(place: Span, report: Report): readonly Command[] {
  report.error("edit.bad-range", place, `the line means more than ${lineCountMax} statements`, {
    hint: "write a narrower pattern",
  });
  return [];
}

/** `[0-3]` right behind a blank: numbers, and not a list with the value `0-3`, which is written `[ 0-3 ]`. */
function isNumbers({ words, column }: WordList): boolean {
  const [first, ...others] = words;
  return others.length === 0 && first?.column === column + 1 && /^[\d!][\d!,-]*$/.test(first.text);
}

/** Brackets without a blank before or behind them are part of a name: the tokenizer took them for a list. */
function joinBrackets(items: readonly Item[]): readonly Item[] {
  const joined: Item[] = [];
  for (const item of items) {
    const last = joined.at(-1);
    if (last === undefined || isList(last) || last.endLine !== item.line || last.endColumn !== item.column) {
      const [first] = isList(item) && isNumbers(item) ? item.words : [];
      joined.push(first === undefined ? item : { ...spanOver(item, item), text: `[${first.text}]`, quoted: true });
      continue;
    }
    const text = isList(item) ? `[${item.words.map((word) => word.text).join(" ")}]` : item.text;
    joined[joined.length - 1] = { ...last, ...spanOver(last, item), text: `${last.text}${text}` };
  }
  return joined;
}
