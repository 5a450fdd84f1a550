// The words that begin a line of the configuration mode, each with its help. This is the only list of them: the parser,
// completion, the gateway and its `help` read it.

/** What changes the configuration, one command on a line. */
export const verbHelp = {
  set: "Add a statement or change its value",
  delete: "Delete a statement",
  deactivate: "Keep a statement without effect",
  activate: "Give a deactivated statement its effect back",
  protect: "Guard a statement against changes",
  unprotect: "Allow changes of a protected statement",
  insert: "Move an entry before or after another",
  rename: "Give an entry another name",
  copy: "Copy an entry under another name",
  annotate: "Write a comment above a statement",
  wildcard: "Delete, set or mark many statements with one line",
} as const;
export type Verb = keyof typeof verbHelp;
export const verbs = Object.keys(verbHelp) as readonly Verb[];

/** What changes the level that the following lines are relative to. */
export const levelVerbHelp = {
  edit: "Go to a level of the configuration",
  top: "Go to the top level",
  up: "Go to the level above",
  exit: "Leave this level",
} as const;
export type LevelVerb = keyof typeof levelVerbHelp;
export const levelVerbs = Object.keys(levelVerbHelp) as readonly LevelVerb[];
