// Changes in XML and JSON: each attribute by row, with what stands there afterwards and what is refused; and the law that
// a change says the same in XML as in command lines.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryTree } from "./arbitrary-tree.ts";
import { cloneNode } from "./draft.ts";
import { elementName } from "./element-names.ts";
import { loadConfiguration } from "./load.ts";
import { quoteWord } from "./quote.ts";
import { readJson } from "./read-json.ts";
import { readXml } from "./read-xml.ts";
import type { ReadOptions } from "./shape-elements.ts";
import { sameTree } from "./same-tree.ts";
import { indexOf, isHolder, rootSchema, wordsOf } from "./schema-index.ts";
import type { Holder } from "./schema-index.ts";
import { printSetLines } from "./set-lines.ts";
import { emptyTree } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

const pair = "security policies from-zone a to-zone b";
const base = tree(`
set system host-name fw
set system time-zone UTC
set system services ssh
set ${pair} policy p match source-address [ x y z ]
set ${pair} policy p then permit
set ${pair} policy q then deny
set ${pair} policy r then deny
deactivate ${pair} policy r
set interfaces eth0 description "two words"
set interfaces eth0 disable
set protocols ospf area 0 interface a
set protocols ospf area 0 interface b
`);

function tree(lines: string, start: ConfigNode = emptyTree): ConfigNode {
  const { tree: made, diagnostics } = loadConfiguration(start, lines, { action: "set", source: "lines" });
  expect(diagnostics).toEqual([]);
  return made;
}

const inPair = (inside: string): string =>
  `<security><policies><policy><from-zone-name>a</from-zone-name><to-zone-name>b</to-zone-name>${inside}</policy></policies></security>`;

function load(inside: string, options: Partial<ReadOptions> = {}) {
  const document = `<configuration xmlns:nc="n">${inside}</configuration>`;
  const { tree: made, diagnostics } = readXml(document, { source: "xml", base, ...options });
  return { made, said: diagnostics.map(({ code }) => code) };
}

