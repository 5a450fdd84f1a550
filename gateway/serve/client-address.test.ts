// How addresses of clients are written, and which of them lie within a network.

import { expect, test } from "vitest";
import { parsePrefix } from "@merlon/model/ip/prefix.ts";
import { isWithin, plainAddress } from "./client-address.ts";

test.each([
  ["10.0.0.1", "10.0.0.1"],
  ["::ffff:10.0.0.1", "10.0.0.1"],
  ["2001:db8::1", "2001:db8::1"],
  ["::ffff:a00:1", "::ffff:a00:1"],
  ["", ""],
  [undefined, ""],
])("a client that the socket calls %j is %j", (given, wanted) => {
  expect(plainAddress(given)).toBe(wanted);
});

test.each([
  ["10.1.0.0/16", "10.1.0.0", true],
  ["10.1.0.0/16", "10.1.255.255", true],
  ["10.1.0.0/16", "10.2.0.0", false],
  ["10.1.0.0/16", "10.0.255.255", false],
  ["0.0.0.0/0", "192.0.2.1", true],
  ["0.0.0.0/0", "::1", false],
  ["::/0", "192.0.2.1", false],
  ["2001:db8::/32", "2001:db8:ffff::9", true],
  ["2001:db8::/32", "2001:db9::", false],
  ["0.0.0.0/0", "", false],
  ["0.0.0.0/0", "no address", false],
])("%s holds %j: %j", (network, address, wanted) => {
  const prefix = parsePrefix(network) ?? expect.fail(network);
  expect(isWithin(prefix, address)).toBe(wanted);
});
