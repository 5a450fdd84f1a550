// Loading in every form and action of the original, and what the results say of mistakes.

import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { NetconfClient } from "@merlon/netconf/client.ts";
import { textOf } from "@merlon/netconf/parse-xml.ts";
import { errorsOf, linesOf, NetconfCase } from "./testing/netconf-peer.ts";

let at: NetconfCase;
let client: NetconfClient;
let before: readonly string[];

beforeAll(async () => {
  at = await NetconfCase.open();
  client = await at.client();
  before = await linesOf(client);
});
beforeEach(() => client.discard());
afterAll(async () => {
  await client.close();
  await at[Symbol.asyncDispose]();
});

const load = (attributes: string, inside = ""): string =>
  `<load-configuration ${attributes}>${inside}</load-configuration>`;
const text = (content: string): string => `<configuration-text>${content}</configuration-text>`;
const set = (content: string): string => `<configuration-set>${content}</configuration-set>`;
const json = (content: string): string => `<configuration-json>${content}</configuration-json>`;
const xml = (content: string): string => `<configuration>${content}</configuration>`;

const added = ["set system host-name a"];
const replaced = [
  "- set security zones security-zone data interfaces eth2",
  "+ set security zones security-zone data description d",
];

test.each<readonly [string, string, readonly string[]]>([
  ["text, merged by default", load('format="text"', text("system { host-name a; }")), added.map((line) => `+ ${line}`)],
  ["text without a format", load("", text("system { host-name a; }")), added.map((line) => `+ ${line}`)],
  [
    "set lines",
    load(
      'action="set" format="text"',
      set("set system host-name a\ndelete security zones security-zone data interfaces eth2\n"),
    ),
    [
      "- set security zones security-zone data interfaces eth2",
      "+ set system host-name a",
      "+ set security zones security-zone data",
    ],
  ],
  ["set lines alone", load("", set("set system host-name a")), ["+ set system host-name a"]],
  [
    "xml",
    load('format="xml" action="merge"', xml("<system><host-name>a</host-name></system>")),
    ["+ set system host-name a"],
  ],
  ["xml without a format", load("", xml("<system><host-name>a</host-name></system>")), ["+ set system host-name a"]],
  [
    "xml with a deletion",
    load(
      "",
      xml('<security><zones><security-zone delete="delete"><name>data</name></security-zone></zones></security>'),
    ),
    ["- set security zones security-zone data interfaces eth2"],
  ],
  [
    "json",
    load('format="json"', json('{"configuration": {"system": {"host-name": "a"}}}')),
    ["+ set system host-name a"],
  ],
  [
    "replace in text",
    load(
      'action="replace" format="text"',
      text("security { zones { replace: security-zone data { description d; } } }"),
    ),
    replaced,
  ],
  [
    "replace in xml",
    load(
      'action="replace"',
      xml(
        '<security><zones><security-zone replace="replace"><name>data</name><description>d</description></security-zone></zones></security>',
      ),
    ),
    replaced,
  ],
  [
    "a patch",
    load('action="patch" format="text"', text("[edit]\n+  system {\n+      host-name a;\n+  }\n")),
    ["+ set system host-name a"],
  ],
  [
    "a patch in its element",
    load("", `<configuration-patch>[edit]\n+  system {\n+      host-name a;\n+  }\n</configuration-patch>`),
    ["+ set system host-name a"],
  ],
])("%s", async (_, request, expected) => {
  const reply = await client.rpc(request);
  expect(reply.children[0]?.name).toBe("load-configuration-results");
  expect(reply.children[0]?.children.map(({ name }) => name)).toEqual(["ok"]);
  const after = await linesOf(client);
  expect([
    ...before.filter((line) => !after.includes(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
  ]).toEqual(expected);
});

test.each(["override", "update"])("%s makes it the whole, in every form", async (action) => {
  for (const inside of [
    text("system { host-name a; }"),
    xml("<system><host-name>a</host-name></system>"),
    json('{"configuration": {"system": {"host-name": "a"}}}'),
  ]) {
    await client.discard();
    await client.rpc(load(`action="${action}"`, inside));
    expect(await linesOf(client)).toEqual(added);
  }
});

test("an earlier configuration, and the rescue configuration", async () => {
  await client.loadSet("set system host-name b\n");
  await client.commit();
  await client.rpc(load('rollback="1"'));
  expect(await linesOf(client)).toEqual(before);
  await client.rpc(load('rollback="0"'));
  expect(await linesOf(client)).toContain("set system host-name b");
  expect((await errorsOf(client.rpc(load('rescue="rescue"'))))[0]).toMatch(
    /^operation-failed \| there is no rescue configuration/,
  );
  await client.rpc(load('compare="rollback" rollback="1"'));
  await client.commit();
  expect(await linesOf(client)).toEqual(before);
});

test("mistakes are all told, counted, and nothing is loaded", async () => {
  const request = load('action="set"', set("set system host-name a\nset system hostname b\nset system services shh\n"));
  const session = at.connect();
  session.peer.write(`<rpc message-id="1">${request}</rpc>]]>]]>`);
  session.peer.end();
  let answer = "";
  for await (const bytes of session.peer as AsyncIterable<Buffer>) answer += bytes.toString();
  expect(answer).toContain("<load-error-count>2</load-error-count>\n</load-configuration-results>");
  expect(await errorsOf(client.rpc(request))).toEqual([
    'unknown-element | unknown statement "hostname"; did you mean "host-name"? | [edit system] | hostname',
    expect.stringMatching(/^unknown-element \| unknown statement "shh"; .* \| \[edit system services\] \| shh$/),
  ]);
  expect(answer).toContain("<line-number>2</line-number>\n<column>12</column>");
  expect(await linesOf(client)).toEqual(before);
});

test("a warning stands beside the ok", async () => {
  const reply = await client.rpc(load("", set("delete system domain-name")));
  const results = reply.children[0]?.children ?? [];
  expect(results.map((child) => textOf(child, "error-severity") ?? child.name)).toEqual(["warning", "ok"]);
});

test.each<readonly [string, RegExp]>([
  [load('url="ftp://x/y"'), /^operation-not-supported/],
  [load(""), /^missing-element/],
  [load("", "<other/>"), /^unknown-element .* \| other$/],
  [load("", xml("") + xml("")), /^unknown-element .* \| configuration$/],
  [load('format="yaml"', text("")), /^bad-attribute/],
  [load('format="xml"', text("system;")), /^bad-attribute/],
  [load('action="explode"', text("system;")), /^bad-attribute/],
  [load('action="set"', xml("")), /^bad-attribute/],
  [load('action="merge"', set("set system host-name a")), /^bad-attribute/],
  [load("", set("set system host-name <b/>")), /^bad-element .*&lt;|^bad-element .* holds elements/],
  [load("", text("<configuration/>")), /^bad-element/],
  [load("", json("system { host-name a; }")), /^bad-element .* does not hold JSON/],
  [load("", json('{"configuration": ')), /^operation-failed/],
  [load('rollback="50"'), /^bad-attribute/],
  [load('rollback="1" rescue="rescue"'), /^bad-attribute/],
  [load('rollback="40"'), /^operation-failed \| there is no rollback 40/],
])("%s is refused", async (request, error) => {
  expect((await errorsOf(client.rpc(request)))[0]).toMatch(error);
  expect(await linesOf(client)).toEqual(before);
});
