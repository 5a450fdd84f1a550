// Which addresses are the gateway's own: those of IPv6, configured or found, but for those of a link and of the host alone.

import { expect, test } from "vitest";
import { parsePrefix } from "@merlon/model/ip/prefix.ts";
import { formatIpv6 } from "@merlon/model/ip/address.ts";
import { ownAddresses, ownAddressesMax, withOwnAddresses } from "./own-addresses.ts";
import type { Ir } from "./ir.ts";
import { compileText, zoneLines } from "./testing/compile-text.ts";

const { ir } = compileText(
  `${zoneLines("a", "b")}set interfaces eth-a unit 0 family inet6 address 2001:db8::1/64\n` +
    "set interfaces eth-a unit 0 family inet address 10.0.0.1/24\n",
);
const link = (...addresses: readonly string[]) => ({
  addresses: addresses.map((text) => parsePrefix(text) ?? expect.fail(text)),
});

function textOf(of: Ir): readonly string[] {
  const addresses = ownAddresses(of);
  return addresses === "too many" ? expect.fail(addresses) : addresses.map(formatIpv6);
}

test("configured and found ones, each once", () => {
  const found = withOwnAddresses(ir, [
    link("::1/128", "127.0.0.1/8"),
    link("fe80::1/64", "2001:db8::1/64", "fd00::7/48"),
  ]);
  expect(textOf(found)).toEqual(["2001:db8::1", "fd00::7"]);
  expect(textOf(ir)).toEqual(["2001:db8::1"]);
});

test("too many are no list, and a list again when they are fewer", () => {
  const many = Array.from({ length: ownAddressesMax }, (_, index) => `fd00:7::${(index + 1).toString(16)}/128`);
  const full = withOwnAddresses(ir, [link(...many)]);
  expect(full.foundAddresses).toHaveLength(ownAddressesMax);
  // One more is configured.
  expect(ownAddresses(full)).toBe("too many");
  const above = withOwnAddresses(full, [link(...many, "fd00:8::1/128")]);
  expect(above.foundAddresses).toBe("too many");
  expect(withOwnAddresses(above, [link(...many, "fd00:8::1/128", "fd00:8::2/128")])).toBe(above);
  expect(textOf(withOwnAddresses(above, [link("fd00::7/48")]))).toEqual(["2001:db8::1", "fd00::7"]);
});

test("is the same object as long as the addresses are", () => {
  const found = withOwnAddresses(ir, [link("fd00::7/48")]);
  expect(withOwnAddresses(found, [link("fe80::9/64"), link("fd00::7/64")])).toBe(found);
  expect(withOwnAddresses(found, [])).not.toHaveProperty("foundAddresses");
  expect(withOwnAddresses(ir, [])).toBe(ir);
});
