// What clients of the original send, byte for byte, and every byte of the answers: the least that PyEZ, ncclient and the
// tools built on them need (docs: README.md of this folder).

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Duplex } from "node:stream";
import { NetconfCase } from "./testing/netconf-peer.ts";

const mark = "]]>]]>";
const open =
  '<rpc-reply xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" xmlns:junos="http://xml.juniper.net/junos/24.4R1/junos"';
const xnm = 'xmlns="http://xml.juniper.net/xnm/1.1/xnm"';
const patch = "[edit]\n+  system {\n+      host-name gw;\n+  }\n";
const results = (inside: string): string => `<load-configuration-results>\n${inside}</load-configuration-results>\n`;
const hello =
  '<?xml version="1.0" encoding="UTF-8"?><nc:hello xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0"><nc:capabilities><nc:capability>urn:ietf:params:netconf:base:1.0</nc:capability></nc:capabilities></nc:hello>]]>]]>';

let at: NetconfCase;
let peer: Duplex;
let answers: AsyncIterator<Buffer>;
let rest = "";

/** What the server says up to its next mark. */
async function next(): Promise<string> {
  while (!rest.includes(mark)) rest += String((await answers.next()).value);
  const end = rest.indexOf(mark);
  const message = rest.slice(0, end);
  rest = rest.slice(end + mark.length);
  return message;
}

beforeAll(async () => {
  at = await NetconfCase.open();
  peer = at.connect({ user: "ana" }).peer;
  answers = (peer as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  peer.write(hello);
});
afterAll(() => at[Symbol.asyncDispose]());

test("the hello of the server", async () => {
  const capability = (name: string): string => `<capability>${name}</capability>\n`;
  const known = [
    "candidate:1.0",
    "confirmed-commit:1.0",
    "confirmed-commit:1.1",
    "rollback-on-error:1.0",
    "validate:1.0",
    "validate:1.1",
  ];
  const older = ["candidate:1.0", "confirmed-commit:1.0", "validate:1.0"];
  expect(await next()).toBe(
    [
      '<hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">\n<capabilities>\n',
      capability("urn:ietf:params:netconf:base:1.0"),
      capability("urn:ietf:params:netconf:base:1.1"),
      ...known.map((name) => capability(`urn:ietf:params:netconf:capability:${name}`)),
      ...older.map((name) => capability(`urn:ietf:params:xml:ns:netconf:capability:${name}`)),
      capability("http://xml.juniper.net/netconf/junos/1.0"),
      capability("http://xml.juniper.net/dmi/system/1.0"),
      "</capabilities>\n<session-id>1</session-id>\n</hello>\n",
    ].join(""),
  );
});

const error = (tag: string, message: string, info: string, path = "", type = "protocol"): string =>
  `<rpc-error>\n<error-type>${type}</error-type>\n<error-tag>${tag}</error-tag>\n<error-severity>error</error-severity>\n${path}<error-message>${message}</error-message>\n<error-info>\n${info}</error-info>\n</rpc-error>\n`;

/** In order: each stands on what the ones before have done. */
test.each<readonly [string, string]>([
  ["<lock-configuration/>", "<ok/>\n"],
  [
    '<load-configuration format="text" action="set"><configuration-set>set system host-name gw</configuration-set></load-configuration>',
    results("<ok/>\n"),
  ],
  [
    '<load-configuration action="set" format="text"><configuration-set>set system hostname x</configuration-set></load-configuration>',
    results(
      `${error("unknown-element", 'unknown statement "hostname"; did you mean "host-name"?', "<bad-element>hostname</bad-element>\n<line-number>1</line-number>\n<column>12</column>\n", "<error-path>[edit system]</error-path>\n", "application")}<load-error-count>1</load-error-count>\n`,
    ),
  ],
  [
    '<get-configuration compare="rollback" rollback="0" format="text"/>',
    `<configuration-information>\n<configuration-output>\n${patch}</configuration-output>\n</configuration-information>\n`,
  ],
  ["<commit-configuration><check/></commit-configuration>", "<ok/>\n"],
  ["<commit-configuration><log>first</log></commit-configuration>", "<ok/>\n"],
  [
    '<get-configuration compare="rollback" rollback="0" format="text"/>',
    "<configuration-information>\n<configuration-output>\n</configuration-output>\n</configuration-information>\n",
  ],
  ["<unlock-configuration/>", "<ok/>\n"],
  [
    "<get-configuration><configuration><system><host-name/></system></configuration></get-configuration>",
    `<configuration ${xnm} xmlns:junos="http://xml.juniper.net/junos/24.4R1/junos">\n    <system>\n        <host-name>gw</host-name>\n    </system>\n</configuration>\n`,
  ],
  [
    '<get-configuration format="text"><configuration><system/></configuration></get-configuration>',
    `<configuration-text ${xnm}>\nsystem {\n    host-name gw;\n}\n</configuration-text>\n`,
  ],
  [
    '<get-configuration format="set"><configuration><system/></configuration></get-configuration>',
    `<configuration-set ${xnm}>\nset system host-name gw\n</configuration-set>\n`,
  ],
  ["<open-configuration><private/></open-configuration>", "<ok/>\n"],
  [
    '<load-configuration format="text"><configuration-text>system { host-name next; }</configuration-text></load-configuration>',
    results("<ok/>\n"),
  ],
  ["<close-configuration/>", "<ok/>\n"],
  ["<commit-configuration><confirmed/><confirm-timeout>5</confirm-timeout></commit-configuration>", "<ok/>\n"],
  ['<load-configuration compare="rollback" rollback="1"/>', results("<ok/>\n")],
  ["<discard-changes/>", "<ok/>\n"],
  ["<get-unknown-thing/>", error("operation-failed", "syntax error", "<bad-element>get-unknown-thing</bad-element>\n")],
  [
    '<command format="text">show configuration system | display set</command>',
    "<configuration-information>\n<configuration-output>\nset system host-name gw\n</configuration-output>\n</configuration-information>\n",
  ],
  ["<lock><target><candidate/></target></lock>", "<ok/>\n"],
  ["<unlock><target><candidate/></target></unlock>", "<ok/>\n"],
  ["<close-session/>", "<ok/>\n"],
])("%s", async (request, reply) => {
  peer.write(
    `<nc:rpc xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="urn:uuid:7">${request}</nc:rpc>${mark}`,
  );
  const nc = 'xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0"';
  expect(await next()).toBe(`${open} ${nc} message-id="urn:uuid:7">\n${reply}</rpc-reply>\n`);
});

test("JSON stands in the reply itself", async () => {
  const other = at.connect().peer;
  other.end(
    `<rpc><get-configuration format="json"><configuration><system/></configuration></get-configuration></rpc>${mark}`,
  );
  let text = "";
  for await (const bytes of other as AsyncIterable<Buffer>) text += bytes.toString();
  const reply = /<rpc-reply [^>]*>\n([\s\S]*)<\/rpc-reply>/.exec(text)?.[1] ?? "";
  expect(JSON.parse(reply)).toMatchObject({ configuration: { system: { "host-name": "gw" } } });
});
