// Network steps on the pure model: what each does, that doing it twice does nothing more, and its sentence.

import type { IpAddress } from "@merlon/model/ip/address.ts";
import { parseIp } from "@merlon/model/ip/address.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import { parsePrefix } from "@merlon/model/ip/prefix.ts";
import { expect, test } from "vitest";
import { fakeLink } from "./fake-kernel.ts";
import type { KernelNetwork, KernelRoute, NetworkStep } from "./kernel.ts";
import { applyNetworkStep, describeStep, sameRoute } from "./network-step.ts";

const prefix = (text: string): IpPrefix => parsePrefix(text) ?? expect.fail(text);
const ip = (text: string): IpAddress => parseIp(text) ?? expect.fail(text);
const viaTwo: KernelRoute = {
  destination: prefix("10.9.0.0/16"),
  nextHops: [ip("10.1.1.2"), ip("10.1.1.3")],
  metric: 5,
};
const network: KernelNetwork = {
  links: [fakeLink(1, "lo"), fakeLink(2, "eth1", { addresses: [prefix("10.1.1.1/24")] })],
  routes: [viaTwo],
};

const rows: readonly (readonly [string, NetworkStep, (after: KernelNetwork) => unknown, unknown])[] = [
  [
    "answer for 10.1.1.9 on eth1",
    { kind: "add-proxy", proxy: { device: "eth1", address: ip("10.1.1.9") } },
    (after) => after.proxies,
    [{ device: "eth1", address: ip("10.1.1.9") }],
  ],
  [
    "no longer answer for fd00::9 on eth1",
    { kind: "delete-proxy", proxy: { device: "eth1", address: ip("fd00::9") } },
    (after) => after.proxies ?? [],
    [],
  ],
  [
    "set device eth1 down mtu 1400",
    { kind: "set-link", device: "eth1", up: false, mtu: 1400 },
    (after) => [after.links[1]?.up, after.links[1]?.mtu],
    [false, 1400],
  ],
  ["set device eth1 up", { kind: "set-link", device: "eth1", up: true }, (after) => after.links[1], network.links[1]],
  [
    "add address fd00::1/64 to eth1",
    { kind: "add-address", device: "eth1", address: prefix("fd00::1/64") },
    (after) => after.links[1]?.addresses,
    [prefix("10.1.1.1/24"), prefix("fd00::1/64")],
  ],
  [
    "add address 10.1.1.1/24 to eth1",
    { kind: "add-address", device: "eth1", address: prefix("10.1.1.1/24") },
    (after) => after,
    network,
  ],
  [
    "delete address 10.1.1.1/24 from eth1",
    { kind: "delete-address", device: "eth1", address: prefix("10.1.1.1/24") },
    (after) => after.links[1]?.addresses,
    [],
  ],
  [
    "delete address 10.1.1.1/25 from eth1",
    { kind: "delete-address", device: "eth1", address: prefix("10.1.1.1/25") },
    (after) => after.links[1]?.addresses.length,
    1,
  ],
  [
    "add route 10.9.0.0/16 via 10.1.1.2, 10.1.1.3 metric 5",
    { kind: "add-route", route: viaTwo },
    (after) => after,
    network,
  ],
  [
    "add route ::/0 discard metric 7",
    { kind: "add-route", route: { destination: prefix("::/0"), nextHops: "discard", metric: 7 } },
    (after) => after.routes.length,
    2,
  ],
  [
    "delete route 10.9.0.0/16 via 10.1.1.2, 10.1.1.3 metric 5",
    { kind: "delete-route", route: viaTwo },
    (after) => after.routes,
    [],
  ],
];

test.each(rows)("%s", (sentence, step, look, expected) => {
  expect(describeStep(step)).toBe(sentence);
  const after = applyNetworkStep(network, step);
  expect(look(after)).toEqual(expected);
  expect(applyNetworkStep(after, step)).toEqual(after);
});

test.each([
  ["cannot set device eth9 up: there is no such device", { kind: "set-link", device: "eth9", up: true }],
  [
    "cannot add address 10.0.0.1/8 to eth9: there is no such device",
    { kind: "add-address", device: "eth9", address: prefix("10.0.0.1/8") },
  ],
  [
    "cannot add route 10.9.0.0/16 reject metric 5: another route to this destination with this metric exists",
    { kind: "add-route", route: { ...viaTwo, nextHops: "reject" } },
  ],
  [
    "cannot add route ::/0 discard metric 0: IPv6 has no metric 0; choose a preference of at least 1",
    { kind: "add-route", route: { destination: prefix("::/0"), nextHops: "discard", metric: 0 } },
  ],
  [
    "cannot add route 10.8.0.0/16 via  metric 5: it has no next hop",
    { kind: "add-route", route: { destination: prefix("10.8.0.0/16"), nextHops: [], metric: 5 } },
  ],
] as const)("%s", (message, step) => {
  expect(() => applyNetworkStep(network, step)).toThrow(message);
});

test("the order of next hops has no meaning", () => {
  expect(sameRoute(viaTwo, { ...viaTwo, nextHops: [ip("10.1.1.3"), ip("10.1.1.2")] })).toBe(true);
  expect(sameRoute(viaTwo, { ...viaTwo, nextHops: [ip("10.1.1.3")] })).toBe(false);
  expect(sameRoute(viaTwo, { ...viaTwo, nextHops: "discard" })).toBe(false);
  expect(sameRoute(viaTwo, { ...viaTwo, metric: 6 })).toBe(false);
});
