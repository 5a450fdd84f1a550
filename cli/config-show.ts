// `merlon config show`: a configuration, or what stands at a path of it, as `show` prints it.

import { forms, isForm, printForm } from "@merlon/junos/form.ts";
import { printInheritance } from "@merlon/junos/print-inheritance.ts";
import { wrongPath } from "@merlon/junos/locate.ts";
import { printTree } from "@merlon/junos/print.ts";
import { subtree } from "@merlon/junos/subtree.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import { keepUnknownOption, Refusal, WrongUsage } from "./command.ts";
import type { Command } from "./command.ts";
import { loadFile } from "./load-file.ts";
import { inheritIn, settingOf, settingOptions } from "./setting.ts";

export const configShow: Command = {
  words: ["config", "show"],
  summary: "Print what stands at a path of a configuration",
  arguments: "FILE [PATH …]",
  about: [
    "PATH are the words of a set line. With --to, the part is printed with the way to it. With --inheritance, groups and",
    "interface ranges are carried out, as `show configuration | display inheritance` does it on a gateway.",
  ],
  options: {
    inheritance: { help: "what statements inherit, and from where" },
    ...settingOptions,
    to: { value: "FORM", help: "text, set, xml or json" },
    "keep-unknown": keepUnknownOption,
    json: { help: "diagnostics as JSON, one object per line" },
  },
  examples: [
    "merlon config show srx.conf security policies",
    "merlon config show --to set srx.conf interfaces ge-0/0/0",
    "merlon config show --inheritance --node node0 srx.conf system",
  ],
  positionalCountMin: 1,
  positionalCountMax: 64,
  run: async (call, world) => {
    const [file = "", ...path] = call.positionals;
    const { to } = call.values;
    if (to !== undefined && !isForm(to)) throw new WrongUsage(`--to takes one of ${forms.join(", ")}, not "${to}"`);
    const setting = settingOf(call, world);
    const loaded = await loadFile(file, call, world);
    if (loaded === undefined) return 1;
    const inheritance = call.switches.has("inheritance");
    if (!inheritance && ["at", "node"].some((option) => call.values[option] !== undefined))
      throw new WrongUsage("--at and --node say what is inherited: they go with --inheritance");
    const { tree, diagnostics } = inheritance ? inheritIn(loaded, setting) : { tree: loaded, diagnostics: [] };
    world.report(diagnostics, { json: call.switches.has("json") });
    if (hasErrors(diagnostics)) return 1;
    const part = subtree(tree, path);
    if (part === undefined) {
      const [wrong] = wrongPath(path);
      const why = wrong === undefined ? "" : `: ${wrong.message}${wrong.hint === undefined ? "" : `; ${wrong.hint}`}`;
      throw new Refusal(`nothing stands at [edit ${path.join(" ")}]${why}`);
    }
    const print = inheritance ? printInheritance : printTree;
    await world.write(to === undefined ? print(tree, { at: path }) : printForm(part, to));
    return 0;
  },
};
