// Damaged XML and JSON: characters changed, cut, doubled. Reading never throws and never hangs, every error says where,
// and what was read all the same is a sound tree that every form carries.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { forms, loadForm, printForm } from "./form.ts";
import { loadConfiguration } from "./load.ts";
import { printJson } from "./json-form.ts";
import { readJson } from "./read-json.ts";
import { readXml } from "./read-xml.ts";
import { sameTree } from "./same-tree.ts";
import { emptyTree } from "./tree.ts";
import { printXml } from "./xml-form.ts";

const text = `/* top */ system { host-name fw1; }
security {
    address-book { global { address a 10.0.0.0/8; address r { range-address 10.0.0.1 { to { 10.0.0.9; } } } } }
    policies {
        from-zone a to-zone b {
            inactive: policy p { match { source-address [ a r ]; destination-address any; application any; } then { permit; log { session-init; } } }
            protect: policy q { then { deny; } }
        }
        default-policy { deny-all; }
    }
    zones { security-zone a { interfaces { eth1 { host-inbound-traffic { system-services { ssh; } } } } } }
}
interfaces { eth1 { description "to \\"the\\" <rack> & back"; mtu 1500; unit 0 { family inet { address 10.0.0.1/24; } } } }
`;
const { tree: sample } = loadConfiguration(emptyTree, text, { action: "override", source: "sample" });

const readers = { xml: readXml, json: readJson } as const;
const samples = { xml: printXml(sample), json: printJson(sample) } as const;

const marks = ["<", ">", "/", "&", '"', "'", "=", "<!--", "<![CDATA[", "]]>", "&#0;", "{", "}", "[", "]", ",", ":", "\\", "\\u", "null", "1e9", "\u0000", "\ufeff", "\r", "<a>", "</name>", "inactive"]; // prettier-ignore
const damage = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.integer({ min: 0, max: 40 }),
  text: fc.oneof(fc.constant(""), fc.constantFrom(...marks), fc.string({ unit: "binary", maxLength: 3 })),
  doubled: fc.integer({ min: 0, max: 60 }),
});

type Damage = typeof damage extends fc.Arbitrary<infer D> ? D : never;

function apply(whole: string, { at, cut, text: put, doubled }: Damage): string {
  const place = Math.floor(at * whole.length);
  return whole.slice(0, place) + put + whole.slice(place, place + doubled) + whole.slice(place + cut);
}

function check(form: "xml" | "json", damaged: string, keepUnknown: boolean): void {
  const { tree, diagnostics } = readers[form](damaged, { source: "fuzz", keepUnknown });
  for (const { severity, span, message, code } of diagnostics) {
    if (severity === "error" && code !== "load.too-many") expect(span, message).toMatchObject({ source: "fuzz" });
    if (span === undefined) continue;
    expect(span.line).toBeGreaterThan(0);
    expect(span.column).toBeGreaterThan(0);
    const ordered = span.endLine > span.line || (span.endLine === span.line && span.endColumn >= span.column);
    expect(ordered, JSON.stringify({ span, message })).toBe(true);
  }
  if (keepUnknown) return;
  for (const other of forms) {
    const again = loadForm(printForm(tree, other), { source: other });
    expect(again.diagnostics, other).toEqual([]);
    expect(sameTree(again.tree, tree), other).toBe(true);
  }
}

describe("damaged documents", () => {
  test.each(["xml", "json"] as const)("%s", (form) => {
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), fc.boolean(), (damages, keepUnknown) => {
        check(form, damages.reduce(apply, samples[form]), keepUnknown);
      }),
      { numRuns: 200, endOnFailure: true },
    );
  });

  test("documents in which a single word was changed", () => {
    const words = [
      "name",
      "policy",
      "any",
      "permit",
      "eth1",
      "10.0.0.0/8",
      "1500",
      "null",
      "unknown-statement",
      "groups",
    ];
    const word = fc.constantFrom(...words);
    fc.assert(
      fc.property(
        fc.constantFrom("xml" as const, "json" as const),
        word,
        word,
        fc.boolean(),
        (form, from, to, keep) => {
          check(form, samples[form].replaceAll(from, to), keep);
        },
      ),
      { numRuns: 60, endOnFailure: true },
    );
  });
});

describe("cost", () => {
  const many = 200_000;
  test.each<[what: string, form: "xml" | "json", document: string]>([
    ["many open tags", "xml", "<a>".repeat(many)],
    ["many empty tags", "xml", `<configuration>${"<a/>".repeat(many)}</configuration>`],
    ["a long tag", "xml", `<${"a".repeat(many)}`],
    ["many blanks in a tag", "xml", `<a${" ".repeat(many)}`],
    ["many open comments", "xml", "<!-- ".repeat(many)],
    ["many comments", "xml", "<!-- -->".repeat(many)],
    ["many references", "xml", `<configuration>${"&lt;".repeat(many)}</configuration>`],
    ["many half references", "xml", `<configuration>${"&".repeat(many)}</configuration>`],
    ["many CDATA sections", "xml", `<configuration>${"<![CDATA[ ]]>".repeat(many)}</configuration>`],
    [
      "many values of one statement",
      "xml",
      `<configuration><security><policies><global><policy><name>p</name><match>${Array.from({ length: many / 10 }, (_, at) => `<application>a${at}</application>`).join("")}</match></policy></global></policies></security></configuration>`,
    ],
    ["many open brackets", "json", "[".repeat(many)],
    ["many quotes", "json", '"'.repeat(many)],
    ["many escapes", "json", `"${String.raw`\n`.repeat(many)}"`],
    ["many members", "json", `{${Array.from({ length: many }, (_, at) => `"a${at}":1`).join(",")}}`],
    ["many line ends", "json", "\n".repeat(many)],
  ])("%s", (_, form, document) => {
    const start = performance.now();
    readers[form](document, { source: "cost" });
    // Far above the usual time, far below that of anything quadratic.
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
