// What `set cli …` changes and `show cli` shows: properties of one shell, which end with it.

import type { Candidate } from "@merlon/junos/complete.ts";
import type { TerminalSize } from "./shell-host.ts";

const screenLengthMax = 10_000;
const screenWidthMin = 40;
const screenWidthMax = 1_024;
const idleMinutesMax = 100_000;

export interface CliSettings {
  readonly completesOnSpace: boolean;
  /** Undefined: never. */
  readonly idleMinutes: number | undefined;
  /** In place of the rows of the terminal; 0 shows everything at once. */
  readonly screenLength: number | undefined;
  /** In place of the columns of the terminal. */
  readonly screenWidth: number | undefined;
  readonly hasTimestamps: boolean;
}

export const initialSettings: CliSettings = {
  completesOnSpace: true,
  idleMinutes: undefined,
  screenLength: undefined,
  screenWidth: undefined,
  hasTimestamps: false,
};

export type SettingsStep =
  | { readonly kind: "settings"; readonly settings: CliSettings; readonly text: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "wrong"; readonly message: string };

const settingHelp = {
  "complete-on-space": "Whether the space bar completes a word",
  "idle-timeout": "Minutes without a key after which the shell ends",
  "screen-length": "Lines of a page",
  "screen-width": "Characters in a line",
  timestamp: "The time before each answer",
} as const;

type SettingName = keyof typeof settingHelp;

/** `set cli …` and `show cli`; undefined for any other line. Words may be shortened. */
export function takeSettingsLine(
  words: readonly string[],
  settings: CliSettings,
  terminal: TerminalSize,
): SettingsStep | undefined {
  const [verb = "", second = "", name, value, ...rest] = words;
  if (verb === "" || second.length < 2 || !"cli".startsWith(second)) return undefined;
  if (verb.length >= 2 && "show".startsWith(verb)) {
    return name === undefined ? { kind: "text", text: shownSettings(settings, terminal) } : undefined;
  }
  if (verb.length < 2 || !"set".startsWith(verb)) return undefined;
  const names = Object.keys(settingHelp).filter((one) => name !== undefined && one.startsWith(name));
  const [only] = names;
  if (names.length !== 1 || only === undefined || rest.length > (only === "timestamp" ? 1 : 0)) {
    return wrong(`set cli takes ${Object.keys(settingHelp).join(", ")}`);
  }
  return change(only as SettingName, value, settings);
}

function change(name: SettingName, value: string | undefined, settings: CliSettings): SettingsStep {
  switch (name) {
    case "complete-on-space": {
      if (value !== "on" && value !== "off") return wrong("complete-on-space is on or off");
      const text = value === "on" ? "Enabling complete-on-space\n" : "Disabling complete-on-space\n";
      return { kind: "settings", settings: { ...settings, completesOnSpace: value === "on" }, text };
    }
    case "idle-timeout": {
      const minutes = numberOf(value, 0, idleMinutesMax);
      if (minutes === undefined) return wrong(`idle-timeout takes minutes from 0 (never) to ${idleMinutesMax}`);
      const text = minutes === 0 ? "Idle timeout disabled\n" : `Idle timeout set to ${minutes} minutes\n`;
      return { kind: "settings", settings: { ...settings, idleMinutes: minutes === 0 ? undefined : minutes }, text };
    }
    case "screen-length": {
      const rows = numberOf(value, 0, screenLengthMax);
      if (rows === undefined) return wrong(`screen-length takes lines from 0 (no pages) to ${screenLengthMax}`);
      return {
        kind: "settings",
        settings: { ...settings, screenLength: rows },
        text: `Screen length set to ${rows}\n`,
      };
    }
    case "screen-width": {
      const columns = numberOf(value, 0, screenWidthMax);
      if (columns === undefined || (columns > 0 && columns < screenWidthMin)) {
        return wrong(`screen-width takes columns from ${screenWidthMin} to ${screenWidthMax}, or 0 for any`);
      }
      const width = columns === 0 ? screenWidthMax : columns;
      return {
        kind: "settings",
        settings: { ...settings, screenWidth: width },
        text: `Screen width set to ${columns}\n`,
      };
    }
    case "timestamp": {
      const isOff = value === "disable";
      const text = isOff ? "CLI timestamp disabled\n" : "CLI timestamp set to: %b %d %T\n";
      return { kind: "settings", settings: { ...settings, hasTimestamps: !isOff }, text };
    }
  }
}

function shownSettings(settings: CliSettings, terminal: TerminalSize): string {
  const { completesOnSpace, idleMinutes, screenLength, screenWidth, hasTimestamps } = settings;
  return `CLI complete-on-space set to ${completesOnSpace ? "on" : "off"}
CLI idle-timeout ${idleMinutes === undefined ? "disabled" : `set to ${idleMinutes} minutes`}
CLI screen-length set to ${screenLength ?? terminal.rows}
CLI screen-width set to ${screenWidth ?? terminal.columns}
CLI terminal is '${terminal.kind === "full" ? "xterm" : terminal.kind}'
CLI timestamp ${hasTimestamps ? "set to %b %d %T" : "disabled"}
`;
}

/** What of the settings may stand next; `words` are finished. */
export function completeSettings(words: readonly string[], partial: string): readonly Candidate[] {
  const [verb, second, name, ...rest] = words;
  const all = settingCandidates(verb, second, name, rest.length > 0);
  return all.filter(({ word }) => word.startsWith(partial) || word.startsWith("<"));
}

function settingCandidates(
  verb: string | undefined,
  second: string | undefined,
  name: string | undefined,
  hasValue: boolean,
): readonly Candidate[] {
  if (verb === undefined) return [{ word: "set", help: "Set properties of the shell", final: false }];
  if (second === undefined) {
    if (verb === "set") return [{ word: "cli", help: "Set properties of the shell", final: false }];
    return verb === "show" ? [{ word: "cli", help: "Show properties of the shell", final: true }] : [];
  }
  if (verb !== "set" || second !== "cli" || hasValue) return [];
  if (name === undefined) {
    return Object.entries(settingHelp).map(([word, help]) => ({ word, help, final: word === "timestamp" }));
  }
  switch (name) {
    case "complete-on-space":
      return [
        { word: "on", help: "Complete words", final: true },
        { word: "off", help: "Leave words as they are", final: true },
      ];
    case "timestamp":
      return [{ word: "disable", help: "No time before answers", final: true }];
    default:
      return name in settingHelp ? [{ word: "<number>", help: settingHelp[name as SettingName], final: true }] : [];
  }
}

function numberOf(text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined || !/^\d{1,7}$/.test(text)) return undefined;
  const number = Number(text);
  return number >= min && number <= max ? number : undefined;
}

function wrong(message: string): SettingsStep {
  return { kind: "wrong", message };
}
