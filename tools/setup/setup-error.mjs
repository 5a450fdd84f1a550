// @ts-check
// A reason why set-up cannot go on, told to the user as it stands and without a stack trace. Its lines say what is
// missing and which command mends it; anything else that is thrown during set-up is a bug and keeps its stack.

export class SetupError extends Error {
  /** @param {readonly string[]} lines what is wrong first, then what to do */
  constructor(lines) {
    super(lines.join("\n"));
    this.name = "SetupError";
  }
}

/**
 * Turns what the operating system says about a file into a sentence with a way out; other errors pass unchanged.
 * @param {unknown} error
 * @param {string} path the file or folder that was to be written
 * @returns {unknown}
 */
export function explainFileError(error, path) {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "EROFS":
      return new SetupError([
        `The checkout is on a read-only file system: cannot write ${path}.`,
        "Copy or clone it to a place that you can write to, and start again there.",
      ]);
    case "EACCES":
    case "EPERM":
      return new SetupError([
        `No permission to write ${path}.`,
        "The checkout belongs to another user. Clone it again as yourself, or give yourself the folder with chown.",
      ]);
    case "ENOSPC":
    case "EDQUOT":
      return new SetupError([`The disk is full: cannot write ${path}.`, "Free about 500 MB, and start again."]);
    default:
      return error;
  }
}
