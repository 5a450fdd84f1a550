// Which devices a scratch gateway is given.

import { expect, test } from "vitest";
import { compileText } from "@merlon/compiler/testing/compile-text.ts";
import { deviceBatch, devicesMax, farBatch, scratchDevices } from "./scratch-devices.ts";

const address = "unit 0 family inet address 10.0.0.1/24";

test.each<[lines: string, expected: readonly string[]]>([
  ["set system host-name a", []],
  [`set interfaces eth1 ${address}`, ["eth1"]],
  // Where the name is a slot, the kernel's name counts, given or made of it.
  [`set interfaces ge-0/0/0 ${address}\nset interfaces ge-0/0/0 kernel-name wan0`, ["wan0"]],
  [`set interfaces ge-0/0/0 ${address}`, ["ge-0-0-0"]],
  // The gateway makes the device of a VLAN on its port.
  [
    "set interfaces eth1 vlan-tagging\nset interfaces eth1 unit 7 vlan-id 7\nset interfaces eth1 unit 7 family inet address 10.0.0.1/24\nset security zones security-zone a interfaces eth1.7",
    ["eth1"],
  ],
  ["set security zones security-zone a interfaces eth7", ["eth7"]],
  ["set security zones security-zone a interfaces lo", []],
])("%s", (lines, expected) => {
  expect(scratchDevices(compileText(`${lines}\n`).ir)).toEqual(expected);
});

test("each is one end of a cable whose other end is up", () => {
  expect(deviceBatch(["eth1", "wan"])).toBe(
    "link add eth1 type veth peer name eth1 netns far\nlink add wan type veth peer name wan netns far\n",
  );
  expect(farBatch(["eth1"])).toBe("link set eth1 up\n");
});

test("their number is limited", () => {
  const lines = Array.from(
    { length: devicesMax + 5 },
    (_, i) => `set security zones security-zone z interfaces e${i}\n`,
  );
  expect(scratchDevices(compileText(lines.join("")).ir)).toHaveLength(devicesMax);
});
