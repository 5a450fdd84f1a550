// Settings of devices: what a gateway's port, a port of a wire, and one that was such a port have; and a kernel that refuses.

import { expect, test } from "vitest";
import type { IrNetwork } from "@merlon/compiler/ir.ts";
import { parsePrefix } from "@merlon/model/ip/prefix.ts";
import { FakeKernel } from "../kernel/fake-kernel.ts";
import { KernelFailure } from "../kernel/kernel.ts";
import { settleDevices } from "./device-settings.ts";

const origin = { path: [] };
const prefix = (text: string) => parsePrefix(text) ?? expect.fail(text);
const link = (device: string, ...addresses: readonly string[]) => ({
  name: device,
  device,
  up: true,
  addresses: addresses.map(prefix),
  origin,
});
const ports = ["eth1", "eth2.5"].map((device, mark) => ({ interface: `${device}.0`, device, mark }));

function network(wired: boolean): IrNetwork {
  const [a, b] = ports;
  if (a === undefined || b === undefined) throw new Error("two ports");
  const wires = wired ? [{ name: "w", device: "wire-w", ports: [a, b] as const, connectionZone: 1, origin }] : [];
  return {
    links: [link("eth1", ...(wired ? [] : ["2001:db8::1/64"])), link("eth3", "10.0.0.1/24")],
    routes: [],
    wires,
  };
}

function kernelWith(...names: readonly string[]): FakeKernel {
  const kernel = new FakeKernel();
  for (const name of names) kernel.sysctls.set(name, name.endsWith("redirects") ? "1" : "0");
  return kernel;
}

const all = ["eth1", "eth2/5", "eth3"].flatMap((device) => [
  `net.ipv4.conf.${device}.send_redirects`,
  `net.ipv6.conf.${device}.disable_ipv6`,
]);

test("a port of a wire is silent, and speaks again when it has addresses", async () => {
  const kernel = kernelWith(...all);
  const valuesOf = () => all.map((name) => kernel.sysctls.get(name)).join("");
  expect(await settleDevices(kernel, network(true))).toEqual([]);
  expect(valuesOf()).toBe("010100");
  expect(await settleDevices(kernel, network(false))).toEqual([]);
  expect(valuesOf()).toBe("000100");
});

test("ARP answers for the addresses of its own interface alone, and for proxied ones at once", async () => {
  const names = [
    "net.ipv4.conf.eth3.arp_ignore",
    "net.ipv4.neigh.eth3.proxy_delay",
    "net.ipv6.neigh.eth3.proxy_delay",
    "net.ipv4.neigh.eth1.proxy_delay",
  ];
  const kernel = kernelWith(...names);
  for (const name of names.slice(1)) kernel.sysctls.set(name, "80");
  const proxies = [{ device: "eth3", address: prefix("10.0.0.9/32").address }];
  expect(await settleDevices(kernel, { ...network(false), proxies })).toEqual([]);
  expect(names.map((name) => kernel.sysctls.get(name))).toEqual(["1", "0", "0", "80"]);
});

test("a device that is not there has no settings", async () => {
  expect(await settleDevices(kernelWith(), network(true))).toEqual([]);
});

test("what the kernel refuses is told, and the rest is done", async () => {
  const kernel = kernelWith(...all);
  kernel.failNext("writeSysctl", new KernelFailure("read-only", "EROFS"));
  expect(await settleDevices(kernel, network(true))).toEqual([
    "net.ipv4.conf.eth1.send_redirects cannot be set to 0: senders may be told to go around the gateway",
  ]);
  expect(kernel.sysctls.get("net.ipv4.conf.eth3.send_redirects")).toBe("0");
});
