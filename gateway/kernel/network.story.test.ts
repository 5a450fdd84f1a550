// Links, addresses and routes in a real namespace: random walks that the pure model walks too, the sentences of
// refusals, and many of everything. Runs only inside `tools/setup/enclose.sh`.

import type { IpAddress } from "@merlon/model/ip/address.ts";
import { parseIp } from "@merlon/model/ip/address.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import { formatPrefix, parsePrefix } from "@merlon/model/ip/prefix.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { KernelNetwork, KernelRoute, NetworkStep } from "./kernel.ts";
import { applyNetwork, readNetwork } from "./network.ts";
import { applyNetworkStep, describeStep } from "./network-step.ts";
import { runIp } from "./run-ip.ts";
import { StoryNetwork } from "./story-network.ts";
import { askIp } from "./story-tool.ts";
import { enclosed, skipReason } from "./story-watch.ts";
import { writeSysctl } from "./sysctl.ts";

const prefix = (text: string): IpPrefix => parsePrefix(text) ?? expect.fail(`${text} is no prefix`);
const ip = (text: string): IpAddress => parseIp(text) ?? expect.fail(`${text} is no address`);
const device = "toclient";

describe.skipIf(!enclosed)(`network${skipReason}`, () => {
  test("a random walk ends where the model of it ends", async () => {
    await using _network = await StoryNetwork.create();
    // Else the kernel takes the later addresses of a network away with the first one.
    writeSysctl("net.ipv4.conf.all.promote_secondaries", "1");
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let model = normal(readNetwork());
        for (const each of steps) {
          const refused = refusalOf(() => applyNetwork([each]));
          const expected = refusalOf(() => {
            model = applyNetworkStep(model, each);
          });
          expect(refused === undefined, `${describeStep(each)}: ${refused}`).toBe(expected === undefined);
        }
        expect(texts(normal(readNetwork()))).toEqual(texts(model));
        clear();
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  test.each(refusals)("%s", async (message, steps) => {
    await using _network = await StoryNetwork.create();
    expect(() => applyNetwork(steps)).toThrow(message);
  });

  test("what `ip` sees is what was asked for", async () => {
    await using _network = await StoryNetwork.create();
    const viaTwo = { destination: prefix("198.51.100.0/24"), nextHops: [ip("10.1.1.7"), ip("10.1.1.8")], metric: 5 };
    applyNetwork([
      { kind: "set-link", device, mtu: 1400 },
      { kind: "add-address", device, address: prefix("192.0.2.1/24") },
      { kind: "add-route", route: viaTwo },
      { kind: "add-route", route: { destination: prefix("2001:db8::/32"), nextHops: "reject", metric: 9 } },
    ]);
    expect(await askIp("-brief", "address", "show", "dev", device)).toContain("192.0.2.1/24");
    expect(await askIp("link", "show", "dev", device)).toContain("mtu 1400");
    const route4 = await askIp("route", "show", "198.51.100.0/24");
    for (const words of [
      "proto 77 metric 5",
      "nexthop via 10.1.1.7 dev toclient",
      "nexthop via 10.1.1.8 dev toclient",
    ]) {
      expect(route4).toContain(words);
    }
    expect(await askIp("-6", "route", "show", "2001:db8::/32")).toMatch(/^unreachable .*proto 77 metric 9/);
  });

  test("two thousand routes and five hundred addresses", async () => {
    await using _network = await StoryNetwork.create();
    const addresses = Array.from({ length: 500 }, (_, index) =>
      prefix(`192.168.${index >> 7}.${(index & 127) + 1}/16`),
    );
    const routes = Array.from({ length: 2_000 }, (_, index): KernelRoute => {
      const destination = prefix(`172.${16 + (index >> 8)}.${index & 255}.0/24`);
      return { destination, nextHops: [ip("10.1.1.2")], metric: 5 };
    });
    applyNetwork(addresses.map((address) => ({ kind: "add-address", device, address })));
    applyNetwork(routes.map((route) => ({ kind: "add-route", route })));
    const found = readNetwork();
    expect(found.routes).toHaveLength(routes.length);
    const standing = new Set(found.links.find((link) => link.device === device)?.addresses.map(formatPrefix));
    expect(addresses.every((address) => standing.has(formatPrefix(address)))).toBe(true);
    applyNetwork(routes.map((route) => ({ kind: "delete-route", route })));
    expect(readNetwork().routes).toEqual([]);
  });

  test("a port of a bridge names its master, a counter counts", async () => {
    await using network = await StoryNetwork.create();
    await runIp(["link add br0 type bridge", "link set toserver master br0"]);
    await network.at("client", () => runIp(["neigh flush all"]));
    const { links } = readNetwork();
    expect(links.find((link) => link.device === "toserver")?.master).toBe("br0");
    expect(links.find((link) => link.device === "br0")).toMatchObject({ up: false, addresses: [] });
    expect(links.find((link) => link.device === "lo")?.master).toBeUndefined();
  });
});

const walkAddresses = [
  "192.0.2.1/24",
  "192.0.2.2/24",
  "192.0.2.1/25",
  "198.51.100.1/30",
  "2001:db8::1/64",
  "2001:db8::2/64",
];
const walkRoutes: readonly KernelRoute[] = ["203.0.113.0/24", "203.0.113.0/25", "::/0", "2001:db8:9::/48"].flatMap(
  (text) =>
    [0, 5, 6].flatMap((metric) =>
      (["discard", "reject"] as const).map((nextHops) => ({ destination: prefix(text), nextHops, metric })),
    ),
);
const step: fc.Arbitrary<NetworkStep> = fc.oneof(
  fc.record({
    kind: fc.constant("set-link" as const),
    device: fc.constant(device),
    mtu: fc.constantFrom(1400, 1500, 9000),
  }),
  fc.record({
    kind: fc.constantFrom("add-address" as const, "delete-address" as const),
    device: fc.constantFrom(device, device, device, "nosuchdevice"),
    address: fc.constantFrom(...walkAddresses.map(prefix)),
  }),
  fc.record({
    kind: fc.constantFrom("add-route" as const, "delete-route" as const),
    route: fc.constantFrom(...walkRoutes),
  }),
);

const refusals: readonly (readonly [string, readonly NetworkStep[]])[] = [
  [
    "cannot add address 2001:db8::1/48 to toclient: the device has this address with another prefix length",
    [
      { kind: "add-address", device, address: prefix("2001:db8::1/64") },
      { kind: "add-address", device, address: prefix("2001:db8::1/48") },
    ],
  ],
  [
    "cannot add route 203.0.113.0/24 via 198.51.100.1 metric 5: no interface that is up has a network with the next hop",
    [
      {
        kind: "add-route",
        route: { destination: prefix("203.0.113.0/24"), nextHops: [ip("198.51.100.1")], metric: 5 },
      },
    ],
  ],
  [
    "cannot add route ::/0 discard metric 0: IPv6 has no metric 0; choose a preference of at least 1",
    [{ kind: "add-route", route: { destination: prefix("::/0"), nextHops: "discard", metric: 0 } }],
  ],
  [
    "cannot add route 203.0.113.0/24 via  metric 5: it has no next hop",
    [{ kind: "add-route", route: { destination: prefix("203.0.113.0/24"), nextHops: [], metric: 5 } }],
  ],
  [
    "cannot set device toclient mtu 10: the kernel answered EINVAL: mtu less than device minimum",
    [{ kind: "set-link", device, mtu: 10 }],
  ],
  [
    "cannot add route 203.0.113.1/24 discard metric 5: the kernel answered EINVAL",
    [{ kind: "add-route", route: { destination: prefix("203.0.113.1/24"), nextHops: "discard", metric: 5 } }],
  ],
  [
    "cannot set device averyveryverylongdevicename up: there is no such device",
    [{ kind: "set-link", device: "averyveryverylongdevicename", up: true }],
  ],
];

function refusalOf(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof Error && error.name === "KernelFailure") return error.message;
    throw error;
  }
}

/** Without what the kernel changes by itself: counters and link-local addresses. */
function normal(network: KernelNetwork): KernelNetwork {
  const none = { receivedPackets: 0, receivedBytes: 0, sentPackets: 0, sentBytes: 0 };
  return {
    ...network,
    links: network.links.map((link) => ({
      ...link,
      statistics: none,
      addresses: link.addresses.filter((address) => !formatPrefix(address).startsWith("fe80:")),
    })),
  };
}

/** As sorted lines, because the kernel has an order of its own. */
function texts(network: KernelNetwork): readonly string[] {
  const links = network.links.map(({ device: name, mtu, addresses }) => {
    return `${name} ${mtu} ${addresses.map(formatPrefix).toSorted().join(" ")}`;
  });
  return [...links, ...network.routes.map((route) => describeStep({ kind: "add-route", route }))].toSorted();
}

function clear(): void {
  const { links, routes } = readNetwork();
  applyNetwork(routes.map((route) => ({ kind: "delete-route", route })));
  const mine = new Set(walkAddresses);
  const found = links.find((link) => link.device === device)?.addresses ?? [];
  const left = found.filter((address) => mine.has(formatPrefix(address)));
  applyNetwork(left.map((address) => ({ kind: "delete-address", device, address })));
}
