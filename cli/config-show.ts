// `merlon config show`: a configuration, or what stands at a path of it, as `show` prints it.

import { forms, isForm, printForm } from "@merlon/junos/form.ts";
import { printTree } from "@merlon/junos/print.ts";
import { subtree } from "@merlon/junos/subtree.ts";
import { keepUnknownOption, Refusal, WrongUsage } from "./command.ts";
import type { Command } from "./command.ts";
import { loadFile } from "./load-file.ts";

export const configShow: Command = {
  words: ["config", "show"],
  summary: "Print what stands at a path of a configuration",
  arguments: "FILE [PATH …]",
  about: ["PATH are the words of a set line. With --to, the part is printed with the way to it."],
  options: {
    to: { value: "FORM", help: "text, set, xml or json" },
    "keep-unknown": keepUnknownOption,
    json: { help: "diagnostics as JSON, one object per line" },
  },
  examples: [
    "merlon config show srx.conf security policies",
    "merlon config show --to set srx.conf interfaces ge-0/0/0",
  ],
  positionalCountMin: 1,
  positionalCountMax: 64,
  run: async (call, world) => {
    const [file = "", ...path] = call.positionals;
    const { to } = call.values;
    if (to !== undefined && !isForm(to)) throw new WrongUsage(`--to takes one of ${forms.join(", ")}, not "${to}"`);
    const tree = await loadFile(file, call, world);
    if (tree === undefined) return 1;
    const part = subtree(tree, path);
    if (part === undefined) throw new Refusal(`nothing stands at [edit ${path.join(" ")}]`);
    await world.write(to === undefined ? printTree(tree, { at: path }) : printForm(part, to));
    return 0;
  },
};
