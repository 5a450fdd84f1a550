// The words behind `commit`, in any order that makes sense, as on the original.

import { commentLengthMax } from "../commit/commit-request.ts";

export const confirmMinutesMax = 65_535;
const confirmMinutesDefault = 10;

export interface CommitLine {
  readonly kind: "commit";
  readonly check: boolean;
  readonly confirmedMinutes?: number;
  /** As typed; see commit/commit-time.ts. */
  readonly at?: string;
  readonly comment?: string;
  readonly andQuit: boolean;
  readonly synchronize: boolean;
}

export type ParsedCommit = CommitLine | { readonly kind: "wrong"; readonly message: string };

/** The words behind `commit`, with what may follow each, if anything. */
export const commitOptions = {
  "and-quit": { help: "Leave configuration mode afterwards", followedBy: [] },
  at: {
    help: "Wait for a time",
    followedBy: [
      { word: "<time>", help: 'hh:mm, or "yyyy-mm-dd hh:mm", UTC' },
      { word: "reboot", help: "The next start of this gateway" },
    ],
  },
  check: { help: "Only check it", followedBy: [] },
  comment: { help: "Say why", followedBy: [{ word: "<text>", help: "Between quotes where it holds blanks" }] },
  confirmed: { help: "Roll back unless confirmed in time", followedBy: [] },
  synchronize: { help: "Nothing: there is one routing engine", followedBy: [] },
} as const;

export const commitUsage =
  'usage: commit [check | at TIME | confirmed [MINUTES]] [comment "text"] [and-quit] [synchronize [force]]';

export function parseCommit(words: readonly string[]): ParsedCommit {
  const found: { -readonly [K in keyof CommitLine]: CommitLine[K] } = {
    kind: "commit",
    check: false,
    andQuit: false,
    synchronize: false,
  };
  const rest = [...words];
  const seen = new Set<string>();
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (seen.has(word)) return wrong(`"${word}" stands twice`);
    seen.add(word);
    switch (word) {
      case "check":
        found.check = true;
        break;
      case "confirmed": {
        const given = /^\d+$/.test(rest[0] ?? "") ? Number(rest.shift()) : confirmMinutesDefault;
        if (given < 1 || given > confirmMinutesMax) return wrong(`confirmed takes 1 to ${confirmMinutesMax} minutes`);
        found.confirmedMinutes = given;
        break;
      }
      case "at": {
        const time = rest.shift();
        if (time === undefined) return wrong("at needs a time");
        const isDay = /^\d{4}-\d{2}-\d{2}$/.test(time);
        found.at = isDay && rest[0] !== undefined ? `${time} ${rest.shift() ?? ""}` : time;
        break;
      }
      case "comment": {
        const comment = rest.shift();
        if (comment === undefined) return wrong("comment needs a text");
        if (comment.length > commentLengthMax) return wrong(`a comment has at most ${commentLengthMax} characters`);
        found.comment = comment;
        break;
      }
      case "and-quit":
        found.andQuit = true;
        break;
      case "synchronize":
        found.synchronize = true;
        if (rest[0] === "force") rest.shift();
        break;
      default:
        return wrong(`"${word}" is not expected here`);
    }
  }
  return contradiction(found) ?? found;
}

function contradiction({ check, at, confirmedMinutes, comment, andQuit }: CommitLine): ParsedCommit | undefined {
  if (check && (at !== undefined || confirmedMinutes !== undefined || comment !== undefined || andQuit)) {
    return wrong("check stands alone: it puts nothing into force");
  }
  return at !== undefined && confirmedMinutes !== undefined ? wrong("at and confirmed exclude each other") : undefined;
}

function wrong(message: string): ParsedCommit {
  return { kind: "wrong", message };
}
