// Subtree filters on trees against the words of RFC 6241, 6.4.1 on the XML of the same trees: a second, plain reading of the
// RFC that knows no schema. Random trees, and filters that are made of what stands in them.

import fc from "fast-check";
import { expect, test } from "vitest";
import { arbitraryTree } from "@merlon/junos/arbitrary-tree.ts";
import { sameTree } from "@merlon/junos/same-tree.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { printXml } from "@merlon/junos/xml-form.ts";
import { parseXml } from "./parse-xml.ts";
import type { ParsedElement } from "./parse-xml.ts";
import { filterTree } from "./subtree-filter.ts";

const isContent = ({ text, children }: ParsedElement): boolean => children.length === 0 && text.trim() !== "";

/** What the RFC says of one level: the siblings in the filter that match decide, and the others select. */
function select(data: readonly ParsedElement[], filters: readonly ParsedElement[]): readonly ParsedElement[] {
  return data.flatMap((element) => {
    const named = filters.filter(({ name }) => name === element.name);
    const matching = named.filter((filter) =>
      isContent(filter)
        ? element.text.trim() === filter.text.trim()
        : filter.children
            .filter(isContent)
            .every((one) =>
              element.children.some(({ name, text }) => name === one.name && text.trim() === one.text.trim()),
            ),
    );
    if (matching.length === 0) return [];
    if (matching.some(({ children }) => children.every(isContent))) return [element];
    const inside = select(
      element.children,
      matching.flatMap(({ children }) => children),
    );
    return inside.length === 0 ? [] : [{ ...element, children: inside }];
  });
}

/** Every path to a value, for comparing what two ways select. */
function paths(elements: readonly ParsedElement[], above = ""): readonly string[] {
  return elements.flatMap(({ name, text, children }) =>
    children.length === 0 ? [`${above}/${name}=${text.trim()}`] : paths(children, `${above}/${name}`),
  );
}

/** A filter that asks for some of what stands in the data: names, values, or the whole below a name. */
function filterFor(data: readonly ParsedElement[], gen: fc.GeneratorValue, depth: number): readonly ParsedElement[] {
  const count = gen(fc.nat, Math.min(2, data.length - 1)) + 1;
  return Array.from({ length: data.length === 0 ? 0 : count }, () => {
    const element = data[gen(fc.nat, data.length - 1)] ?? { name: "x", attributes: {}, text: "", children: [] };
    const { name, attributes, text, children } = element;
    const stops = depth > 4 || gen(fc.nat, 3) === 0;
    if (children.length === 0) return { name, attributes, text: stops ? "" : text, children };
    return { name, attributes, text: "", children: stops ? [] : filterFor(children, gen, depth + 1) };
  });
}

/** Annotations stand before their statements in XML, and are no statements. */
const configurationIn = (tree: ConfigNode): readonly ParsedElement[] =>
  parseXml(printXml(tree).replaceAll(/<junos:comment>[^<]*<\/junos:comment>/g, "")).children;

/** The words of a statement that no schema knows are levels of the tree, and one text in XML. */
const isOfUnknown = (path: string): boolean => path.includes("/unknown-statement/");

test("every value that the RFC selects is selected, and no other but names of entries", () => {
  fc.assert(
    fc.property(arbitraryTree, fc.gen(), (tree, gen) => {
      const data = configurationIn(tree);
      const filters = filterFor(data, gen, 0);
      if (filters.length === 0) return;
      const found = new Set(paths(configurationIn(filterTree(tree, filters))));
      const wanted = paths(select(data, filters));
      for (const path of wanted.filter((one) => !isOfUnknown(one))) expect(found).toContain(path);
      // An entry is shown with its name, which the RFC leaves out when it was not asked for.
      const all = new Set(paths(data));
      for (const path of found) expect(all.has(path) || /\/[\w.-]+=$/.test(path)).toBe(true);
    }),
    { numRuns: 25, endOnFailure: true },
  );
});

test("a filter of everything selects everything, and what was selected is selected again", () => {
  fc.assert(
    fc.property(arbitraryTree, fc.gen(), (tree, gen) => {
      const data = configurationIn(tree);
      const tops = data.map(({ name }) => ({ name, attributes: {}, text: "", children: [] }));
      expect(sameTree(filterTree(tree, tops), tops.length === 0 ? tree : { ...tree, children: tree.children })).toBe(
        true,
      );
      const filters = filterFor(data, gen, 0);
      const once = filterTree(tree, filters);
      expect(sameTree(filterTree(once, filters), once)).toBe(true);
    }),
    { numRuns: 20, endOnFailure: true },
  );
});

test("a filter for what is not there selects nothing", () => {
  fc.assert(
    fc.property(arbitraryTree, (tree) => {
      const nothing = filterTree(tree, [{ name: "no-such-hierarchy", attributes: {}, text: "", children: [] }]);
      expect(sameTree(nothing, emptyTree)).toBe(true);
    }),
    { numRuns: 20, endOnFailure: true },
  );
});
