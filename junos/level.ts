// The level that command lines are relative to: `edit` goes down, `up` and `exit` go back, `top` leaves all levels. Files
// made with an editor hold such lines between their `set` lines.

import type { LevelCommand } from "./parse.ts";
import type { Report } from "./report.ts";
import { asWords, pathOfSteps, resolve } from "./resolve.ts";
import { rootSchema } from "./schema-index.ts";

const levelCountMax = 64;

/** Every level that was entered, as set-style words from the top; the last one is where the lines stand. */
export type Levels = readonly (readonly string[])[];

export const topLevel: Levels = [[]];

/** The levels after the command; unchanged, with an error in the report, when it names no level. */
export function changeLevel(levels: Levels, command: LevelCommand, report: Report): Levels {
  const here = levels.at(-1) ?? [];
  const { verb, verbWord, items } = command;
  if (verb !== "edit" && items.length > 0) {
    report.error("edit.not-a-command", items[0], `"${verb}" stands alone on its line`);
    return levels;
  }
  switch (verb) {
    case "top":
      return topLevel;
    case "exit":
      return levels.length > 1 ? levels.slice(0, -1) : topLevel;
    case "up":
    case "edit": {
      const scope = { schema: rootSchema, list: undefined, path: [] };
      const steps = resolve(scope, [...asWords(here, verbWord), ...items], "name", report);
      if (steps === undefined) return levels;
      if (verb === "up") return [...levels.slice(0, -1), pathOfSteps(steps.slice(0, -1))];
      const last = steps.at(-1);
      if (last?.stay === true || levels.length >= levelCountMax) {
        report.error("edit.no-level", items[0] ?? verbWord, `there is no level "${last?.word ?? ""}" to edit`, {
          path: here,
          hint: "name a statement that has a block",
        });
        return levels;
      }
      return [...levels, pathOfSteps(steps)];
    }
  }
}
