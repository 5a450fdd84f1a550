// One line of a batch and its answer, for every policy that can decide about a flow.

import { loadForm } from "@merlon/junos/form.ts";
import { describe, expect, test } from "vitest";
import { enforce } from "./enforce.ts";
import { good } from "./good-configuration.fixture.ts";
import { matchLine } from "./match-line.ts";
import { settingOf } from "./setting.ts";

const blocking = `
set security policies global policy no-telnet match source-address any
set security policies global policy no-telnet match destination-address any
set security policies global policy no-telnet match application junos-telnet
set security policies global policy no-telnet then reject
`;
const { tree } = loadForm(`${good}${blocking}`, { source: "policy.conf" });
const { ir, diagnostics } = enforce(
  tree,
  settingOf({ positionals: [], values: {}, switches: new Set() }, { nowMs: () => 0 }),
);

function answer(members: object): object {
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const flow = { fromZone: "web", toZone: "db", source: "10.0.1.5", destination: "10.0.2.9", protocol: "tcp" };
  return matchLine(ir!, JSON.stringify({ ...flow, ...members }), 7);
}

describe("the answer", () => {
  test.each<[what: string, members: object, answer: object]>([
    ["of a policy", { destinationPort: 5432 }, { action: "permit", policy: "sql", scope: "zone-pair" }],
    ["of a global policy", { destinationPort: 23 }, { action: "reject", policy: "no-telnet", scope: "global" }],
    ["of the default policy", { destinationPort: 1 }, { action: "deny", policy: "default-policy", scope: "default" }],
    ["inside a zone", { toZone: "web", destinationPort: 5432 }, { action: "deny", scope: "default" }],
    ["with an id of any kind", { destinationPort: 1, id: { a: [1] } }, { id: { a: [1] }, action: "deny" }],
    ["with members that are null", { destinationPort: 1, icmpType: null }, { action: "deny" }],
    ["as expected", { destinationPort: 23, expect: "reject" }, { expected: "reject", asExpected: true }],
  ])("%s", (_, members, expected) => {
    expect(answer(members)).toMatchObject({ good: true, answer: { line: 7, ...expected } });
  });

  test("of a policy tells where it is written", () => {
    expect(answer({ destinationPort: 5432 })).toMatchObject({ answer: { place: "policy.conf:6:13" } });
  });
});

describe("an error", () => {
  test.each<[what: string, members: object, error: string]>([
    ["of a flow, with its id", { id: 9 }, "tcp needs destinationPort"],
    [
      "of a zone that is none",
      { id: 9, destinationPort: 1, toZone: "dbb" },
      'there is no zone "dbb"; did you mean "db"?',
    ],
    [
      "of a zone like no other",
      { id: 9, destinationPort: 1, fromZone: "nowhere" },
      'there is no zone "nowhere"; there are web, db, junos-host',
    ],
    ["of an expectation", { id: 9, destinationPort: 1, expect: "allow" }, "expect is not one of permit, deny, reject"],
    ["of a member's type", { id: 9, destinationPort: true }, "destinationPort is neither a text nor a number"],
    [
      "of a number that is no port",
      { id: 9, destinationPort: 1.5 },
      'destinationPort: "1.5" is not a number from 0 to 65535',
    ],
    [
      "of a member's name",
      { id: 9, destPort: 1 },
      'there is no member "destPort"; there are fromZone, toZone, source, destination, protocol, sourcePort, destinationPort, icmpType, icmpCode, id, expect',
    ],
  ])("%s", (_, members, error) => {
    expect(answer(members)).toEqual({ good: false, answer: { line: 7, id: 9, error } });
  });

  test.each(["", "null", "1", '"a"', "[{}]", "{", "{}x"])("of the line %j", (line) => {
    expect(matchLine(ir!, line, 3)).toMatchObject({
      good: false,
      answer: { line: 3, error: expect.stringMatching(/^the line is no JSON/) as unknown },
    });
  });
});
