// Links, addresses and routes: what is planned, as rows.

import { describe, expect, test } from "vitest";
import type { IrLink, IrNetwork, IrRoute } from "@merlon/compiler/ir.ts";
import { formatIp, parseIp } from "@merlon/model/ip/address.ts";
import { formatPrefix, parsePrefix } from "@merlon/model/ip/prefix.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import type { KernelLink, KernelNetwork, NetworkStep } from "../kernel/kernel.ts";
import { planNetwork, routeText } from "./plan-network.ts";

const origin = { path: [] };

function prefix(text: string): IpPrefix {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

function link(device: string, addresses: readonly string[], rest: Partial<IrLink> = {}): IrLink {
  return { name: `${device}.0`, device, up: true, addresses: addresses.map(prefix), origin, ...rest };
}

function route(destination: string, hops: readonly string[] | "discard" | "reject"): IrRoute {
  const nextHops =
    typeof hops === "string"
      ? hops
      : hops.map((hop) => {
          const address = parseIp(hop);
          if (address === undefined) throw new Error(hop);
          return address;
        });
  return { destination: prefix(destination), nextHops, preference: 5, origin };
}

function kernelLink(device: string, addresses: readonly string[], rest: Partial<KernelLink> = {}): KernelLink {
  return {
    index: 1,
    device,
    up: true,
    carrier: true,
    mtu: 1500,
    macAddress: "02:00:00:00:00:01",
    addresses: addresses.map(prefix),
    statistics: { receivedPackets: 0, receivedBytes: 0, sentPackets: 0, sentBytes: 0 },
    ...rest,
  };
}

const none: IrNetwork = { links: [], routes: [] };

function plan(desired: Partial<IrNetwork>, before: Partial<IrNetwork>, actual: Partial<KernelNetwork>): string[] {
  const result = planNetwork({
    desired: { ...none, ...desired },
    before: { ...none, ...before },
    actual: { links: [], routes: [], ...actual },
  });
  return [
    ...result.steps.map(stepText),
    ...result.absent.map(({ name }) => `absent ${name}`),
    ...result.taken.map((it) => `taken ${it.link.name} by ${it.master}`),
    ...result.waiting.map((it) => `waiting ${formatPrefix(it.destination)}`),
  ];
}

function stepText(step: NetworkStep): string {
  switch (step.kind) {
    case "set-link":
      return `set ${step.device}${step.up === undefined ? "" : step.up ? " up" : " down"}${step.mtu === undefined ? "" : ` mtu ${step.mtu}`}`;
    case "add-bridge":
    case "delete-link":
      return `${step.kind} ${step.device}`;
    case "add-vlan":
      return `${step.kind} ${step.device} ${step.id} of ${step.parent}`;
    case "set-master":
      return `${step.kind} ${step.device} ${step.master ?? "none"}`;
    case "add-address":
    case "delete-address":
      return `${step.kind} ${step.device} ${formatPrefix(step.address)}`;
    case "add-proxy":
    case "delete-proxy":
      return `${step.kind} ${step.proxy.device} ${formatIp(step.proxy.address)}`;
    case "add-route":
    case "delete-route":
      return `${step.kind} ${routeText(step.route)}`;
  }
}

const hop = (text: string) => {
  const address = parseIp(text);
  if (address === undefined) throw new Error(text);
  return address;
};

describe("planNetwork", () => {
  test("a fresh device gets its addresses, then goes up", () => {
    expect(
      plan(
        { links: [link("eth1", ["10.1.0.1/24", "2001:db8::1/64"], { mtu: 9000 })] },
        {},
        { links: [kernelLink("eth1", [], { up: false })] },
      ),
    ).toEqual(["add-address eth1 10.1.0.1/24", "add-address eth1 2001:db8::1/64", "set eth1 up mtu 9000"]);
  });

  test("what is already right is left alone", () => {
    expect(
      plan({ links: [link("eth1", ["10.1.0.1/24"])] }, {}, { links: [kernelLink("eth1", ["10.1.0.1/24"])] }),
    ).toEqual([]);
  });

  test("only addresses that we named before are removed; foreign ones stay", () => {
    expect(
      plan(
        { links: [link("eth1", ["10.1.0.2/24"])] },
        { links: [link("eth1", ["10.1.0.1/24"]), link("eth2", ["10.2.0.1/24"])] },
        {
          links: [
            kernelLink("eth1", ["10.1.0.1/24", "192.0.2.1/24"]),
            kernelLink("eth2", ["10.2.0.1/24", "192.0.2.9/24"]),
          ],
        },
      ),
    ).toEqual(["delete-address eth1 10.1.0.1/24", "delete-address eth2 10.2.0.1/24", "add-address eth1 10.1.0.2/24"]);
  });

  test("a disabled link goes down, an absent one waits, one in a bridge is reported", () => {
    expect(
      plan(
        { links: [link("eth1", [], { up: false }), link("eth2", ["10.2.0.1/24"]), link("eth3", ["10.3.0.1/24"])] },
        {},
        { links: [kernelLink("eth1", []), kernelLink("eth3", ["10.3.0.1/24"], { master: "br0" })] },
      ),
    ).toEqual(["set eth1 down", "absent eth2.0", "taken eth3.0 by br0"]);
  });

  test("routes: removed, kept, added, and waiting for a link that can reach them", () => {
    const links = [kernelLink("eth1", ["10.1.0.1/24"])];
    const there = (destination: string, via: string) => ({
      destination: prefix(destination),
      nextHops: [hop(via)],
      metric: 5,
    });
    expect(
      plan(
        {
          links: [link("eth1", ["10.1.0.1/24"])],
          routes: [
            route("0.0.0.0/0", ["10.1.0.254"]),
            route("10.9.0.0/16", ["10.1.0.253"]),
            route("10.8.0.0/16", ["10.77.0.1"]),
            route("10.7.0.0/16", "discard"),
          ],
        },
        {},
        { links, routes: [there("0.0.0.0/0", "10.1.0.254"), there("10.6.0.0/16", "10.1.0.254")] },
      ),
    ).toEqual([
      "delete-route 10.6.0.0/16 via 10.1.0.254 metric 5",
      "add-route 10.9.0.0/16 via 10.1.0.253 metric 5",
      "add-route 10.7.0.0/16 via discard metric 5",
      "waiting 10.8.0.0/16",
    ]);
  });

  test("a route over an address that this very plan adds does not wait", () => {
    expect(
      plan(
        { links: [link("eth1", ["10.1.0.1/24"])], routes: [route("0.0.0.0/0", ["10.1.0.254"])] },
        {},
        { links: [kernelLink("eth1", [], { up: false })] },
      ),
    ).toEqual(["add-address eth1 10.1.0.1/24", "set eth1 up", "add-route 0.0.0.0/0 via 10.1.0.254 metric 5"]);
  });

  test("a route over a link that is down waits", () => {
    expect(
      plan(
        { links: [link("eth1", ["10.1.0.1/24"], { up: false })], routes: [route("0.0.0.0/0", ["10.1.0.254"])] },
        {},
        { links: [kernelLink("eth1", ["10.1.0.1/24"])] },
      ),
    ).toEqual(["set eth1 down", "waiting 0.0.0.0/0"]);
  });

  test("the order of next hops does not matter", () => {
    const one = { destination: prefix("0.0.0.0/0"), nextHops: [hop("10.1.0.2"), hop("10.1.0.3")], metric: 5 };
    expect(routeText(one)).toBe(routeText({ ...one, nextHops: one.nextHops.toReversed() }));
    expect(formatIp(hop("10.1.0.2"))).toBe("10.1.0.2");
  });

  test("what is answered for comes last and goes first; what carries our mark is ours", () => {
    const proxies = (...texts: readonly string[]) =>
      texts.map((text) => {
        const [device = "", address = ""] = text.split(" ");
        return { device, address: hop(address) };
      });
    expect(
      plan(
        {
          links: [link("eth1", ["10.1.0.1/24"])],
          proxies: proxies("eth1 10.1.0.9", "eth1 2001:db8::9", "eth1 10.1.0.8", "eth9 10.1.0.7"),
        },
        {},
        { links: [kernelLink("eth1", [])], proxies: proxies("eth1 10.1.0.8", "eth1 10.1.0.6") },
      ),
    ).toEqual([
      "delete-proxy eth1 10.1.0.6",
      "add-address eth1 10.1.0.1/24",
      "add-proxy eth1 10.1.0.9",
      "add-proxy eth1 2001:db8::9",
    ]);
  });
});
