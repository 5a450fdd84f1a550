// The rules that every statement of the schema keeps, checked on the whole tree of it, and the shape of the typed model.

import { describe, expect, test } from "vitest";
import { levelVerbs, verbs } from "@merlon/junos/verbs.ts";
import { configurationSchema } from "./configuration.ts";
import { fullSchema } from "./full-schema.ts";
import type { Configuration } from "./configuration.ts";
import { propertyName } from "./node.ts";
import type { Key, SchemaNode } from "./node.ts";
import type { ValueType } from "./value.ts";

interface Statement {
  readonly path: string;
  readonly schema: SchemaNode;
}

function* statementsOf(schema: SchemaNode, path: string): Generator<Statement> {
  yield { path, schema };
  if (schema.kind !== "container" && schema.kind !== "list") return;
  for (const [word, child] of Object.entries(schema.children)) yield* statementsOf(child, `${path} ${word}`.trim());
}

/** What can name an entry of a list elsewhere. */
type Named = Pick<Key<string, unknown>, "refersTo" | "suggests">;

const statements = [...statementsOf(configurationSchema, "")];

function typesOf(schema: SchemaNode): readonly ValueType<unknown>[] {
  if (schema.kind === "leaf" || schema.kind === "leaf-list") return [schema.type];
  return schema.kind === "list" ? schema.keys.map(({ type }) => type) : [];
}

function schemaAt(path: readonly string[]): SchemaNode | undefined {
  let schema: SchemaNode | undefined = fullSchema;
  for (const word of path)
    schema = schema?.kind === "container" || schema?.kind === "list" ? schema.children[word] : undefined;
  return schema;
}

describe("every statement", () => {
  test("has help that begins with a capital and ends without a full stop", () => {
    const bad = statements.filter(({ schema: { help } }) => !/^[A-Z].*[^.\s]$/.test(help) || help.length > 80);
    expect(bad.map(({ path }) => path)).toEqual([]);
  });

  test("says what does not happen in a clause, where it is not enforced", () => {
    const bad = statements.filter(
      ({ schema: { notEnforced: it } }) => it !== undefined && !/^[a-z].*[^.\s]$|^URLs /.test(it),
    );
    expect(bad.map(({ path }) => path)).toEqual([]);
  });

  test("is named by a word that no tag, command or bracket looks like", () => {
    const words = statements.slice(1).map(({ path }) => path.split(" ").at(-1) ?? "");
    expect(words.filter((word) => !/^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(word))).toEqual([]);
    const commands: readonly string[] = [...verbs, ...levelVerbs];
    expect(Object.keys(configurationSchema.children).filter((word) => commands.includes(word))).toEqual([]);
  });

  test("gives every property its own name", () => {
    for (const { path, schema } of statements) {
      if (schema.kind !== "container" && schema.kind !== "list") continue;
      const keys = schema.kind === "list" ? schema.keys.map(({ name }) => name) : [];
      const names = [...keys, ...Object.keys(schema.children)].map(propertyName);
      expect(new Set(names).size, path).toBe(names.length);
    }
  });

  test("has at most one value without a keyword", () => {
    for (const { path, schema } of statements) {
      if (schema.kind !== "container" && schema.kind !== "list") continue;
      const positional = Object.values(schema.children).filter((child) => child.kind === "leaf" && child.positional);
      expect(positional.length, path).toBeLessThan(2);
    }
  });

  test("excludes somebody when it belongs to a choice", () => {
    for (const { path, schema } of statements) {
      if (schema.kind !== "container" && schema.kind !== "list") continue;
      const choices = Object.values(schema.children).flatMap(({ choice }) => choice ?? []);
      for (const choice of choices)
        expect(choices.filter((it) => it === choice).length, `${path} ${choice}`).toBeGreaterThan(1);
    }
  });

  test("has a keyword before its second key, and a list has one", () => {
    for (const { path, schema } of statements) {
      if (schema.kind !== "list") continue;
      expect(schema.keys.length, path).toBeGreaterThan(0);
      for (const [at, { word }] of schema.keys.entries()) expect(word === undefined, path).toBe(at === 0);
      if (schema.block) expect(schema.keys.length, path).toBe(1);
    }
  });

  test("refers to lists with one key", () => {
    const named = statements.flatMap(({ schema }): readonly Named[] => {
      if (schema.kind === "list") return schema.keys;
      return schema.kind === "leaf" || schema.kind === "leaf-list" ? [schema] : [];
    });
    const lists = named.flatMap(({ refersTo, suggests = [] }) =>
      refersTo === undefined ? suggests : [refersTo, ...suggests],
    );
    expect(lists.length).toBeGreaterThan(5);
    for (const list of lists) {
      const target = schemaAt(list);
      expect(target?.kind === "list" && target.keys.length === 1, list.join(" ")).toBe(true);
    }
  });
});

describe("every value type", () => {
  const types = [...new Set(statements.flatMap(({ schema }) => typesOf(schema)))];

  test("has a placeholder in angle brackets", () => {
    for (const { placeholder } of types) expect(placeholder).toMatch(/^<.{1,60}>$/);
  });

  test("accepts its own words and refuses others with a sentence", () => {
    for (const type of types) {
      for (const word of Object.keys({ ...type.words, ...type.wellKnown }))
        expect(type.parse(word)).toHaveProperty("value");
      for (const word of ["\u0001", "\u009b"]) {
        const refused = type.parse(word);
        expect("error" in refused && refused.error).toMatch(/^".*" is not .*[^.]$/);
      }
    }
  });

  test("never takes the empty word, so that a missing value cannot pass for one", () => {
    for (const type of types) expect(type.parse(""), type.placeholder).toHaveProperty("error");
  });

  test("is quick with hostile words", () => {
    for (const word of [
      "a".repeat(65_000),
      "-".repeat(65_000),
      "1".repeat(65_000),
      "1.".repeat(30_000),
      `${":".repeat(65_000)}`,
      `${"ftp-".repeat(16_000)}`,
    ]) {
      for (const type of types) {
        const start = performance.now();
        type.parse(word);
        expect(performance.now() - start, `${type.placeholder} ${word.slice(0, 8)}`).toBeLessThan(50);
      }
    }
  });
});

describe("the typed model", () => {
  test("follows from the schema", () => {
    // Checked by the compiler: this does not compile when a member gets another name or type.
    const zones = (configuration: Configuration): readonly string[] =>
      configuration.security?.zones?.securityZone.map(({ name }) => name) ?? [];
    const actions = (configuration: Configuration): "permit-all" | "deny-all" | undefined =>
      configuration.security?.policies?.defaultPolicy?.defaultAction;
    expect([zones, actions]).toHaveLength(2);
  });

  test.each([
    ["security-zone", "securityZone"],
    ["inet6", "inet6"],
    ["icmp6-type", "icmp6Type"],
    ["802.3ad", "802.3ad"],
    ["a-1-b", "a1B"],
  ])("%s is %s", (word, property) => {
    expect(propertyName(word)).toBe(property);
  });
});
