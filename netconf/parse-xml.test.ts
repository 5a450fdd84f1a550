// XML of strangers: what is understood, what is kept as text, and everything that is refused.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { XmlElement } from "./element.ts";
import {
  attributeCountMax,
  childOf,
  elementCountMax,
  elementDepthMax,
  MalformedXml,
  parseXml,
  textOf,
} from "./parse-xml.ts";
import type { ParsedElement } from "./parse-xml.ts";
import { printElement, toAscii } from "./print-element.ts";

test("elements, attributes, text and references", () => {
  const found = parseXml(
    '<?xml version="1.0" encoding="UTF-8"?><nc:rpc xmlns:nc="u" message-id="1&lt;"><a>x &amp; y</a><!-- no --><b><![CDATA[<c/>]]></b></nc:rpc>',
  );
  expect(found.name).toBe("rpc");
  expect({ ...found.attributes }).toEqual({ "xmlns:nc": "u", "message-id": "1<" });
  expect(found.children.map(({ name, text }) => [name, text])).toEqual([
    ["a", "x & y"],
    ["b", "<c/>"],
  ]);
  expect(textOf(found, "a")).toBe("x & y");
  expect(childOf(found, "c")).toBeUndefined();
});

describe("text that is kept", () => {
  const keepTextWithin = new Set(["config", "load-configuration"]);
  const kept = (text: string): ParsedElement | undefined => parseXml(text, { keepTextWithin }).children[0]?.children[0];

  test.each([
    "<configuration><system>\n  <host-name>ä€𝄞</host-name></system></configuration>",
    '<configuration xmlns:nc="x" nc:operation="a &gt; b"><a/></configuration>',
    "<configuration/>",
    "<configuration\n  >\r\n</configuration >",
    "<configuration><configuration/></configuration>",
  ])("%j stands as it was written", (source) => {
    const found = kept(`<rpc>\r\nö<config>${source}</config></rpc>`);
    expect(found).toMatchObject({ name: "configuration", source, children: [] });
  });

  test("the characters of a text beside it, and whether it holds elements", () => {
    const text =
      "<rpc><load-configuration><configuration-set>set a &lt;b&gt;\n</configuration-set></load-configuration></rpc>";
    expect(kept(text)).toMatchObject({ text: "set a <b>\n" });
    expect(kept(text)?.holdsElements).toBeUndefined();
    expect(kept(text.replaceAll("&lt;b&gt;", "<b/>"))).toMatchObject({ text: "set a \n", holdsElements: true });
  });

  test("elements with the same name elsewhere are taken apart", () => {
    expect(kept("<rpc><filter><configuration><system/></configuration></filter></rpc>")?.children[0]?.name).toBe(
      "system",
    );
  });
});

const bomb = `<!DOCTYPE x [<!ENTITY a "${"x".repeat(100)}"><!ENTITY b "&a;&a;&a;&a;&a;">]><x>&b;&b;</x>`;

test.each<readonly [string, string, RegExp]>([
  ["nothing", "", /not well-formed/],
  ["text alone", "hello", /not well-formed/],
  ["an open element", "<a>", /not well-formed/],
  ["a wrong end", "<a></b>", /not well-formed/],
  ["two elements", "<a/><b/>", /not well-formed/],
  ["an attribute twice", '<a b="1" b="2"/>', /not well-formed/],
  ["an unknown entity", "<a>&nbsp;</a>", /not well-formed/],
  ["a control character", "<a>\u0001</a>", /not well-formed/],
  ["a reference to no character", "<a>&#0;</a>", /not well-formed/],
  ["an entity bomb", bomb, /document type/],
  ["an outer entity", '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', /document type/],
  ["an instruction", "<a><?php x ?></a>", /processing instruction/],
  ["too many levels", "<a>".repeat(elementDepthMax + 1), /nested more than/],
  [
    "too many attributes",
    `<a ${Array.from({ length: attributeCountMax + 1 }, (_, at) => `b${at}="1"`).join(" ")}/>`,
    /more than 64 attributes/,
  ],
  ["too many elements", `<a>${"<b/>".repeat(elementCountMax)}</a>`, /more than 200000 elements/],
])("%s is refused", (_, text, message) => {
  expect(() => parseXml(text)).toThrow(MalformedXml);
  expect(() => parseXml(text)).toThrow(message);
});

test("levels inside a text that is kept count as well", () => {
  const text = `<config>${"<a>".repeat(elementDepthMax)}`;
  expect(() => parseXml(text, { keepTextWithin: new Set(["config"]) })).toThrow(/nested more than/);
});

test("any text is understood or refused", () => {
  const piece = fc.constantFrom(
    "<a>",
    "</a>",
    "<b/>",
    "&amp;",
    "&",
    "<",
    "]]>",
    "<![CDATA[",
    "<!--",
    "-->",
    "<?x?>",
    "é",
    '"',
    " b='1'",
    "<a c=",
    ">",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      try {
        parseXml(pieces.join(""), { keepTextWithin: new Set(["a"]) });
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedXml);
      }
    }),
    { numRuns: 1000 },
  );
});

describe("printing", () => {
  const name = fc.constantFrom("rpc", "rpc-error", "host-name");
  const text = fc.string({
    unit: fc.constantFrom("a", "é", "𝄞", "<", ">", "&", '"', "'", "\r", "\n", "\t", " ", "]]>"),
    minLength: 1,
  });
  const { element } = fc.letrec<{ element: XmlElement }>((tie) => ({
    element: fc.record({
      name,
      attributes: fc.dictionary(fc.constantFrom("a", "xmlns:b", "c"), text, { noNullPrototype: true }),
      content: fc.oneof({ maxDepth: 4 }, text, fc.array(tie("element"), { maxLength: 3 })),
    }),
  }));

  function plain({ name: word, attributes, text: characters, children }: ParsedElement): XmlElement {
    const content = children.length > 0 ? children.map(plain) : characters;
    return { name: word, attributes: { ...attributes }, content: content.length === 0 ? [] : content };
  }

  test("what is printed is read again, and is ASCII", () => {
    fc.assert(
      fc.property(element, (tree) => {
        const printed = toAscii(printElement(tree));
        // oxlint-disable-next-line no-control-regex
        expect(printed).toMatch(/^[\u0000-\u007f]*$/);
        expect(printed).not.toContain("]]>");
        expect(plain(parseXml(printed))).toEqual(tree);
      }),
      { numRuns: 300 },
    );
  });

  test("characters that no document may hold are replaced", () => {
    const printed = printElement({ name: "a", attributes: { b: "\u0000" }, content: "x\u0007\ud800y" });
    expect(printed).toBe('<a b="\ufffd">x\ufffd\ufffdy</a>');
  });

  test("an element without anything in it is empty", () => {
    expect(printElement({ name: "ok", content: [] })).toBe("<ok/>");
    expect(printElement({ name: "a", content: [{ name: "b", content: "" }] })).toBe("<a>\n<b/>\n</a>");
  });
});