describe("what an element asks for", () => {
  test.each<[name: string, inside: string, lines: string, said?: string[]]>([
    ["delete a leaf", '<system><host-name delete="delete"/></system>', "delete system host-name"],
    ["delete a leaf by operation", '<system><host-name nc:operation="delete"/></system>', "delete system host-name"],
    [
      "delete a leaf with its value",
      '<system><host-name delete="delete">fw</host-name></system>',
      "delete system host-name fw",
    ],
    [
      "delete a leaf that has another value",
      '<system><host-name delete="delete">x</host-name></system>',
      "",
      ["edit.not-found"],
    ],
    [
      "delete a flag",
      '<interfaces><interface><name>eth0</name><disable delete="delete"/></interface></interfaces>',
      "delete interfaces eth0 disable",
    ],
    ["delete a container", '<system><services operation="delete"/></system>', "delete system services"],
    ["delete a hierarchy", '<interfaces delete="delete"/>', "delete interfaces"],
    ["delete an entry", inPair('<policy delete="delete"><name>q</name></policy>'), `delete ${pair} policy q`],
    [
      "delete an entry, whatever stands in its element",
      inPair('<policy delete="delete"><name>q</name><then><deny/></then></policy>'),
      `delete ${pair} policy q`,
    ],
    [
      "delete one value",
      inPair('<policy><name>p</name><match><source-address delete="delete">y</source-address></match></policy>'),
      `delete ${pair} policy p match source-address y`,
    ],
    [
      "delete all values",
      inPair('<policy><name>p</name><match><source-address delete="delete"/></match></policy>'),
      `delete ${pair} policy p match source-address`,
    ],
    [
      "delete what is not there",
      '<system><name-server delete="delete"><name>1.1.1.1</name></name-server></system>',
      "",
      ["edit.not-found"],
    ],
    [
      "remove what is not there",
      '<system><name-server operation="remove"><name>1.1.1.1</name></name-server></system>',
      "",
    ],
    [
      "delete words that no schema knows",
      '<protocols><unknown-statement delete="delete"><words>ospf area 0 interface a</words></unknown-statement></protocols>',
      "delete protocols ospf area 0 interface a",
    ],
    ["merge, said", '<system operation="merge"><time-zone>GMT</time-zone></system>', "set system time-zone GMT"],
    [
      "create",
      '<system><domain-name operation="create">s.example</domain-name></system>',
      "set system domain-name s.example",
    ],
    ["create what is there", '<system><host-name operation="create">x</host-name></system>', "", ["edit.exists"]],
    [
      "replace a container by operation",
      '<system operation="replace"><host-name>x</host-name></system>',
      "delete system\nset system host-name x",
    ],
    [
      "replace an entry, which keeps its place",
      inPair('<policy operation="replace"><name>p</name><then><deny/></then></policy>'),
      `delete ${pair} policy p match\nset ${pair} policy p then deny`,
    ],
    [
      "replace a list of values",
      inPair(
        '<policy><name>p</name><match><source-address operation="replace">u</source-address><source-address operation="replace">v</source-address></match></policy>',
      ),
      `delete ${pair} policy p match source-address\nset ${pair} policy p match source-address [ u v ]`,
    ],
    [
      "replace makes active",
      inPair('<policy operation="replace"><name>r</name><then><permit/></then></policy>'),
      `activate ${pair} policy r\nset ${pair} policy r then permit`,
    ],
    [
      "replace and deactivate",
      inPair('<policy operation="replace" inactive="inactive"><name>q</name><then><permit/></then></policy>'),
      `deactivate ${pair} policy q\nset ${pair} policy q then permit`,
    ],
    [
      "replace= in a load that merges",
      '<system replace="replace"><host-name>x</host-name></system>',
      "set system host-name x",
      ["load.replace-tag"],
    ],
    ["activate", inPair('<policy active="active"><name>r</name></policy>'), `activate ${pair} policy r`],
    ["deactivate", inPair('<policy inactive="inactive"><name>q</name></policy>'), `deactivate ${pair} policy q`],
    ["protect", '<system protect="protect"/>', "protect system"],
    [
      "rename",
      inPair('<policy rename="rename" name="new"><name>q</name></policy>'),
      `rename ${pair} policy q to policy new`,
    ],
    [
      "rename one of two names",
      '<security><policies><policy rename="rename" from-zone-name="c" to-zone-name="b"><from-zone-name>a</from-zone-name><to-zone-name>b</to-zone-name></policy></policies></security>',
      `rename ${pair} to from-zone c to-zone b`,
    ],
    [
      "rename, and change what is below",
      inPair('<policy rename="rename" name="new"><name>q</name><then><permit/></then></policy>'),
      `rename ${pair} policy q to policy new\nset ${pair} policy new then permit`,
    ],
    [
      "rename and deactivate",
      inPair('<policy rename="rename" name="new" inactive="inactive"><name>q</name></policy>'),
      `rename ${pair} policy q to policy new\ndeactivate ${pair} policy new`,
    ],
    [
      "rename to what is there",
      inPair('<policy rename="rename" name="p"><name>q</name></policy>'),
      "",
      ["edit.exists"],
    ],
    [
      "rename to a wrong name",
      inPair('<policy rename="rename" name="a b"><name>q</name></policy>'),
      "",
      ["schema.wrong-value"],
    ],
    [
      "rename what is not there",
      inPair('<policy rename="rename" name="n"><name>u</name></policy>'),
      "",
      ["edit.not-found"],
    ],
    ["rename what has no name", '<system rename="rename" name="n"/>', "", ["edit.not-an-entry"]],
    [
      "insert before",
      inPair('<policy insert="before" name="p"><name>r</name></policy>'),
      `insert ${pair} policy r before policy p`,
    ],
    [
      "insert after",
      inPair('<policy insert="after" name="r"><name>p</name></policy>'),
      `insert ${pair} policy p after policy r`,
    ],
    [
      "insert as NETCONF says it",
      inPair(`<policy nc:insert="after" nc:key="[name='r']"><name>p</name></policy>`),
      `insert ${pair} policy p after policy r`,
    ],
    [
      "insert first",
      inPair('<policy insert="first"><name>r</name></policy>'),
      `insert ${pair} policy r before policy p`,
    ],
    ["insert last", inPair('<policy insert="last"><name>p</name></policy>'), `insert ${pair} policy p after policy r`],
    [
      "insert a new one",
      inPair('<policy insert="before" name="q"><name>n</name><then><permit/></then></policy>'),
      `set ${pair} policy n then permit\ninsert ${pair} policy n before policy q`,
    ],
    [
      "insert beside what is not there",
      inPair('<policy insert="before" name="u"><name>r</name></policy>'),
      "",
      ["edit.not-found"],
    ],
    ["insert without a neighbour", inPair('<policy insert="before"><name>r</name></policy>'), "", ["edit.not-found"]],
    [
      "insert where there is no order",
      '<interfaces><interface insert="first"><name>eth0</name></interface></interfaces>',
      "",
      ["edit.not-ordered"],
    ],
    ["an operation that is none", '<system operation="destroy"/>', "", ["load.unknown-attribute"]],
    ["a name without a use", '<system name="x"/>', "", ["load.unknown-attribute"]],
  ])("%s", (_, inside, lines, said = []) => {
    const loaded = load(inside);
    expect(loaded.said).toEqual(said);
    expect(printSetLines(loaded.made)).toEqual(printSetLines(tree(lines, base)));
    expect(sameTree(loaded.made, tree(lines, base))).toBe(true);
  });

  test("replace= in a load that replaces", () => {
    const { made, said } = load('<system replace="replace"><host-name>x</host-name></system>', { action: "replace" });
    expect(said).toEqual([]);
    expect(sameTree(made, tree("delete system\nset system host-name x", base))).toBe(true);
  });

  test.each<[name: string, inside: string]>([
    ["delete", inPair('<policy delete="delete"><name>q</name></policy>')],
    ["replace", inPair('<policy operation="replace"><name>q</name></policy>')],
    ["rename", inPair('<policy rename="rename" name="n"><name>q</name></policy>')],
    ["insert", inPair('<policy insert="first"><name>q</name></policy>')],
    ["delete what holds it", "<security><policies delete='delete'/></security>"],
  ])("%s does not touch what is protected", (_, inside) => {
    const guarded = tree(`protect ${pair} policy q`, base);
    const { made, said } = load(inside, { base: guarded });
    expect(said).toEqual(["edit.protected"]);
    expect(sameTree(made, guarded)).toBe(true);
  });

  test("unprotect comes before the change", () => {
    const guarded = tree(`protect ${pair} policy q`, base);
    const { made, said } = load(inPair('<policy unprotect="unprotect"><name>q</name><then><permit/></then></policy>'), {
      base: guarded,
    });
    expect(said).toEqual([]);
    expect(sameTree(made, tree(`set ${pair} policy q then permit`, base))).toBe(true);
  });

  test("a whole configuration asks for nothing", () => {
    const { diagnostics } = readXml('<configuration><system delete="delete"/></configuration>', { source: "xml" });
    expect(diagnostics).toMatchObject([{ code: "load.unknown-attribute", span: { line: 1, column: 24 } }]);
  });

  test.each<[name: string, inside: string, lines: string]>([
    [
      "an entry",
      '"interfaces": { "interface": [ { "@": { "operation": "delete" }, "name": "eth0" } ] }',
      "delete interfaces eth0",
    ],
    ["a leaf", '"system": { "host-name": [null], "@host-name": { "operation": "delete" } }', "delete system host-name"],
    ["a hierarchy", '"system": { "services": { "@": { "operation": "delete" } } }', "delete system services"],
    [
      "a hierarchy that is replaced",
      '"system": { "@": { "operation": "replace" }, "host-name": "x" }',
      "delete system\nset system host-name x",
    ],
  ])("JSON says the same of %s", (_, inside, lines) => {
    const { tree: made, diagnostics } = readJson(`{ "configuration": { ${inside} } }`, { source: "json", base });
    expect(diagnostics).toEqual([]);
    expect(sameTree(made, tree(lines, base))).toBe(true);
  });
});

