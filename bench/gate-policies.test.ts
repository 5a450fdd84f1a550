// The two gates as the compiler understands them: in every state one port passes, by one gate, and commits lead around.

import { compile } from "@merlon/compiler/compile.ts";
import { interpret } from "@merlon/compiler/interpret.ts";
import { noRuleIds } from "@merlon/compiler/rule-ids.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import { expect, test } from "vitest";
import { gateChange, gateNames, gatePorts, gateStateAt, gateStates, withGates } from "./gate-policies.ts";
import { generateRuleSet } from "./generate-rule-set.ts";
import { loadText } from "./prepare-policy.ts";
import { ruleSetText } from "./rule-set-text.ts";
import { shapeNamed } from "./rule-set-shape.ts";

const ruleSet = withGates(generateRuleSet(60, shapeNamed("realistic")));

test("every commit changes which port passes, by the gate of its state", () => {
  const [pair] = ruleSet.pairs;
  const [flow] = pair?.worst.addresses ?? [];
  if (pair === undefined || flow === undefined) throw new Error("no pair");
  let { tree } = loadText(ruleSetText(ruleSet));
  for (let commits = 0; commits <= 2 * gateStates.length; commits++) {
    const { ir } = compile(readConfiguration(tree).configuration, { ruleIds: noRuleIds });
    const { permittedPort, permittingGate } = gateStateAt(commits);
    for (const [index, destinationPort] of gatePorts.entries()) {
      const decision = interpret(ir, {
        fromZone: pair.from.name,
        toZone: pair.to.name,
        source: { family: 4, value: flow.source },
        destination: { family: 4, value: flow.destination },
        protocol: 17,
        sourcePort: 40_000,
        destinationPort,
      });
      const passes = index === permittedPort;
      expect(decision.action).toBe(passes ? "permit" : "deny");
      const gate = gateNames[passes ? permittingGate : 1 - permittingGate];
      expect(decision.kind === "rule" && decision.rule.policy.name).toBe(gate);
    }
    const lines = gateChange(pair, commits).join("\n");
    const { tree: next, diagnostics } = loadConfiguration(tree, lines, { action: "set", source: "commit" });
    expect(diagnostics).toEqual([]);
    tree = next;
  }
});

test("port and gate of a packet tell the state", () => {
  const seen = gateStates.map(({ permittedPort, permittingGate }) => `${permittedPort} ${permittingGate}`);
  expect(new Set(seen).size).toBe(gateStates.length);
  for (const [index, state] of gateStates.entries())
    expect(gateStateAt(index + 1).permittedPort).not.toBe(state.permittedPort);
});

test("a rule set without policies has no place for them", () =>
  expect(() => withGates({ ...ruleSet, pairs: [] })).toThrow("has no place for gates"));
