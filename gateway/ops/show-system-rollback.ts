// `show system rollback N [compare M]`: an earlier configuration, or what leads from rollback M to rollback N.

import { compareTrees } from "@merlon/junos/compare.ts";
import { printTree } from "@merlon/junos/print.ts";
import type { ValueType } from "@merlon/model/schema/value.ts";
import { parseRollback, readRollback, readRollbackText } from "../commit/read-rollback.ts";
import { visibleTree } from "../access/visible-tree.ts";
import { operation } from "./operation.ts";

export type RollbackInformation =
  | { readonly rollback: number; readonly configuration: string }
  | { readonly rollback: number; readonly compare: number; readonly output: string };

const rollbackNumber: ValueType<number> = {
  placeholder: "<0..49>",
  parse: (word) => {
    const value = parseRollback(word);
    return value === undefined ? { error: `"${word.slice(0, 64)}" is not a rollback number (0 to 49)` } : { value };
  },
};

export const showSystemRollback = operation<RollbackInformation>({
  command: "show system rollback",
  help: "Show an earlier configuration",
  parameters: [
    { word: "rollback", help: "How many commits ago", type: rollbackNumber, required: true, positional: true },
    { word: "compare", help: "Show what leads from this rollback to the other", type: rollbackNumber },
  ],
  run: async (gateway, input, { access }) => {
    const rollback = input["rollback"] as number;
    const compare = input["compare"] as number | undefined;
    const shown = async (number: number) => visibleTree(access, await readRollback(gateway, number));
    if (compare === undefined) {
      const isWhole = access?.unlimited !== false;
      const configuration = isWhole ? await readRollbackText(gateway, rollback) : printTree(await shown(rollback));
      return { rollback, configuration };
    }
    const [before, after] = [await shown(compare), await shown(rollback)];
    return { rollback, compare, output: compareTrees(before, after) };
  },
  text: (data) => ("output" in data ? data.output : data.configuration),
});
