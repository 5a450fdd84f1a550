// Ports and protocols that a rule of a list asks about, several at once. In the rule itself they are a set without a name,
// and to find a name for one the kernel walks through all sets of the table: with five thousand a commit takes half a
// minute. So the first stand in their rules, and what is asked beyond stands in sets that are named by what they hold.

import { contentNamed, fixedSet } from "./fixed-set.ts";
import type { NftElement, NftExpression, NftRule, NftSet, NftStatement, NftType } from "./program.ts";

/** Sets without a name that all lists may have. */
export const unnamedSetsMax = 512;

export class SharedValues {
  readonly #sets = new Map<string, NftSet>();
  readonly #known = new Map<string, NftStatement>();
  #unnamedCount = 0;

  get sets(): readonly NftSet[] {
    return [...this.#sets.values()];
  }

  /** The same rules; where values stand is decided in the order in which rules come. */
  share(rules: readonly NftRule[]): readonly NftRule[] {
    return rules.map((rule) => {
      if (!rule.statements.some((it) => valuesIn(it) !== undefined)) return rule;
      return { ...rule, statements: rule.statements.map((it) => this.#shared(it)) };
    });
  }

  #shared(statement: NftStatement): NftStatement {
    const found = valuesIn(statement);
    if (found === undefined) return statement;
    this.#unnamedCount += 1;
    if (this.#unnamedCount <= unnamedSetsMax) return statement;
    const { left, type, elements } = found;
    const text = JSON.stringify([left, elements]);
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const isInterval = elements.some(({ key }) => key !== "rest" && key[0]?.kind === "numbers");
    const hash = fixedSet("values", [type], undefined, elements);
    const set = contentNamed(
      isInterval ? { name: hash.name, key: hash.key, interval: true, counter: false, elements } : hash,
    );
    this.#sets.set(set.name, set);
    const made: NftStatement = { kind: "lookup", key: [left], set: set.name, negated: false };
    this.#known.set(text, made);
    return made;
  }
}

interface Values {
  readonly left: NftExpression;
  readonly type: NftType;
  readonly elements: readonly NftElement[];
}

function valuesIn(statement: NftStatement): Values | undefined {
  if (statement.kind !== "match" || statement.negated || statement.right.kind !== "any-of") return undefined;
  const { left, right } = statement;
  const type = typeOf(left);
  return type === undefined ? undefined : { left, type, elements: right.values.map((value) => ({ key: [value] })) };
}

function typeOf(left: NftExpression): NftType | undefined {
  if (left.kind === "payload") return left.field === "sport" || left.field === "dport" ? "inet_service" : undefined;
  return left.kind === "meta" && left.key === "l4proto" ? "inet_proto" : undefined;
}
