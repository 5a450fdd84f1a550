// Reply trees as XML and JSON: what was put in can be read out again, and no text breaks the form.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { XmlElement } from "@merlon/netconf/element.ts";
import { parseXml } from "@merlon/netconf/parse-xml.ts";
import { parseOperation } from "../ops/parse-operation.ts";
import { displayAnswer, displayRequest, readDisplay } from "./display.ts";

function shown(form: "xml" | "json", reply: XmlElement): string {
  return displayAnswer(form, { data: undefined, text: "", reply: () => reply });
}

describe("what may stand behind display", () => {
  test.each([
    [[], undefined],
    [["match", "x"], undefined],
    [["display", "xml"], "xml"],
    [["display", "xml", "rpc"], "xml rpc"],
    [["display", "json"], "json"],
    [["display", "set"], { wrong: '"| display set" is not understood here: xml, xml rpc or json' }],
    [["display"], { wrong: '"| display " is not understood here: xml, xml rpc or json' }],
    [["display", "json", "rpc"], { wrong: '"| display json rpc" is not understood here: xml, xml rpc or json' }],
  ])("%j", (pipe, expected) => {
    expect(readDisplay(pipe)).toEqual(expected);
  });
});

test("JSON is that of the original: lists of everything, text as data, null for an empty element", () => {
  const reply: XmlElement = {
    name: "a",
    attributes: { xmlns: "urn:x" },
    content: [
      { name: "b", content: "1" },
      { name: "c", content: [] },
      { name: "b", attributes: { "junos:seconds": "2" }, content: "2" },
    ],
  };
  expect(JSON.parse(shown("json", reply))).toEqual({
    a: [
      {
        attributes: { xmlns: "urn:x" },
        b: [{ data: "1" }, { attributes: { "junos:seconds": "2" }, data: "2" }],
        c: [{ data: [null] }],
      },
    ],
  });
});

test("a command without a reply tree answers its text", () => {
  expect(displayAnswer("xml", { data: undefined, text: "1 < 2\n" })).toContain("<output>\n1 &lt; 2\n</output>");
  expect(JSON.parse(displayAnswer("json", { data: undefined, text: "yes\n" }))).toEqual({
    output: [{ data: "\nyes\n" }],
  });
});

describe("the request", () => {
  const requestOf = (line: string): string => {
    const parsed = parseOperation(line.split(" "));
    return parsed.kind === "operation" ? displayRequest(parsed) : expect.fail(parsed.message);
  };

  test("parameters are elements", () => {
    expect(requestOf("show security zones web detail")).toContain(
      [
        "        <get-zones-information>",
        "            <get-zones-named-information>web</get-zones-named-information>",
        "            <detail/>",
        "        </get-zones-information>",
      ].join("\n"),
    );
  });

  test("a command that is no RPC goes as text", () => {
    expect(requestOf("monitor security flow from-zone web")).toContain(
      "<command>monitor security flow from-zone web</command>",
    );
  });
});

const name = fc.stringMatching(/^[a-z][a-z-]{0,8}$/);
const text = fc.oneof(fc.string(), fc.constantFrom("]]>", "&amp;", "<!--", "\u0000", "\ud800", "\r\n", '"', "日本"));
const { tree } = fc.letrec<{ tree: XmlElement }>((tie) => ({
  tree: fc.record({
    name,
    content: fc.oneof({ depthSize: "small" }, text, fc.array(tie("tree"), { maxLength: 4 })),
  }),
}));

describe("laws", () => {
  test("any reply is XML that can be read, with the elements that were put in", () => {
    fc.assert(
      fc.property(tree, (reply) => {
        const parsed = parseXml(shown("xml", reply));
        const [inner] = parsed.children;
        expect(namesOf(inner)).toEqual(namesOf(reply));
      }),
    );
  });

  test("any reply is JSON whose leaves are the texts that were put in, in their order by name", () => {
    fc.assert(
      fc.property(tree, (reply) => {
        const json = JSON.parse(shown("json", reply)) as Record<string, unknown[]>;
        expect(leavesOf(json[reply.name]?.[0]).toSorted()).toEqual(textsOf(reply).toSorted());
      }),
    );
  });
});

type Named = { readonly name: string; readonly children?: readonly Named[]; readonly content?: XmlElement["content"] };

function namesOf(element: Named | undefined): readonly unknown[] {
  const children = element?.children ?? (typeof element?.content === "string" ? [] : element?.content) ?? [];
  return [element?.name, children.map(namesOf)];
}

function textsOf({ content }: XmlElement): string[] {
  return typeof content === "string" ? [content] : content.flatMap(textsOf);
}

function leavesOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === "data" && typeof inner === "string") return [inner];
    return Array.isArray(inner) ? inner.flatMap(leavesOf) : [];
  });
}
