// From devices to names, and from what was typed to a device.

import { describe, expect, test } from "vitest";
import { deviceOf, logicalNames } from "./interface-names.ts";
import { matchesName } from "./interface-facts.ts";

describe("names", () => {
  const origin = { path: [] };
  const ir = {
    interfaces: [{ name: "ge-0/0/0.0", device: "eth1", zone: "a", hostInbound: { services: [], terms: [] }, origin }],
    network: { links: [{ name: "ge-0/0/1", device: "eth2", up: true, addresses: [], origin }], routes: [] },
  };
  const gateway = { running: { prepared: { ir } } } as never;

  test.each([
    ["eth1", "ge-0/0/0.0"],
    ["eth2", "ge-0/0/1.0"],
    ["eth3", "eth3.0"],
  ])("the logical interface of %s is %s", (device, name) => {
    expect(logicalNames(ir as never)(device)).toBe(name);
  });

  test.each([
    ["ge-0/0/0.0", "eth1"],
    ["ge-0/0/0", "eth1"],
    ["ge-0/0/1", "eth2"],
    ["ge-0/0/1.0", "eth2"],
    ["eth7", "eth7"],
    ["eth7.0", "eth7"],
  ])("%s is the device %s", (typed, device) => {
    expect(deviceOf(gateway, typed)).toBe(device);
  });
});

describe("patterns", () => {
  test.each([
    ["ge-0/0/0", "ge-0/0/0", true],
    ["ge-*", "ge-0/0/0", true],
    ["[efgx][et]-*", "ge-0/0/0", true],
    ["[efgx][et]-*", "lo0", false],
    ["ge-0/0/?", "ge-0/0/12", false],
    ["*", "anything.at-all", true],
    ["eth.", "eth1", false],
    ["eth.0", "eth.0", true],
    ["(a+)+$", "aaaaaaaa", false],
    ["[z-a]*", "b", false],
    ["*a*a*a*a*a*", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", false],
  ])("%s names %s: %s", (pattern, name, expected) => {
    expect(matchesName(pattern, name)).toBe(expected);
  });
});
