// Addresses of one network are one source, however they are written.

import { expect, test } from "vitest";
import { loginSource } from "./login-source.ts";

test.each([
  ["an IPv4 address is its own source", "10.0.0.1", "10.0.0.1", true],
  ["two of them are two", "10.0.0.1", "10.0.0.2", false],
  ["one /64", "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true],
  ["another /64", "2001:db8:1:2::1", "2001:db8:1:3::1", false],
  ["zeros left out", "2001:db8::5", "2001:db8:0:0:1::5", true],
  ["zeros and capitals", "2001:0db8::1", "2001:DB8::2", true],
  ["a link, by whatever device", "fe80::1%eth0", "fe80::2", true],
  ["what is no address", "somewhere", "elsewhere", false],
])("%s", (_, one, other, same) => {
  expect(loginSource(one) === loginSource(other)).toBe(same);
});