describe("whole documents over a base", () => {
  const document = "<configuration><system><host-name>x</host-name></system></configuration>";
  const wanted = tree("set system host-name x");

  test.each(["override", "update"] as const)("%s", (action) => {
    const { tree: made, diagnostics } = readXml(document, { source: "xml", base, action });
    expect(diagnostics).toEqual([]);
    expect(sameTree(made, wanted)).toBe(true);
  });

  test.each<[operation: string, lines: string]>([
    ["replace", "set system host-name x"],
    ["delete", ""],
    ["merge", "set system host-name x"],
  ])("operation %s of the whole", (operation, lines) => {
    const asked = document.replace("<configuration>", `<configuration operation="${operation}">`);
    const { tree: made, diagnostics } = readXml(asked, { source: "xml", base });
    expect(diagnostics).toEqual([]);
    expect(sameTree(made, tree(lines, operation === "merge" ? base : emptyTree))).toBe(true);
    const guarded = tree("protect system services", base);
    const kept = readXml(asked, { source: "xml", base: guarded });
    expect(kept.diagnostics.map(({ code }) => code)).toEqual(operation === "merge" ? [] : ["edit.protected"]);
  });

  test.each<[name: string, options: Partial<ReadOptions>]>([
    ["override that is guarded", { action: "override", guarded: true }],
    ["update", { action: "update" }],
  ])("%s does not change what is protected", (_, options) => {
    const guarded = tree("protect system services", base);
    const { tree: made, diagnostics } = readXml(document, { source: "xml", base: guarded, ...options });
    expect(diagnostics).toMatchObject([{ code: "edit.protected" }]);
    expect(made).toBe(guarded);
  });
});

