// `set … plain-text-password`: the password is not in the line but asked for, twice, where somebody can be asked. Behind this
// the line has it as `plain-text-password-value`, which becomes a hash before it is kept.

import { quoteWord } from "@merlon/junos/quote.ts";
import { splitWords } from "@merlon/shell/line-parts.ts";
import type { CommandResult } from "../api.ts";
import { refused } from "./answer.ts";
import type { CommandCaller } from "./command-caller.ts";

const asking = "plain-text-password";
const valued = `${asking}-value`;

/** The line as it is to be carried out, or the answer in its place: a question, or a refusal. */
export function withPassword(
  line: string,
  { text, asks }: Pick<CommandCaller, "text" | "asks">,
): string | CommandResult {
  const words = splitWords(line) ?? [];
  const [last, before] = [words.at(-1), words.at(-2)];
  // The shell writes the word out as far as it is unique, which makes it the other one.
  if (words[0] !== "set" || before === valued || (last !== asking && last !== valued)) return line;
  if (text === undefined) {
    if (asks !== true)
      return refused(`${asking} asks for the password, and nobody can be asked here`, `use ${valued} "…" instead`);
    const questions = ["New password:", "Retype new password:"].map((question) => ({ text: question, secret: true }));
    return { ok: true, text: "", diagnostics: [], questions };
  }
  const [password = "", again = ""] = text.split("\n");
  if (password !== again) return refused("the passwords are not equal; nothing was changed");
  if (password === "") return refused("an empty password is none; nothing was changed");
  return `${line.trimEnd().slice(0, line.trimEnd().lastIndexOf(last))}${valued} ${quoteWord(password)}`;
}
