// Zones, interfaces, addresses and routes: what comes out, and every way to get them wrong.

import { describe, expect, test } from "vitest";
import { formatIp } from "@merlon/model/ip/address.ts";
import { formatPrefix } from "@merlon/model/ip/prefix.ts";
import { codesOf, compileText, zoneLines } from "./testing/compile-text.ts";

const zones = zoneLines("a", "b", "c");

describe("the network", () => {
  test("links and routes come out as configured", () => {
    const { ir, diagnostics } = compileText(
      `
      set interfaces ge-0/0/0 kernel-name eth1
      set interfaces ge-0/0/0 mtu 9000
      set interfaces ge-0/0/0 unit 0 family inet address 10.0.0.1/24
      set interfaces ge-0/0/0 unit 0 family inet6 address 2001:db8::1/64
      set interfaces eth2 disable
      set security zones security-zone a interfaces ge-0/0/0.0
      set routing-options static route 0.0.0.0/0 next-hop 10.0.0.254
      set routing-options static route 10.9.0.0/16 discard
      set routing-options static route 10.8.0.0/16 reject
      set routing-options static route ::/0 next-hop [ 2001:db8::2 2001:db8::3 ]
      set routing-options static route ::/0 preference 20
      set routing-options rib inet.0 static route 10.7.0.0/16 next-hop 10.0.0.253
      set routing-options rib inet6.0 static route 2001:db8:9::/48 next-hop 2001:db8::9
    `.replaceAll(/^\s+/gm, ""),
    );
    expect(diagnostics).toEqual([]);
    expect(
      ir.network.links.map(({ name, device, up, mtu, addresses }) => [
        name,
        device,
        up,
        mtu,
        addresses.map(formatPrefix),
      ]),
    ).toEqual([
      ["eth2", "eth2", false, undefined, []],
      ["ge-0/0/0", "eth1", true, 9000, ["10.0.0.1/24", "2001:db8::1/64"]],
    ]);
    const hops = ir.network.routes.map(({ destination, nextHops, preference }) => [
      formatPrefix(destination),
      typeof nextHops === "string" ? nextHops : nextHops.map(formatIp),
      preference,
    ]);
    expect(hops).toEqual([
      ["0.0.0.0/0", ["10.0.0.254"], 5],
      ["10.8.0.0/16", "reject", 5],
      ["10.9.0.0/16", "discard", 5],
      ["::/0", ["2001:db8::2", "2001:db8::3"], 20],
      ["2001:db8:9::/48", ["2001:db8::9"], 5],
      ["10.7.0.0/16", ["10.0.0.253"], 5],
    ]);
    expect(ir.interfaces).toMatchObject([{ name: "ge-0/0/0.0", device: "eth1", zone: "a" }]);
  });

  test.each<[string, string, readonly string[]]>([
    ["a slot is a device with dashes", "set security zones security-zone a interfaces ge-0/0/1.0\n", []],
    [
      "an interface in two zones",
      `${zones}set security zones security-zone b interfaces eth-a\n`,
      ["error zone.interface-twice"],
    ],
    [
      "two names of one device",
      "set interfaces ge-0/0/1 kernel-name eth1\nset interfaces eth1 mtu 1500\n",
      ["error interface.same-device"],
    ],
    [
      "two slots of one device",
      "set interfaces ge-0/0/1 kernel-name eth1\nset interfaces ge-0/0/2 kernel-name eth1\n",
      ["error interface.same-device"],
    ],
    [
      "a zone that names another's device",
      "set interfaces ge-0/0/1 kernel-name eth1\nset security zones security-zone a interfaces eth1.0\n",
      ["error interface.same-device"],
    ],
    [
      "a unit other than 0 in a zone",
      "set security zones security-zone a interfaces eth1.5\n",
      ["error interface.unit"],
    ],
    [
      "a unit other than 0",
      "set interfaces eth1 unit 7 family inet address 10.0.0.1/24\n",
      ["error interface.unit", "warning interface.no-zone"],
    ],
    [
      "an interface without a zone",
      "set interfaces eth1 unit 0 family inet address 10.0.0.1/24\n",
      ["warning interface.no-zone"],
    ],
    [
      "an interface that is down needs none",
      "set interfaces eth1 disable\nset interfaces eth1 unit 0 family inet address 10.0.0.1/24\n",
      [],
    ],
    [
      "an interface of the management zone",
      "set interfaces eth1 unit 0 family inet address 10.0.0.1/24\nset security zones functional-zone management interfaces eth1\n",
      [],
    ],
    [
      "one address twice",
      `${zones}set interfaces eth-a unit 0 family inet address 10.0.0.1/24\nset interfaces eth-b unit 0 family inet address 10.0.0.1/24\n`,
      ["error interface.same-address"],
    ],
    ["a zone called any", "set security zones security-zone any interfaces eth1\n", ["error zone.reserved-name"]],
    [
      "a zone called junos-host",
      "set security zones security-zone junos-host interfaces eth1\n",
      ["error zone.reserved-name"],
    ],
    [
      "a zone called management",
      "set security zones security-zone management interfaces eth1\n",
      ["error zone.reserved-name"],
    ],
    ["a route to nowhere", "set routing-options static route 10.0.0.0/8 preference 9\n", ["error route.no-next-hop"]],
    [
      "a route by the other version",
      "set routing-options static route 10.0.0.0/8 next-hop ::1\n",
      ["error route.other-family"],
    ],
    [
      "a route in a table of the other version",
      "set routing-options rib inet6.0 static route 10.0.0.0/8 next-hop 10.0.0.1\n",
      ["warning route.not-installed"],
    ],
    [
      "a route in a table that forwards nothing",
      "set routing-options rib inet.2 static route 10.0.0.0/8 next-hop 10.0.0.1\n",
      ["warning route.not-installed"],
    ],
    [
      "a route in two places",
      `set routing-options static route ::/0 next-hop ::1
set routing-options rib inet6.0 static route ::/0 next-hop ::2
`,
      ["warning route.not-installed"],
    ],
  ])("%s", (_, text, codes) => {
    expect(codesOf(compileText(text))).toEqual(codes);
  });

  test("a slot is a device with dashes, and the loopback is that of the kernel", () => {
    const names = ["ge-0/0/1", "xe-1/0/3:2", "lo0", "eth1"];
    const { ir } = compileText(names.map((name) => `set interfaces ${name} mtu 1500\n`).join(""));
    expect(ir.network.links.map(({ device }) => device).toSorted()).toEqual(["eth1", "ge-0-0-1", "lo", "xe-1-0-3-2"]);
  });
});
