// Names that must be keys of a list elsewhere (`refersTo` in the schema). Names and uses are collected while the tree is
// read, because a name may be used before it is defined, and are compared at the end. A logical system or tenant has names
// of its own, and sees those of the whole.

import type { ListPaths } from "@merlon/model/schema/node.ts";
import { indexOf, isHolder, rootSchema } from "./schema-index.ts";
import type { AnyList, Holder } from "./schema-index.ts";
import type { Report } from "./report.ts";
import { didYouMean } from "@merlon/model/did-you-mean.ts";
import type { ConfigNode } from "./tree.ts";

/** A name where it is used. */
export interface Use {
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
  /** Of the entries of each list with one key, as they were met: a configuration defines more names than it uses. */
  private readonly names = new Map<string, Map<AnyList, (readonly string[])[]>>();
  private readonly known = new Map<readonly (readonly string[])[], ReadonlySet<string>>();
  private readonly uses: Use[] = [];

  /** Notes entries of a list with one key; `path` is that of one of them. */
  define(schema: AnyList, names: readonly string[], path: readonly string[] = []): void {
    const scope = scopeOf(path);
    const lists = this.names.get(scope) ?? new Map<AnyList, (readonly string[])[]>();
    this.names.set(scope, lists);
    const all = lists.get(schema);
    if (all === undefined) lists.set(schema, [names]);
    else all.push(names);
  }

  use(use: Use): void {
    this.uses.push(use);
  }

  check(report: Report): void {
    for (const use of this.uses) this.checkOne(use, report);
  }

  private namesIn(scope: string, schema: AnyList): ReadonlySet<string> | undefined {
    const all = this.names.get(scope)?.get(schema);
    if (all === undefined) return undefined;
    const known = this.known.get(all) ?? new Set(all.flat());
    this.known.set(all, known);
    return known;
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
        const names = this.namesIn(scope, schema);
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

/** What a key, leaf or leaf-list refers to; undefined when it refers to nothing. */
export function useOf(
  { refersTo, refersToOneOf }: NameOptions,
  name: string,
  node: ConfigNode,
  path: readonly string[],
): Use | undefined {
  if (refersTo !== undefined) return { lists: [refersTo], name, exact: true, node, path };
  return refersToOneOf === undefined ? undefined : { lists: refersToOneOf, name, exact: false, node, path };
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
