// How values stand in JSON: integers of up to 32 bits without quotes, as the original writes them since its release 17.1,
// everything else as strings; and what is read back is the word that was written.

import { describe, expect, test } from "vitest";
import { printJson } from "./json-form.ts";
import { loadConfiguration } from "./load.ts";
import { readJson } from "./read-json.ts";
import { sameTree } from "./same-tree.ts";
import { emptyTree } from "./tree.ts";

describe("numbers", () => {
  test.each<[line: string, json: string]>([
    ["interfaces eth0 mtu 1500", '"mtu": 1500'],
    ["interfaces eth0 unit 7 vlan-id 100", '"name": 7'],
    ["system max-cli-sessions 10", '"max-cli-sessions": 10'],
    ["system max-cli-sessions 0", '"max-cli-sessions": 0'],
    ["system max-cli-sessions 010", '"max-cli-sessions": "010"'],
    ["system max-cli-sessions 0x10", '"max-cli-sessions": "0x10"'],
    ["system max-cli-sessions 4294967295", '"max-cli-sessions": 4294967295'],
    ["system max-cli-sessions 10k", '"max-cli-sessions": "10k"'],
    ["system ntp server 10.0.0.1 version 4", '"version": 4'],
    ["chassis cluster reth-count 2", '"reth-count": 2'],
    ["security alarms potential-violation security-log-percent-full 90", '"security-log-percent-full": 90'],
    ["security resource-manager services-memory match threshold 5", '"threshold": 5'],
    // 64 bits: many readers would round them.
    ["services application-identification packet-capture buffer-packets-limit 5", '"buffer-packets-limit": "5"'],
    // Texts that happen to be digits.
    ["vlans vv vlan-id 5", '"vlan-id": "5"'],
    ["firewall policer p if-exceeding bandwidth-limit 1000000", '"bandwidth-limit": "1000000"'],
    ["firewall policer p if-exceeding bandwidth-limit 1m", '"bandwidth-limit": "1m"'],
    ["system host-name 5", '"host-name": "5"'],
    ['interfaces eth0 description "007"', '"description": "007"'],
    ["security zones security-zone 10", '"name": "10"'],
    // What no schema knows has no types.
    ["protocols ospf area 0 interface-type 5", '"words": "area 0 interface-type 5"'],
  ])("%s", (line, json) => {
    const { tree, diagnostics } = loadConfiguration(emptyTree, `set ${line}`, { action: "set", source: "lines" });
    expect(diagnostics).toEqual([]);
    const text = printJson(tree);
    expect(text).toContain(json);
    expect(sameTree(readJson(text, { source: "json" }).tree, tree)).toBe(true);
  });

  test.each<[json: string, mtu: string]>([
    ["1500", "1500"],
    ['"1500"', "1500"],
  ])("%s is read", (json, mtu) => {
    const text = `{ "configuration": { "interfaces": { "interface": [ { "name": "eth0", "mtu": ${json} } ] } } }`;
    const { tree, diagnostics } = readJson(text, { source: "json" });
    expect(diagnostics).toEqual([]);
    const wanted = loadConfiguration(emptyTree, `set interfaces eth0 mtu ${mtu}`, { action: "set", source: "lines" });
    expect(sameTree(tree, wanted.tree)).toBe(true);
  });
});
