// `load configuration`: a whole text into a candidate, as one operation for programs. At the shell it is `load`.

import { hasErrors } from "@merlon/model/diagnostic.ts";
import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import type { ValueType } from "@merlon/model/schema/value.ts";
import type { LoadOptions } from "@merlon/junos/load.ts";
import { judgeFor } from "../access/permitted-change.ts";
import { loadAction, loadActions } from "../candidate/load-actions.ts";
import { operation, OperationRefused } from "./operation.ts";

const action: ValueType<LoadOptions["action"]> = {
  placeholder: "<action>",
  words: Object.fromEntries(loadActions.map(({ word, help }) => [word, help])),
  parse: (word) => {
    const value = loadAction(word);
    const known = loadActions.map((it) => it.word).join(", ");
    return value === undefined ? { error: `"${word.slice(0, 64)}" is no action of load (${known})` } : { value };
  },
};

const anyText: ValueType<string> = { placeholder: "<text>", parse: (value) => ({ value }) };

export const loadConfigurationOperation = operation<{ readonly warnings: readonly Diagnostic[] }>({
  command: "load configuration",
  help: "Read a text into the candidate",
  parameters: [
    { word: "action", help: "How the text meets what is there", type: action, required: true },
    { word: "text", help: "Curly braces or command lines", type: anyText, required: true },
    { word: "keep-unknown", help: "Keep statements that are not known" },
    { word: "source", help: "The name of the text in messages", type: anyText },
  ],
  forPrograms: true,
  run: async ({ candidates }, input, { session, access }) => {
    const { diagnostics } = candidates.apply(
      {
        kind: "load",
        action: input["action"] as LoadOptions["action"],
        text: input["text"] as string,
        source: (input["source"] as string | undefined) ?? "<text>",
        keepUnknown: input["keep-unknown"] === true,
        guarded: true,
      },
      session,
      judgeFor(access),
    );
    if (!hasErrors(diagnostics)) return { warnings: diagnostics };
    const errorCount = diagnostics.filter(({ severity }) => severity === "error").length;
    throw new OperationRefused(`load failed (${errorCount} errors); the candidate is unchanged`, diagnostics);
  },
  text: () => "load complete\n",
});