/** A statement of a tree: the elements around it, its own, and its words. */
interface Place {
  readonly open: string;
  readonly close: string;
  readonly name: string;
  readonly keys: string;
  readonly words: string;
  readonly node: ConfigNode;
}

function placesIn(node: ConfigNode, schema: Holder, open = "", close = "", words = ""): Place[] {
  return [...node.children.values()].flatMap((child): Place[] => {
    const childSchema = indexOf(schema).byWord.get(child.word)!;
    const name = elementName(child.word, childSchema);
    const keys = child.keys.map((key, at) => {
      const word = childSchema.kind === "list" ? childSchema.keys[at]!.name : "";
      return key === "" ? "" : `<${word}>${escape(key)}</${word}>`;
    });
    const own = `${words} ${wordsOf(childSchema, child.word, child.keys).map(quoteWord).join(" ")}`;
    const place = { open, close, name, keys: keys.join(""), words: own, node: child };
    const inside = `${open}<${name}>${keys.join("")}`;
    // Words that no schema knows stand in one element, level by level.
    const below = isHolder(childSchema) ? placesIn(child, childSchema, inside, `</${name}>${close}`, own) : [];
    return [place, ...below];
  });
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function withoutProtection(node: ConfigNode): ConfigNode {
  const children = new Map([...node.children].map(([id, child]) => [id, withoutProtection(child)]));
  return { ...node, protected: false, children };
}

describe("laws", () => {
  const free = arbitraryTree.map((made) => cloneNode(withoutProtection(made), rootSchema));
  const verbs = {
    delete: 'delete="delete"',
    deactivate: 'inactive="inactive"',
    activate: 'active="active"',
    protect: 'protect="protect"',
  };

  test("a mark or a deletion anywhere says the same in XML and as a command line", () => {
    fc.assert(
      fc.property(
        free,
        fc.nat(),
        fc.constantFrom(...(Object.keys(verbs) as (keyof typeof verbs)[])),
        (start, at, verb) => {
          const places = placesIn(start, rootSchema);
          const place = places[at % places.length];
          // Marks of a list of values stand on its values.
          if (place === undefined || (verb !== "delete" && place.node.kind.startsWith("leaf"))) return;
          // Words of an unknown statement are parted by spaces in XML, so one with a space in it cannot be named there.
          if (/\s/.test(place.node.word)) return;
          const element = `<${place.name} ${verbs[verb]}>${place.keys}</${place.name}>`;
          const xml = readXml(`<configuration>${place.open}${element}${place.close}</configuration>`, {
            source: "xml",
            base: start,
          });
          const line = loadConfiguration(start, `${verb}${place.words}`, { action: "set", source: "line" });
          expect(xml.diagnostics, element).toEqual([]);
          expect(line.diagnostics, place.words).toEqual([]);
          expect(printSetLines(xml.tree)).toEqual(printSetLines(line.tree));
          expect(sameTree(xml.tree, line.tree)).toBe(true);
        },
      ),
      { numRuns: 30, endOnFailure: true },
    );
  });

  test("any order of entries can be made with insert", () => {
    const names = "abcdef".split("");
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            name: fc.constantFrom(...names),
            other: fc.constantFrom(...names),
            where: fc.constantFrom("before", "after"),
          }),
          { maxLength: 8 },
        ),
        (moves) => {
          const start = tree(names.map((name) => `set ${pair} policy ${name} then permit`).join("\n"));
          const elements = moves.map(
            ({ name, other, where }) => `<policy insert="${where}" name="${other}"><name>${name}</name></policy>`,
          );
          const xml = readXml(`<configuration>${inPair(elements.join(""))}</configuration>`, {
            source: "xml",
            base: start,
          });
          const lines = moves.map(({ name, other, where }) => `insert ${pair} policy ${name} ${where} policy ${other}`);
          expect(xml.diagnostics).toEqual([]);
          expect(sameTree(xml.tree, tree(lines.join("\n"), start))).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });
});
