// Logical interfaces as devices of the kernel, secure wires as bridges, and every way to get them wrong.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatPrefix } from "@merlon/model/ip/prefix.ts";
import { vlanDevice } from "./resolve-units.ts";
import { bridgeDevice } from "./resolve-wires.ts";
import { codesOf, compileText } from "./testing/compile-text.ts";

const lines = (...text: readonly string[]) => text.map((line) => `set ${line}\n`).join("");

const tagged = lines(
  "interfaces ge-0/0/0 kernel-name eth0",
  "interfaces ge-0/0/0 vlan-tagging",
  "interfaces ge-0/0/0 mtu 9000",
  "interfaces ge-0/0/0 unit 100 vlan-id 100",
  "interfaces ge-0/0/0 unit 100 family inet address 10.100.0.1/24",
  "interfaces ge-0/0/0 unit 7 vlan-id 4094",
  "security zones security-zone a interfaces ge-0/0/0.100",
  "security zones security-zone b interfaces ge-0/0/0.7",
);

describe("VLAN units", () => {
  test("each has a device of its own, in the zone of the unit", () => {
    const { ir, diagnostics } = compileText(tagged);
    expect(diagnostics).toEqual([]);
    expect(ir.interfaces.map(({ name, device, zone }) => [name, device, zone])).toEqual([
      ["ge-0/0/0.100", "eth0.100", "a"],
      ["ge-0/0/0.7", "eth0.4094", "b"],
    ]);
    expect(
      ir.network.links.map(({ name, device, vlan, mtu, addresses }) => [
        name,
        device,
        vlan,
        mtu,
        addresses.map(formatPrefix),
      ]),
    ).toEqual([
      ["ge-0/0/0", "eth0", undefined, 9000, []],
      ["ge-0/0/0.7", "eth0.4094", { parent: "eth0", id: 4094 }, undefined, []],
      ["ge-0/0/0.100", "eth0.100", { parent: "eth0", id: 100 }, undefined, ["10.100.0.1/24"]],
    ]);
  });

  test("with flexible-vlan-tagging one unit has the frames without a tag", () => {
    const { ir, diagnostics } = compileText(
      lines(
        "interfaces eth0 flexible-vlan-tagging",
        "interfaces eth0 unit 0 family inet address 10.0.0.1/24",
        "interfaces eth0 unit 5 vlan-id 5",
        "security zones security-zone a interfaces eth0.0",
        "security zones security-zone a interfaces eth0.5",
      ),
    );
    expect(diagnostics).toEqual([]);
    expect(ir.interfaces.map(({ name, device }) => [name, device])).toEqual([
      ["eth0.0", "eth0"],
      ["eth0.5", "eth0.5"],
    ]);
  });

  test.each<[string, readonly string[], readonly string[]]>([
    ["a tag on a port without tags", ["interfaces eth0 unit 0 vlan-id 5"], ["error interface.vlan-tagging"]],
    ["a second unit without tags", ["interfaces eth0 unit 1 family inet"], ["error interface.unit"]],
    ["no tag", ["interfaces eth0 vlan-tagging", "interfaces eth0 unit 0 family inet"], ["error interface.no-vlan-id"]],
    [
      "one tag twice",
      ["interfaces eth0 vlan-tagging", "interfaces eth0 unit 1 vlan-id 5", "interfaces eth0 unit 2 vlan-id 5"],
      ["error interface.same-vlan"],
    ],
    [
      "two units without tags",
      [
        "interfaces eth0 flexible-vlan-tagging",
        "interfaces eth0 unit 1 family inet",
        "interfaces eth0 unit 2 family inet",
      ],
      ["error interface.same-vlan"],
    ],
    [
      "a device that another interface is",
      ["interfaces eth0 vlan-tagging", "interfaces eth0 unit 1 vlan-id 5", "interfaces x kernel-name eth0.5"],
      ["error interface.same-device"],
    ],
    ["a unit that is nowhere", ["security zones security-zone a interfaces eth0.3"], ["error interface.unit"]],
  ])("%s", (_, text, codes) => {
    const found = codesOf(compileText(lines(...text))).filter((code) => !code.includes("no-zone"));
    expect(found).toEqual(codes);
  });

  test("names fit a device, and differ where parent or tag differ", () => {
    const parent = fc.stringMatching(/^[a-z][a-z0-9]{0,13}[0-9]$/);
    fc.assert(
      fc.property(
        parent,
        parent,
        fc.integer({ min: 1, max: 4094 }),
        fc.integer({ min: 1, max: 4094 }),
        (a, b, i, j) => {
          expect(vlanDevice(a, i).length).toBeLessThanOrEqual(15);
          if (i !== j) expect(vlanDevice(a, i)).not.toBe(vlanDevice(a, j));
          if (a !== b && i === j) expect(vlanDevice(a, i)).not.toBe(vlanDevice(b, i));
        },
      ),
      { numRuns: 300 },
    );
  });
});

