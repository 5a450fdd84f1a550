// The first words of a typed line, each with its help. This is the only list of them: `runCommand`, completion, the hint at
// a mistyped word and `help` read it. Operational commands have theirs in ops/.

import { levelVerbHelp, verbHelp, verbs } from "@merlon/junos/verbs.ts";
import { typedOperations } from "../ops/operations.ts";
import type { CommandMode } from "./command-caller.ts";

/** Lines that edit the candidate; they are the configuration language's own. */
export const editWords: ReadonlySet<string> = new Set(verbs);

/** What else a line of the configuration mode begins with. */
const modeHelp = {
  show: "Show the configuration, or what an operational command shows",
  commit: "Put the candidate into force",
  rollback: "Make the candidate what it was some commits ago",
  load: "Read a text into the candidate",
  replace: "Replace a text in names and values",
  run: "Carry out an operational command",
  update: "Take over what others have committed",
  status: "Show who edits the configuration",
  configure: "Enter configuration mode",
  exit: "Leave configuration mode",
  quit: "Leave configuration mode",
  help: "Show the commands, or find and explain them",
} as const;

export type ModeWord = keyof typeof modeHelp;

export const commandHelp: Readonly<Record<string, string>> = { ...verbHelp, ...modeHelp };

/** Clients that keep a level know how to change it. */
export const levelHelp: Readonly<Record<string, string>> = { ...levelVerbHelp, ...commandHelp };

const operationalHelp = {
  configure: modeHelp.configure,
  exit: "Leave the shell",
  help: modeHelp.help,
  quit: "Leave the shell",
} as const;

const { configure: _, ...configurationHelp } = levelHelp;

/** Of a word that several operations share there is more to say than one of them says. */
const operationWords: Readonly<Record<string, string>> = Object.fromEntries(
  typedOperations.map(({ words: [first = ""] }) => [first, sharedHelp(first)]),
);

function sharedHelp(word: string): string {
  const help: Readonly<Record<string, string>> = {
    clear: "Clear information of the system",
    file: "Look at files, and delete saved ones",
    monitor: "Show events as they come",
    ping: "Ping another host",
    request: "Have the system do something",
    show: "Show information about the system",
    traceroute: "Trace the way to another host",
  };
  return help[word] ?? typedOperations.find(({ words }) => words[0] === word)?.help ?? "";
}

/** What a line may begin with, each word with its help. */
export function firstWordsOf(mode: CommandMode): Readonly<Record<string, string>> {
  switch (mode) {
    case "operational":
      return { ...operationWords, ...operationalHelp };
    case "configuration":
      return configurationHelp;
    case "either":
      return { ...operationWords, ...commandHelp };
  }
}

export function isModeWord(word: string): word is ModeWord {
  return Object.hasOwn(modeHelp, word);
}

export const helpText = `Configure
  set STATEMENT            add or change a statement of the candidate configuration
  delete STATEMENT         remove one (also: ${verbs.slice(2).join(", ")})
  replace pattern OLD with NEW [upto N]   another text in names and values, here and below
  load ACTION terminal     read a text into the candidate: merge, override, replace, update, set, patch; with relative
                           for the present level, with keep-unknown for every statement; load factory-default
  show | compare           what the candidate would change; show | compare rollback N
  commit [check]           put the candidate into force (or only check it); commit comment "why"
  commit confirmed [N]     the same, but it is rolled back after N minutes (10) unless you commit again
  commit at TIME           put it into force later: hh:mm, "yyyy-mm-dd hh:mm" (UTC) or reboot; clear system commit
  rollback N|rescue        make the candidate what it was N commits ago; commit puts it into force
  configure [private | exclusive], update, status, exit: editing beside others, in a session
  edit PATH, up [N], top   the level that lines are relative to; up and top may be followed by a command
  run COMMAND              an operational command in configuration mode
  save FILE                write the candidate into a file
Look
  show configuration       the configuration in force (| display set|json|xml|inheritance, | compare rollback N)
  show security policies [hit-count] | match-policies | shadow-policies | zones | flow session | flow status | address-book | nat | screen
  show security packet-drop records; monitor interface traffic|NAME; monitor security flow | packet-drop; request security policies check | resync
  show interfaces [terse], show route, show arp, show ipv6 neighbors, show version, show log [LOG], ping, traceroute
  show system uptime | processes | storage | commit | alarms | capabilities | rollback N [compare M] | configuration rescue
  show chassis hardware | routing-engine; clear arp, clear security policies hit-count; request support information
  request system configuration rescue save | delete
  set cli screen-length N | screen-width N | idle-timeout N | complete-on-space on/off | timestamp; show cli
Pipes: | match PATTERN, | except PATTERN, | find PATTERN, | count, | last [N], | trim N, | no-more, | hold, | refresh N, | save FILE, | append FILE, | tee FILE;
       | display xml|json; of a configuration also | compare, | display set|inheritance
help apropos TEXT finds statements and commands; help reference STATEMENT|COMMAND tells what is known of one.
Words may be shortened while they stay unique. Tab completes, the space bar too, ? shows what may stand next.
`;
