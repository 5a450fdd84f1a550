// The topology must be consistent in itself, whatever is added to it.

import { describe, expect, test } from "vitest";
import { parsePrefix, rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import { parseIp } from "@merlon/model/ip/address.ts";
import {
  families,
  hostOf,
  hostOfAddress,
  hosts,
  hostsOfZone,
  serviceNames,
  servicePorts,
  zoneNames,
  zoneOf,
  zones,
} from "./topology.ts";

describe("topology", () => {
  test("has the five zones of the paper's Figure 1 in order, each with a host", () => {
    expect(zones.map(({ name }) => name)).toEqual([...zoneNames]);
    for (const { name } of zones) expect(hostsOfZone(name).length).toBeGreaterThan(0);
  });

  test("has two machines in app, of which one is no application server", () => {
    expect(hostsOfZone("app").map(({ name }) => name)).toEqual(["app-server", "app-desk"]);
  });

  test("gives no name, MAC address or IP address twice", () => {
    const once = (values: readonly string[]) => expect(new Set(values).size).toBe(values.length);
    once(hosts.map(({ name }) => name));
    once([...hosts.map(({ mac }) => mac), ...zones.map(({ gatewayMac }) => gatewayMac)]);
    once([
      ...hosts.flatMap((host) => families.map((family) => host.linkAddresses[family])),
      ...zones.flatMap((zone) => families.map((family) => zone.gatewayAddresses[family])),
    ]);
    once(zones.flatMap(({ gatewayDevice, gatewayInterface }) => [gatewayDevice, gatewayInterface]));
  });

  test.each(hosts.flatMap((host) => families.map((family) => [host.name, family] as const)))(
    "%s has an IPv%i address in the network of its zone's gateway",
    (name, family) => {
      const host = hostOf(name);
      const zone = zoneOf(host.zone);
      const network = parsePrefix(`${zone.gatewayAddresses[family]}/${zone.prefixLengths[family]}`);
      const address = parseIp(host.linkAddresses[family]);
      expect(network).toBeDefined();
      expect(address?.family).toBe(family);
      if (network === undefined || address === undefined) return;
      const range = rangeOfPrefix(network);
      expect(address.value >= range.first && address.value <= range.last).toBe(true);
      expect(parseIp(host.addresses[family])?.family).toBe(family);
    },
  );

  test("puts the internet's host behind a router address, so that the default route is used", () => {
    const { addresses, linkAddresses } = hostOf("internet");
    for (const family of families) expect(addresses[family]).not.toBe(linkAddresses[family]);
  });

  test("has locally administered MAC addresses only", () => {
    for (const { mac } of hosts) expect(mac).toMatch(/^02(:[0-9a-f]{2}){5}$/);
  });

  test("finds hosts by name and by address, and says which name it does not know", () => {
    expect(hostOfAddress("2001:db8:10:4::10")?.name).toBe("data-store");
    expect(hostOfAddress("198.51.100.10")?.name).toBe("internet");
    expect(hostOfAddress("192.0.2.1")).toBeUndefined();
    expect(() => hostOf("nobody")).toThrow("nobody");
    expect(() => zoneOf("nowhere" as "web")).toThrow("nowhere");
  });

  test("has a port for every service but ping", () => {
    expect([...Object.keys(servicePorts), "ping"]).toEqual([...serviceNames]);
  });
});