const port = (name: string, device: string) => [
  `interfaces ${name} kernel-name ${device}`,
  `interfaces ${name} unit 0 family ethernet-switching`,
];
const wired = lines(
  ...port("ge-0/0/1", "eth1"),
  ...port("ge-0/0/2", "eth2"),
  "security zones security-zone a interfaces ge-0/0/1.0",
  "security zones security-zone b interfaces ge-0/0/2.0",
);
const wire = (name: string, ...ports: readonly string[]) =>
  ports.map((it) => `set security forwarding-options secure-wire ${name} interface ${it}\n`).join("");

describe("secure wires", () => {
  test("two ports, a bridge, numbers out of their names", () => {
    const { ir, diagnostics } = compileText(wired + wire("dmz", "ge-0/0/1.0", "ge-0/0/2.0"));
    expect(diagnostics).toEqual([]);
    const [found] = ir.network.wires ?? [];
    expect(found).toMatchObject({
      name: "dmz",
      device: "wire-dmz",
      ports: [
        { interface: "ge-0/0/1.0", device: "eth1" },
        { interface: "ge-0/0/2.0", device: "eth2" },
      ],
    });
    expect(ir.interfaces.map((entry) => entry.wire)).toEqual(["dmz", "dmz"]);
    expect(new Set(found?.ports.map(({ mark }) => mark)).size).toBe(2);
    expect(found?.ports.every(({ mark }) => mark >>> 24 === 0x4d)).toBe(true);
  });

  test.each<[string, string, readonly string[]]>([
    ["one port", wired + wire("w", "ge-0/0/1.0"), ["error wire.two-interfaces"]],
    [
      "one port in two wires",
      `${wired}${lines(...port("eth3", "eth3"))}${wire("v", "ge-0/0/1.0", "ge-0/0/2.0")}${wire("w", "ge-0/0/2.0", "eth3.0")}`,
      ["error wire.interface-twice"],
    ],
    ["a port that is not configured", wired + wire("w", "ge-0/0/1.0", "eth9.0"), ["error wire.no-interface"]],
    [
      "addresses",
      `${wired}${lines("interfaces ge-0/0/1 unit 0 family inet address 10.0.0.1/24")}${wire("w", "ge-0/0/1.0", "ge-0/0/2.0")}`,
      ["error wire.addresses"],
    ],
    ["a VLAN", `${wired}${tagged}${wire("w", "ge-0/0/1.0", "ge-0/0/0.100")}`, ["error wire.vlan"]],
  ])("%s", (_, text, codes) => {
    const found = codesOf(compileText(text)).filter((code) => code.startsWith("error"));
    expect(found).toEqual(codes);
  });

  test("a bridge's name fits a device", () => {
    expect(bridgeDevice("dmz")).toBe("wire-dmz");
    for (const name of ["a-very-long-name", "ü", "a/b", "0123456789a"]) {
      expect(bridgeDevice(name)).toMatch(/^wire-[0-9a-f]{8}$/);
    }
  });
});
