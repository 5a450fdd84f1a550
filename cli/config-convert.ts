// `merlon config convert`: a configuration in another form. Nothing is lost on the way: the forms say the same.

import { forms, isForm, printForm } from "@merlon/junos/form.ts";
import { keepUnknownOption, WrongUsage } from "./command.ts";
import type { Command } from "./command.ts";
import { loadFile } from "./load-file.ts";

export const configConvert: Command = {
  words: ["config", "convert"],
  summary: "Print a configuration in another form",
  arguments: "--to FORM FILE",
  about: [
    "Forms: text (curly braces), set (command lines), xml, json. The form of FILE is found out.",
    "Comments, inactive and protected statements are kept in every form.",
  ],
  options: {
    to: { value: "FORM", help: "text, set, xml or json" },
    "keep-unknown": keepUnknownOption,
    json: { help: "diagnostics as JSON, one object per line" },
  },
  examples: [
    "merlon config convert --to set srx.conf",
    "ssh srx 'show configuration | display xml' | merlon config convert --to text -",
  ],
  positionalCountMin: 1,
  positionalCountMax: 1,
  run: async (call, world) => {
    const { to } = call.values;
    if (to === undefined) throw new WrongUsage(`--to is missing; write one of ${forms.join(", ")} after it`);
    if (!isForm(to)) throw new WrongUsage(`--to takes one of ${forms.join(", ")}, not "${to}"`);
    const tree = await loadFile(call.positionals[0] ?? "", call, world);
    if (tree === undefined) return 1;
    await world.write(printForm(tree, to));
    return 0;
  },
};
