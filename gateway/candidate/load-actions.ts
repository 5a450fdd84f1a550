// The actions of `load`, as on the original, with what each does.

import type { LoadOptions } from "@merlon/junos/load.ts";

const actions: Readonly<Record<LoadOptions["action"], string>> = {
  merge: "Add the text to the candidate",
  override: "Make the text the whole candidate",
  replace: "Replace the statements tagged replace:",
  update: "Make the text the whole candidate, and keep what is equal as it stands",
  set: "Carry out set, delete and other command lines",
  patch: "Apply the difference that show | compare prints",
};

export const loadActions: readonly { readonly word: string; readonly help: string }[] = Object.entries(actions).map(
  ([word, help]) => ({ word, help }),
);

export function loadAction(word: string): LoadOptions["action"] | undefined {
  return Object.hasOwn(actions, word) ? (word as LoadOptions["action"]) : undefined;
}
