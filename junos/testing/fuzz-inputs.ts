// The inputs of the fuzzer: blocks of the corpus and of random trees in all forms, damaged. Which input run N of a seed
// gets depends on those two numbers alone, so that a failure is found again without the runs before it.

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { arbitraryTree, arbitraryTreeOfAnything } from "../arbitrary-tree.ts";
import { compareTrees } from "../compare.ts";
import { printForm } from "../form.ts";
import type { Form } from "../form.ts";
import { loadConfiguration } from "../load.ts";
import { rootSchema } from "../schema-index.ts";
import type { Holder } from "../schema-index.ts";
import { indexOf, isHolder } from "../schema-index.ts";
import { emptyTree } from "../tree.ts";
import type { ConfigNode } from "../tree.ts";
import { mutate } from "./mutate.ts";
import { Random } from "./random.ts";

/** A text, and how it is loaded. */
export interface FuzzInput {
  readonly form: Form | "patch";
  readonly action: "merge" | "override" | "replace" | "set" | "update" | "patch";
  readonly text: string;
  readonly keepUnknown: boolean;
  /** What the text is loaded over. */
  readonly base: ConfigNode;
  /** Chooses what is checked beside what always is. */
  readonly random: Random;
}

/** A block prints in at most as many characters, mostly. */
const blockLengthMax = 1_500;
const corpus = path.join(import.meta.dirname, "../corpus");

export class FuzzInputs {
  private readonly trees: readonly ConfigNode[];
  private readonly texts: readonly string[];
  private readonly words: readonly string[];
  private readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
    this.trees = [
      ...corpusTrees(),
      ...fc.sample(arbitraryTree, { seed: 1, numRuns: 8 }),
      ...fc.sample(arbitraryTreeOfAnything, { seed: 1, numRuns: 5 }),
    ].flatMap((tree) => blocksOf(tree));
    this.texts = this.trees.map((tree) => printForm(tree, "text"));
    this.words = [...new Set(this.texts.flatMap((text) => text.match(/[\w./:<*>-]+/g) ?? []))];
  }

  /** The input of one run. */
  at(run: number): FuzzInput {
    const random = new Random(this.seed, run);
    const tree = random.pick(this.trees);
    const base = random.chance(50) ? emptyTree : random.pick([tree, random.pick(this.trees)]);
    const form = random.pick(["text", "text", "text", "set", "set", "patch", "xml", "json"] as const);
    const action = form === "patch" ? "patch" : actionOf(form, random);
    const good = form === "patch" ? compareTrees(base, tree) : printForm(tree, form);
    const text = mutate(good, random, { words: this.words, texts: this.texts });
    return { form, action, text, keepUnknown: random.chance(40), base, random };
  }
}

function actionOf(form: Form, random: Random): Exclude<FuzzInput["action"], "patch"> {
  return form === "xml" || form === "json" ? "merge" : random.pick(["merge", "override", "replace", "set", "update"]);
}

function corpusTrees(): readonly ConfigNode[] {
  const names = readdirSync(corpus).filter((name) => name.endsWith(".conf"));
  return names.map((name) => {
    const text = readFileSync(path.join(corpus, name), "utf8");
    return loadConfiguration(emptyTree, text, { action: "override", source: name }).tree;
  });
}

/** The tree cut into small ones: each statement alone with the way to it, or, where it is large, its statements. */
function blocksOf(
  tree: ConfigNode,
  schema: Holder = rootSchema,
  hang = (node: ConfigNode) => node,
): readonly ConfigNode[] {
  const whole = hang(tree);
  if (printForm(whole, "text").length <= blockLengthMax) return [whole];
  return [...tree.children].flatMap(([id, child]) => {
    const childSchema = indexOf(schema).byWord.get(child.word);
    const up = (node: ConfigNode): ConfigNode => hang({ ...tree, children: new Map([[id, node]]) });
    return childSchema !== undefined && isHolder(childSchema) ? blocksOf(child, childSchema, up) : [up(child)];
  });
}
