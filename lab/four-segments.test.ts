// The configuration that the demo shows, against the truth table that was written without it: the reference interpreter
// must decide every attempt as the table says. What the kernel does with it is the business of the stories.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile } from "@merlon/compiler/compile.ts";
import { interpret } from "@merlon/compiler/interpret.ts";
import type { FlowPacket, Ir } from "@merlon/compiler/ir.ts";
import { noRuleIds } from "@merlon/compiler/rule-ids.ts";
import { editTree } from "@merlon/junos/edit.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { printTree } from "@merlon/junos/print.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { formatDiagnostic } from "@merlon/model/diagnostic.ts";
import { parseIp } from "@merlon/model/ip/address.ts";
import { changedTruths, changeLines, denyingPolicyOf, expectationOf, initialTruths } from "./expectations.ts";
import { planAttempts } from "./matrix.ts";
import type { Attempt } from "./matrix.ts";
import { gatewayName, hostOf, servicePorts, zones } from "./topology.ts";

const text = readFileSync(new URL("four-segments.conf", import.meta.url), "utf8");

function loaded(source: string): ConfigNode {
  const { tree, diagnostics } = loadConfiguration(emptyTree, source, {
    action: "override",
    source: "four-segments.conf",
  });
  expect(diagnostics.map(formatDiagnostic)).toEqual([]);
  return tree;
}

function compiled(tree: ConfigNode): Ir {
  const read = readConfiguration(tree);
  expect(read.diagnostics.map(formatDiagnostic)).toEqual([]);
  const { ir, diagnostics } = compile(read.configuration, { ruleIds: noRuleIds });
  expect(diagnostics.map(formatDiagnostic)).toEqual([]);
  return ir;
}

function changed(tree: ConfigNode): ConfigNode {
  return changeLines.reduce((before, line) => {
    const edit = editTree(before, line, { source: "<prompt>" });
    expect(edit.diagnostics.map(formatDiagnostic)).toEqual([]);
    return edit.tree;
  }, tree);
}

function packetOf(attempt: Attempt): FlowPacket {
  const from = hostOf(attempt.from);
  const source = parseIp(from.addresses[attempt.family]);
  const destination = parseIp(attempt.address);
  if (source === undefined || destination === undefined) throw new Error("the topology has a wrong address");
  const ends = { fromZone: from.zone, toZone: hostOf(attempt.to).zone, source, destination };
  if (attempt.service === "ping") {
    return attempt.family === 4
      ? { ...ends, protocol: 1, icmpType: 8, icmpCode: 0 }
      : { ...ends, protocol: 58, icmpType: 128, icmpCode: 0 };
  }
  const { protocol, port } = servicePorts[attempt.service];
  return { ...ends, protocol: protocol === "tcp" ? 6 : 17, sourcePort: 40_000, destinationPort: port };
}

const tables = [
  ["as configured", initialTruths, (tree: ConfigNode) => tree],
  ["after the change", changedTruths, changed],
] as const;

describe("four-segments.conf", () => {
  test("is accepted without a single warning", () => {
    compiled(loaded(text));
  });

  test("is the same after printing and loading again", () => {
    const printed = printTree(loaded(text));
    expect(printTree(loaded(printed))).toBe(printed);
  });

  test("names every port of the gateway and ties it to the kernel's name", () => {
    const { interfaces } = compiled(loaded(text));
    expect(interfaces.map(({ name, device, zone }) => [name, device, zone])).toEqual(
      zones.map(({ gatewayInterface, gatewayDevice, name }) => [`${gatewayInterface}.0`, gatewayDevice, name]),
    );
  });

  test("gives the gateway the addresses that the hosts expect", () => {
    const { network } = compiled(loaded(text));
    expect(network.links.map(({ addresses }) => addresses.length)).toEqual(zones.map(() => 2));
    expect(network.routes).toHaveLength(2);
  });

  test.each(tables)("decides every attempt as the truth table says, %s", (_, truths, edit) => {
    const ir = compiled(edit(loaded(text)));
    const attempts = planAttempts().filter(
      ({ from, to }) => to !== gatewayName && hostOf(from).zone !== hostOf(to).zone,
    );
    const wrong = attempts.flatMap((attempt) => {
      const { expectation } = expectationOf(truths, attempt.from, attempt.to, attempt.service);
      const { action } = interpret(ir, packetOf(attempt));
      const decided = { permit: "open", reject: "refused", deny: "filtered" }[action];
      return decided === expectation ? [] : [`${attempt.from} → ${attempt.to} ${attempt.service}: ${action}`];
    });
    expect(wrong).toEqual([]);
    expect(attempts).toHaveLength(224);
  });

  test.each(tables)("stops each attempt by the policy that an operator would look for, %s", (_, truths, edit) => {
    const ir = compiled(edit(loaded(text)));
    for (const attempt of planAttempts().filter(
      ({ from, to }) => to !== gatewayName && hostOf(from).zone !== hostOf(to).zone,
    )) {
      if (expectationOf(truths, attempt.from, attempt.to, attempt.service).expectation === "open") continue;
      const decision = interpret(ir, packetOf(attempt));
      const policy = decision.kind === "rule" ? decision.rule.policy.name : "";
      expect(policy).toBe(denyingPolicyOf(hostOf(attempt.from).zone, hostOf(attempt.to).zone, attempt.service));
    }
  });

  test("logs whatever it stops", () => {
    const ir = compiled(loaded(text));
    for (const attempt of planAttempts().filter(({ to }) => to !== gatewayName)) {
      if (hostOf(attempt.from).zone === hostOf(attempt.to).zone) continue;
      const decision = interpret(ir, packetOf(attempt));
      if (decision.action !== "permit") expect(decision.kind === "rule" && decision.rule.log.sessionInit).toBe(true);
    }
  });

  test("is a file that a person reads: no tab, no line over 100 characters, comments on its promises", () => {
    for (const line of text.split("\n")) {
      expect(line).not.toContain("\t");
      expect(line.length).toBeLessThanOrEqual(100);
    }
    expect(text).toContain("nobody reaches finance");
  });
});
