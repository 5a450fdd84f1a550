// The commit constraints of the original's grammar by the words of their statements, without the names of list entries. The
// language of the expressions stands in junos/constraint-expression.ts.

import file from "./junos/constraints.json" with { type: "json" };

/** One word of a statement's path: what must hold there, and the words below. */
export interface ConstraintLevel {
  /** For the statement itself, or an entry of the list. */
  readonly here: string[];
  readonly below: Map<string, ConstraintLevel>;
}

/** Each expression once. */
export function constraintTexts(): readonly string[] {
  return file.constraints.map(([text = ""]) => text);
}

let top: ConstraintLevel | undefined;

/** Made when it is first asked for. */
export function junosConstraints(): ConstraintLevel {
  if (top !== undefined) return top;
  const made: ConstraintLevel = { here: [], below: new Map() };
  for (const [constraint = "", ...paths] of file.constraints) {
    for (const path of paths) {
      let level = made;
      for (const word of path.split(" ")) if (!word.startsWith("<")) level = levelBelow(level, word);
      // A value without keyword has the name between the brackets; the name of an entry leads to the entry.
      const last = /<([^>]+)>$/.exec(path)?.[1];
      if (last !== undefined && last !== "name") level = levelBelow(level, last);
      level.here.push(constraint);
    }
  }
  top = made;
  return made;
}

function levelBelow(level: ConstraintLevel, word: string): ConstraintLevel {
  const known = level.below.get(word);
  if (known !== undefined) return known;
  const made: ConstraintLevel = { here: [], below: new Map() };
  level.below.set(word, made);
  return made;
}
