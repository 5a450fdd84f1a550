// Names that must be keys of a list elsewhere (`refersTo` in the schema). Names and uses are collected while the tree is
// read, because a name may be used before it is defined, and are compared at the end. A logical system or tenant has names
// of its own, and sees those of the whole.

import type { ListPaths } from "@merlon/model/schema/node.ts";
import { indexOf, isHolder, rootSchema } from "./schema-index.ts";
import type { AnyList, Holder } from "./schema-index.ts";
import type { Report } from "./report.ts";
import { didYouMean } from "@merlon/model/did-you-mean.ts";
import type { ConfigNode } from "./tree.ts";

interface Use {
  readonly lists: ListPaths;
  readonly name: string;
  /** Names that are there without being configured do not count. */
  readonly exact: boolean;
  readonly node: ConfigNode;
  readonly path: readonly string[];
}

interface NameOptions {
  readonly refersTo?: readonly string[];
  readonly refersToOneOf?: ListPaths;
}

/** Names that are there without being configured. */
const builtIn = new Set(["junos-host", "default", "mgmt_junos", "any", "all", "none", "inet.0", "inet6.0"]);

const whole = "";

export class References {
  private readonly names = new Map<string, Map<AnyList, Set<string>>>();
  private readonly uses: Use[] = [];

  /** Notes an entry of a list with one key. */
  define(schema: AnyList, name: string, path: readonly string[] = []): void {
    const scope = scopeOf(path);
    const lists = this.names.get(scope) ?? new Map<AnyList, Set<string>>();
    this.names.set(scope, lists);
    const names = lists.get(schema);
    if (names === undefined) lists.set(schema, new Set([name]));
    else names.add(name);
  }

  use(list: readonly string[], name: string, node: ConfigNode, path: readonly string[]): void {
    this.uses.push({ lists: [list], name, exact: true, node, path });
  }

  /** Notes what a key, leaf or leaf-list refers to, if it refers to something. */
  useOf({ refersTo, refersToOneOf }: NameOptions, name: string, node: ConfigNode, path: readonly string[]): void {
    if (refersTo !== undefined) this.use(refersTo, name, node, path);
    else if (refersToOneOf !== undefined) this.uses.push({ lists: refersToOneOf, name, exact: false, node, path });
  }

  check(report: Report): void {
    for (const use of this.uses) this.checkOne(use, report);
  }

  private checkOne({ lists: paths, name, exact, node, path }: Use, report: Report): void {
    // Hierarchies of the original that we do not know are not checked; nor are patterns and the names that always exist.
    const lists = paths.flatMap((words) => {
      const schema = listAt(words);
      return schema === undefined ? [] : [{ words, schema }];
    });
    const [first] = lists;
    if (first === undefined || lists.length < paths.length || /[*<?[]/.test(name)) return;
    const known: string[] = [];
    for (const { schema } of lists) {
      for (const scope of new Set([scopeOf(path), whole])) {
        const names = this.names.get(scope)?.get(schema);
        if (names?.has(name) === true || names?.has(withoutUnit(name)) === true) return;
        if (names !== undefined) known.push(...names);
      }
    }
    const what = first.words.at(-1) ?? "";
    if (builtIn.has(name) && !exact) return;
    const code = what === "security-zone" ? "reference.unknown-zone" : "reference.unknown-name";
    report.error(code, node.span, `there is no ${singular(what)} "${name}"`, {
      path,
      hint: didYouMean(name, known) ?? `add it: set ${first.words.join(" ")} ${name}`,
    });
  }
}

/** `ge-0/0/0.0` is known when `ge-0/0/0` is. */
function withoutUnit(name: string): string {
  return name.replace(/\.\d{1,5}$/, "");
}

/** Lists without keyword are named by their hierarchy: `routing-instances`. */
function singular(word: string): string {
  return word === "interfaces" || word === "routing-instances" || word === "vlans" ? word.slice(0, -1) : word;
}

function scopeOf([top, name]: readonly string[]): string {
  return (top === "logical-systems" || top === "tenants") && name !== undefined ? `${top} ${name}` : whole;
}

/**
 * The list that words without keys name; a hierarchy whose entries stand without keyword names that list. Undefined when
 * the words lead out of what is known of the original.
 */
export function listAt(words: readonly string[]): AnyList | undefined {
  let schema: Holder = rootSchema;
  for (const word of words) {
    const { byWord, keywordless } = indexOf(schema);
    let child = byWord.get(word);
    if (child === undefined) {
      const [nameless] = keywordless;
      child = nameless?.schema.kind === "list" ? indexOf(nameless.schema).byWord.get(word) : undefined;
    }
    if (child === undefined || !isHolder(child)) return undefined;
    schema = child;
  }
  if (schema.kind === "list") return schema;
  const nameless = indexOf(schema).keywordless.find((one) => one.schema.kind === "list");
  return nameless?.schema.kind === "list" ? nameless.schema : undefined;
}
