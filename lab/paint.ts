// Colours for terminals, by meaning and not by hue, so that the whole lab looks alike and one switch turns them off. Only
// the sixteen colours that a terminal's own theme defines are used, so that it is readable on dark and light grounds.

export type Tone = "plain" | "good" | "bad" | "warm" | "cool" | "dim" | "bold" | "mark";

/** SGR parameters (ECMA-48 section 8.3.117). */
const codes: Readonly<Record<Exclude<Tone, "plain">, string>> = {
  good: "32",
  bad: "31",
  warm: "33",
  cool: "36",
  dim: "2",
  bold: "1",
  /** Black on yellow: something changed just now. */
  mark: "30;43",
};

export type Paint = (tone: Tone, text: string) => string;

export const paintColour: Paint = (tone, text) =>
  tone === "plain" || text === "" ? text : `\u001b[${codes[tone]}m${text}\u001b[0m`;

export const paintPlain: Paint = (_, text) => text;
