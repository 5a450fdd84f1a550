// The answer to a typed line, as a shell shows it.

export interface ShellAnswer {
  readonly ok: boolean;
  /** Lines end in `\n`; may be empty. */
  readonly text: string;
  /** What follows the text; a failure on the way is thrown. */
  readonly more?: AsyncIterable<string>;
  /** It goes on until somebody ends it, and is shown without pages. */
  readonly live?: boolean;
  /** Whoever ends it is told one thing more: what it has come to. */
  readonly concludes?: boolean;
  /** Each piece of what follows is a whole picture, in place of the one before. */
  readonly draws?: boolean;
  /** A line to show before the next prompt: a commit waits for confirmation. */
  readonly notice?: string;
  /** Where the line is wrong, for the caret. */
  readonly mistake?: Mistake;
  /** The level behind the line, where it changed it. */
  readonly level?: readonly string[];
  /** Nothing was done yet: the same line is to come again with the answers as its text. */
  readonly questions?: readonly Question[];
  /** What the prompt of a session says after this line. */
  readonly prompt?: PromptState;
}

export interface Mistake {
  /** UTF-16 units in front of the wrong word, in the line as it was typed. */
  readonly column: number;
  /** What stands below the caret; lines end in `\n`. */
  readonly text: string;
}

export interface Question {
  readonly text: string;
  /** What is typed is not shown. */
  readonly secret?: boolean;
}

export interface PromptState {
  readonly hostName: string;
  /** What is wrong with the gateway now; a shell says so when it begins. */
  readonly alarmCount: number;
  /** Undefined outside configuration mode. */
  readonly mode?: "shared" | "private" | "exclusive";
}
