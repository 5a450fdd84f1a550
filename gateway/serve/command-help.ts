// The first words of a typed line, each with its help. This is the only list of them: `runCommand`, completion, the hint at
// a mistyped word and `help` read it. Operational commands have theirs in ops/.

import { levelVerbHelp, verbHelp, verbs } from "@merlon/junos/verbs.ts";

/** Lines that edit the candidate; they are the configuration language's own. */
export const editWords: ReadonlySet<string> = new Set(verbs);

/** What else a line of the configuration mode begins with. */
const modeHelp = {
  show: "Show the configuration, or what an operational command shows",
  commit: "Put the candidate into force",
  rollback: "Make the candidate what it was some commits ago",
  load: "Read a text into the candidate",
  run: "Carry out an operational command",
  update: "Take over what others have committed",
  status: "Show who edits the configuration",
  configure: "Enter configuration mode",
  exit: "Leave configuration mode",
  quit: "Leave configuration mode",
  help: "Show the commands",
} as const;

export type ModeWord = keyof typeof modeHelp;

export const commandHelp: Readonly<Record<string, string>> = { ...verbHelp, ...modeHelp };

/** Clients that keep a level know how to change it. */
export const levelHelp: Readonly<Record<string, string>> = { ...levelVerbHelp, ...commandHelp };

export function isModeWord(word: string): word is ModeWord {
  return Object.hasOwn(modeHelp, word);
}

export const helpText = `Configure
  set STATEMENT            add or change a statement of the candidate configuration
  delete STATEMENT         remove one (also: ${verbs.slice(2).join(", ")})
  load ACTION terminal     read a text into the candidate: merge, override, replace, update, set, patch; with relative
                           for the present level, with keep-unknown for every statement; load factory-default
  show | compare           what the candidate would change; show | compare rollback N
  commit [check]           put the candidate into force (or only check it); commit comment "why"
  commit confirmed [N]     the same, but it is rolled back after N minutes (10) unless you commit again
  commit at TIME           put it into force later: hh:mm, "yyyy-mm-dd hh:mm" (UTC) or reboot; clear system commit
  rollback N|rescue        make the candidate what it was N commits ago; commit puts it into force
  configure [private | exclusive], update, status, exit: editing beside others, in a session
Look
  show configuration       the configuration in force (| display set|json|xml|inheritance, | compare rollback N)
  show security policies [hit-count] | match-policies | zones | flow session
  show interfaces, show route, show version
  show system commit | alarms | capabilities | rollback N [compare M] | configuration rescue
  request system configuration rescue save | delete
Pipes: | compare, | display FORM, | match TEXT, | except TEXT, | count
`;
