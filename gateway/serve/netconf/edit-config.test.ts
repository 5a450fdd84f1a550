// The candidate as RFC 6241 changes it: what comes into it, what does not, and which error says why.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { printSetLines } from "@merlon/junos/set-lines.ts";
import type { NetconfClient } from "@merlon/netconf/client.ts";
import { restartedGateway } from "../../testing/test-gateway.ts";
import { editConfig, errorsOf, linesOf, NetconfCase } from "./testing/netconf-peer.ts";

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

const zone = (name: string, attribute = "", inside = ""): string =>
  `<security><zones><security-zone${attribute}><name>${name}</name>${inside}</security-zone></zones></security>`;

/** What a change adds to the candidate and takes from it. */
async function changes(): Promise<readonly string[]> {
  const after = await linesOf(client);
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
  ];
}

const none = "<default-operation>none</default-operation>";

test.each<readonly [string, string, string, readonly string[]]>([
  ["a statement is merged", "<system><host-name>a</host-name></system>", "", ["+ set system host-name a"]],
  ["an entry is made", zone("dmz"), "", ["+ set security zones security-zone dmz"]],
  ["an entry is created", zone("dmz", ' nc:operation="create"'), "", ["+ set security zones security-zone dmz"]],
  [
    "an entry is deleted",
    zone("data", ' nc:operation="delete"'),
    "",
    ["- set security zones security-zone data interfaces eth2"],
  ],
  ["what is not there is removed", zone("dmz", ' nc:operation="remove"'), "", []],
  [
    "an entry is replaced",
    zone("data", ' nc:operation="replace"', "<description>d</description>"),
    "",
    [
      "- set security zones security-zone data interfaces eth2",
      "+ set security zones security-zone data description d",
    ],
  ],
  ["nothing happens that is not asked for", zone("data", "", "<description>d</description>"), none, []],
  [
    "what is asked for happens",
    zone("data", "", '<description nc:operation="merge">d</description>'),
    none,
    ["+ set security zones security-zone data description d"],
  ],
  [
    "options that say the same",
    "<system><host-name>a</host-name></system>",
    "<test-option>set</test-option><error-option>rollback-on-error</error-option>",
    ["+ set system host-name a"],
  ],
  [
    "a test alone changes nothing",
    "<system><host-name>a</host-name></system>",
    "<test-option>test-only</test-option>",
    [],
  ],
  [
    "a test, then the change",
    "<system><host-name>a</host-name></system>",
    "<test-option>test-then-set</test-option>",
    ["+ set system host-name a"],
  ],
])("%s", async (_, content, options, expected) => {
  await client.rpc(editConfig(content, options));
  expect(await changes()).toEqual(expected);
});

test("default-operation replace makes it the whole configuration", async () => {
  await client.rpc(
    editConfig("<system><host-name>a</host-name></system>", "<default-operation>replace</default-operation>"),
  );
  expect(await linesOf(client)).toEqual(["set system host-name a"]);
});

const policy = (attribute: string): string =>
  `<security><policies><policy><from-zone-name>nowhere</from-zone-name><to-zone-name>web</to-zone-name><policy${attribute}><name>p</name><match><source-address>any</source-address><destination-address>any</destination-address><application>any</application></match><then><permit/></then></policy></policy></policies></security>`;

test.each<readonly [string, string, RegExp]>([
  [
    "what exists is created",
    editConfig(zone("web", ' nc:operation="create"')),
    /^data-exists \| "security-zone web" exists already/,
  ],
  [
    "what does not exist is deleted",
    editConfig(zone("dmz", ' nc:operation="delete"')),
    /^data-missing \| .* \| \[edit security zones security-zone dmz\]/,
  ],
  [
    "the way is not there",
    editConfig(zone("dmz", "", '<description nc:operation="merge">d</description>'), none),
    /^data-missing/,
  ],
  [
    "an unknown statement",
    editConfig("<system><hostname>a</hostname></system>"),
    /^unknown-element \| unknown statement "hostname"; did you mean "host-name"\? \| \[edit system\] \| hostname$/,
  ],
  [
    "a wrong value",
    editConfig("<system><services><ssh><connection-limit>many</connection-limit></ssh></services></system>"),
    /^invalid-value/,
  ],
  ["an unknown attribute", editConfig('<system colour="red"/>'), /^unknown-attribute/],
  [
    "a reference that a test finds",
    editConfig(policy(""), "<test-option>test-only</test-option>"),
    /from-zone nowhere/,
  ],
  [
    "the running configuration",
    "<edit-config><target><running/></target><config><configuration/></config></edit-config>",
    /^operation-not-supported .* \| running$/,
  ],
  [
    "the start-up configuration",
    "<edit-config><target><startup/></target><config><configuration/></config></edit-config>",
    /^operation-not-supported .* \| startup$/,
  ],
  [
    "another place",
    "<edit-config><target><other/></target><config><configuration/></config></edit-config>",
    /^bad-element .* \| other$/,
  ],
  ["no target", "<edit-config><config><configuration/></config></edit-config>", /^missing-element .* \| target$/],
  ["no configuration", "<edit-config><target><candidate/></target></edit-config>", /^missing-element .* \| config$/],
  ["an empty one", "<edit-config><target><candidate/></target><config/></edit-config>", /^unknown-element/],
  [
    "another model",
    "<edit-config><target><candidate/></target><config><interfaces/></config></edit-config>",
    /^unknown-element .* \| interfaces$/,
  ],
  [
    "a URL",
    "<edit-config><target><candidate/></target><url>ftp://x</url></edit-config>",
    /^operation-not-supported .* \| url$/,
  ],
  [
    "half of a change",
    editConfig("<system/>", "<error-option>continue-on-error</error-option>"),
    /^invalid-value .*half of a change/,
  ],
  [
    "an unknown default",
    editConfig("<system/>", "<default-operation>destroy</default-operation>"),
    /^invalid-value .* \| default-operation$/,
  ],
])("%s is refused, and nothing changes", async (_, request, error) => {
  const errors = await errorsOf(client.rpc(request));
  expect(errors[0]).toMatch(error);
  expect(await changes()).toEqual([]);
});

