// Bridges and VLAN devices: made, filled, put right and taken away; what others made stays.

import { describe, expect, test } from "vitest";
import type { IrLink, IrNetwork, IrWire } from "@merlon/compiler/ir.ts";
import { applyNetworkStep, describeStep } from "../kernel/network-step.ts";
import type { KernelLink, KernelNetwork, VirtualLink } from "../kernel/kernel.ts";
import { planNetwork } from "./plan-network.ts";

const origin = { path: [] };
const wire = (name: string, ...devices: readonly [string, string]): IrWire => {
  const [a, b] = devices.map((device, at) => ({ interface: `${device}.0`, device, mark: at + 1 }));
  if (a === undefined || b === undefined) throw new Error("two ports");
  return { name, device: `wire-${name}`, ports: [a, b], connectionZone: 7, origin };
};
const vlan = (parent: string, id: number): IrLink => ({
  name: `${parent}.${id}`,
  device: `${parent}.${id}`,
  up: true,
  vlan: { parent, id },
  addresses: [],
  origin,
});
const link = (device: string, more: { master?: string; virtual?: VirtualLink; up?: boolean } = {}): KernelLink => ({
  index: 1,
  device,
  up: true,
  carrier: true,
  mtu: 1500,
  macAddress: "02:00:00:00:00:01",
  addresses: [],
  statistics: { receivedPackets: 0, receivedBytes: 0, sentPackets: 0, sentBytes: 0 },
  ...more,
});
const ourBridge = { kind: "bridge", ours: true } as const;

function plan(desired: Partial<IrNetwork>, ...links: readonly KernelLink[]) {
  const none = { links: [], routes: [] };
  return planNetwork({ desired: { ...none, ...desired }, before: none, actual: { links, routes: [] } });
}
const steps = (desired: Partial<IrNetwork>, ...links: readonly KernelLink[]) =>
  plan(desired, ...links).steps.map(describeStep);

describe("secure wires", () => {
  const wires = [wire("w", "eth1", "eth2")];
  test("a bridge is made, filled, and only then goes up", () => {
    expect(steps({ wires }, link("eth1"), link("eth2"))).toEqual([
      "make bridge wire-w",
      "put eth1 into wire-w",
      "put eth2 into wire-w",
      "set device wire-w up",
    ]);
  });
  test("what stands is left alone", () => {
    const standing = [link("wire-w", { virtual: ourBridge }), link("eth1", { master: "wire-w" })];
    expect(steps({ wires }, ...standing, link("eth2", { master: "wire-w" }))).toEqual([]);
    expect(steps({ wires }, ...standing, link("eth2"))).toEqual(["put eth2 into wire-w"]);
  });
  test("a bridge of another is adopted by its name alone where it is a bridge", () => {
    const foreign = link("wire-w", { virtual: { kind: "bridge", ours: false }, up: false });
    expect(steps({ wires }, foreign, link("eth1"), link("eth2"))[0]).toBe("make bridge wire-w");
  });
  test("a port in somebody else's bridge is told, and not taken", () => {
    const found = plan({ wires }, link("eth1", { master: "docker0" }), link("eth2"));
    expect(found.takenPorts.map(({ device, master }) => `${device} ${master}`)).toEqual(["eth1 docker0"]);
    expect(found.steps.map(describeStep)).not.toContain("put eth1 into wire-w");
  });
  test("a port that is not there is told, and the other one waits in the bridge", () => {
    const found = plan({ wires }, link("eth1"));
    expect(found.absent).toEqual([{ name: "eth2.0", device: "eth2" }]);
    expect(found.steps.map(describeStep)).toContain("put eth1 into wire-w");
  });
  test("a wire that nobody wants goes, and its ports are free for another", () => {
    const old = [
      link("wire-v", { virtual: ourBridge }),
      link("eth1", { master: "wire-v" }),
      link("eth2", { master: "wire-v" }),
    ];
    expect(steps({}, ...old)).toEqual(["delete device wire-v"]);
    expect(steps({ wires }, ...old)).toEqual([
      "delete device wire-v",
      "make bridge wire-w",
      "put eth1 into wire-w",
      "put eth2 into wire-w",
      "set device wire-w up",
    ]);
    expect(steps({}, link("br0", { virtual: { kind: "bridge", ours: false } }))).toEqual([]);
  });
});

describe("VLANs", () => {
  test("a device is made and goes up", () => {
    expect(steps({ links: [vlan("eth1", 5)] }, link("eth1"))).toEqual([
      "make device eth1.5 for VLAN 5 of eth1",
      "set device eth1.5 up",
    ]);
  });
  test("without its parent it waits", () => {
    const found = plan({ links: [vlan("eth1", 5)] });
    expect([found.steps, found.absent.map(({ device }) => device)]).toEqual([[], ["eth1.5"]]);
  });
  test("one that is another VLAN is made anew; one that nobody wants goes; those of others stay", () => {
    const wrong = link("eth1.5", { virtual: { kind: "vlan", ours: true, id: 6, parent: "eth1" } });
    expect(steps({ links: [vlan("eth1", 5)] }, link("eth1"), wrong)).toEqual([
      "delete device eth1.5",
      "make device eth1.5 for VLAN 5 of eth1",
      "set device eth1.5 up",
    ]);
    expect(steps({}, link("eth1"), wrong)).toEqual(["delete device eth1.5"]);
    const foreign = link("eth1.5", { virtual: { kind: "vlan", ours: false, id: 5, parent: "eth1" } });
    expect(steps({}, link("eth1"), foreign)).toEqual([]);
  });
});

test("a plan that was carried out leaves nothing to do", () => {
  const desired: IrNetwork = { links: [vlan("eth3", 5)], routes: [], wires: [wire("w", "eth1", "eth2")] };
  let network: KernelNetwork = { links: [link("eth1"), link("eth2"), link("eth3")], routes: [] };
  for (const step of plan(desired, ...network.links).steps) network = applyNetworkStep(network, step);
  expect(plan(desired, ...network.links).steps).toEqual([]);
});
