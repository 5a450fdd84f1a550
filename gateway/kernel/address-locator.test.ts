// From addresses to devices as the kernel's routes go.

import { describe, expect, test } from "vitest";
import { parseIp } from "@merlon/model/ip/address.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import { parsePrefix } from "@merlon/model/ip/prefix.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import { AddressLocator } from "./address-locator.ts";
import { fakeLink } from "./fake-kernel.ts";

const ip = (text: string): IpAddress => parseIp(text) ?? expect.fail(text);
const prefix = (text: string): IpPrefix => parsePrefix(text) ?? expect.fail(text);

describe("the device behind which an address is", () => {
  const locator = new AddressLocator({
    links: [
      fakeLink(2, "lan", { addresses: [prefix("10.1.0.1/16"), prefix("2001:db8:1::1/64")] }),
      fakeLink(3, "small", { addresses: [prefix("10.1.5.1/24")] }),
      fakeLink(4, "down", { up: false, addresses: [prefix("10.9.0.1/24")] }),
      fakeLink(5, "out", { addresses: [prefix("192.0.2.1/31")] }),
    ],
    routes: [
      { destination: prefix("0.0.0.0/0"), nextHops: [ip("192.0.2.0")], metric: 5 },
      { destination: prefix("10.7.0.0/16"), nextHops: [ip("10.1.5.9")], metric: 5 },
      { destination: prefix("10.8.0.0/16"), nextHops: "discard", metric: 5 },
      { destination: prefix("10.6.0.0/16"), nextHops: [ip("203.0.113.1")], metric: 5 },
    ],
  });

  test.each([
    ["10.1.0.7", "lan"],
    ["10.1.5.7", "small"],
    ["10.7.3.3", "small"],
    ["2001:db8:1::9", "lan"],
    ["2001:db8:2::9", undefined],
    ["198.51.100.1", "out"],
    ["10.9.0.5", "out"],
  ])("%s: %s", (address, device) => {
    expect(locator.find(ip(address))).toBe(device);
    expect(locator.find(ip(address))).toBe(device);
  });

  test("a gateway without networks knows none", () => {
    expect(new AddressLocator({ links: [], routes: [] }).find(ip("10.0.0.1"))).toBeUndefined();
  });

  test("it answers for thousands of addresses", () => {
    for (let at = 0; at < 21_000; at++) locator.find({ family: 4, value: 0x0a01_0000 + at });
    expect(locator.find(ip("10.1.5.7"))).toBe("small");
  });
});