test("several mistakes are several errors", async () => {
  const errors = await errorsOf(
    client.rpc(editConfig("<system><hostname>a</hostname><domainname>b</domainname></system>")),
  );
  expect(errors.map((one) => one.split(" | ").at(-1))).toEqual(["hostname", "domainname"]);
});

test("a change that only says what to do survives a restart as that", async () => {
  await client.rpc(editConfig(zone("data", "", '<description nc:operation="merge">d</description>'), none));
  await client.rpc(editConfig("<system><host-name>ignored</host-name></system>", none.replace("none", "merge")));
  await client.rpc(editConfig('<system nc:operation="delete"/>', none));
  const lines = await linesOf(client);
  await at.gateway.candidates[Symbol.asyncDispose]();
  const { kernel, folder, clocks } = at.case;
  const again = await restartedGateway(kernel, folder, clocks);
  expect(printSetLines(again.candidate)).toEqual(lines);
  expect(lines).toContain("set security zones security-zone data description d");
});

describe("copy-config", () => {
  const copy = (target: string, source: string): string =>
    `<copy-config><target><${target}/></target><source>${source}</source></copy-config>`;

  test("from what is in force discards, from a text replaces", async () => {
    await client.loadSet("set system host-name a\n");
    await client.rpc(copy("candidate", "<running/>"));
    expect(await changes()).toEqual([]);
    await client.rpc(
      copy("candidate", "<config><configuration><system><host-name>b</host-name></system></configuration></config>"),
    );
    expect(await linesOf(client)).toEqual(["set system host-name b"]);
  });

  test.each([
    [copy("running", "<candidate/>"), /^operation-not-supported/],
    [copy("candidate", "<candidate/>"), /^invalid-value .*same/],
    [copy("candidate", "<url>x</url>"), /^operation-not-supported .* \| url$/],
    [copy("candidate", ""), /^missing-element .* \| source$/],
    ["<delete-config><target><running/></target></delete-config>", /^operation-not-supported .*in force/],
    ["<delete-config><target><candidate/></target></delete-config>", /^operation-not-supported .*discard-changes/],
  ])("%s is refused", async (request, error) => {
    expect((await errorsOf(client.rpc(request)))[0]).toMatch(error);
  });
});

describe("validate", () => {
  const validate = (source: string): string => `<validate><source>${source}</source></validate>`;
  const wrong = `<config><configuration>${policy("")}</configuration></config>`;

  test("says what a commit would say, of the candidate, of what is in force, and of a text", async () => {
    expect(await errorsOf(client.rpc(validate("<candidate/>")))).toEqual([]);
    expect(await errorsOf(client.rpc(validate("<running/>")))).toEqual([]);
    expect((await errorsOf(client.rpc(validate(wrong))))[0]).toContain("nowhere");
    await client.loadSet(
      "set security policies from-zone web to-zone data policy q match source-address missing destination-address any application any\n",
    );
    expect((await errorsOf(client.rpc(validate("<candidate/>")))).join("\n")).toContain("missing");
  });

  test("confirms nothing", async () => {
    await client.loadSet("set system host-name a\n");
    await client.commit({ confirmMinutes: 5 });
    await client.rpc(validate("<candidate/>"));
    expect(at.gateway.running?.unconfirmed).toBeDefined();
    await client.rpc("<cancel-commit/>");
    expect(at.gateway.running?.unconfirmed).toBeUndefined();
    expect(await changes()).toEqual([]);
  });
});
