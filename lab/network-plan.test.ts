// The plan of the network as text: what stands in it, and that no name or line can surprise `ip`.

import { describe, expect, test } from "vitest";
import { planNetwork } from "./network-plan.ts";
import { fabricName, gatewayName, hosts, zones } from "./topology.ts";
import type { LabHost, LabZone } from "./topology.ts";

const plan = planNetwork(zones, hosts);

function setupOf(namespace: string): readonly string[] {
  return plan.setups.find((setup) => setup.namespace === namespace)?.lines ?? [];
}

describe("planNetwork", () => {
  test("makes a namespace for the switches, the gateway and every host", () => {
    expect(plan.namespaces).toEqual([fabricName, gatewayName, ...hosts.map(({ name }) => name)]);
  });

  test("leaves the gateway's ports down and without addresses: they are the gateway's to set", () => {
    expect(setupOf(gatewayName)).toEqual(["link set lo up"]);
  });

  test("is this for a host with one address", () => {
    expect(setupOf("app-desk")).toEqual([
      "link set lo up",
      "address add 10.10.2.20/24 dev eth0",
      "address add 2001:db8:10:2::20/64 dev eth0 nodad",
      "link set eth0 up",
      "route add 0.0.0.0/0 via 10.10.2.1 src 10.10.2.20",
      "route add ::/0 via 2001:db8:10:2::1 src 2001:db8:10:2::20",
    ]);
  });

  test("is this for a host behind a router address of its own", () => {
    expect(setupOf("internet")).toEqual([
      "link set lo up",
      "address add 203.0.113.2/24 dev eth0",
      "address add 198.51.100.10/32 dev lo",
      "address add 2001:db8:113::2/64 dev eth0 nodad",
      "address add 2001:db8:198::10/128 dev lo nodad",
      "link set eth0 up",
      "route add 0.0.0.0/0 via 203.0.113.1 src 198.51.100.10",
      "route add ::/0 via 2001:db8:113::1 src 2001:db8:198::10",
    ]);
  });

  test("plugs both machines of app and the gateway into one switch", () => {
    expect(setupOf(fabricName).filter((line) => line.includes("master app"))).toEqual([
      "link set gw-app master app",
      "link set to-app-server master app",
      "link set to-app-desk master app",
    ]);
  });

  test("gives far ends other indexes than their peers can have", () => {
    for (const line of plan.cables.filter((cable) => cable.startsWith("link"))) {
      expect(Number(/ index (\d+) /.exec(line)?.[1])).toBeGreaterThanOrEqual(1_000);
    }
  });

  test("writes one thing per line", () => {
    for (const line of [...plan.cables, ...plan.setups.flatMap(({ lines }) => lines)])
      expect(line).not.toMatch(/[\n;]/);
  });

  test("turns the filters of the switches off", () => {
    const filters = plan.sysctls.filter(({ name }) => name.startsWith("net.bridge."));
    expect(filters.map(({ namespace, value }) => `${namespace}=${value}`)).toEqual(["fabric=0", "fabric=0"]);
  });

  test("refuses a name whose port would be longer than the kernel's 15 bytes", () => {
    const [host] = hosts;
    expect(() => planNetwork(zones, [{ ...(host as LabHost), name: "a-very-long-name" }])).toThrow("shorter name");
  });

  test("refuses a host in a zone that is not there", () => {
    const [host] = hosts;
    expect(() => planNetwork(zones.slice(1) as LabZone[], [host as LabHost])).toThrow("finance");
  });
});
