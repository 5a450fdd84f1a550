// Which bridges the table is told to leave alone.

import { expect, test } from "vitest";
import type { Ir } from "@merlon/compiler/ir.ts";
import { FakeKernel } from "../kernel/fake-kernel.ts";
import type { KernelLink, VirtualLink } from "../kernel/kernel.ts";
import { bootedGateway } from "../testing/test-gateway.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tellForeignBridges } from "./foreign-bridges.ts";

const link = (device: string, virtual?: VirtualLink): KernelLink => ({
  index: 1,
  device,
  up: true,
  carrier: true,
  mtu: 1500,
  macAddress: "02:00:00:00:00:01",
  addresses: [],
  statistics: { receivedPackets: 0, receivedBytes: 0, sentPackets: 0, sentBytes: 0 },
  ...(virtual === undefined ? {} : { virtual }),
});
const bridge = (device: string, ours = false) => link(device, { kind: "bridge", ours });

test("those of others, told once, and again when they or the policy change", async () => {
  const folder = await mkdtemp(join(tmpdir(), "merlon-bridges-"));
  try {
    const kernel = FakeKernel.withDevices("eth1", "eth2");
    const gateway = await bootedGateway(kernel, folder);
    const ir = gateway.running?.prepared.ir ?? expect.fail("nothing is in force");
    const count = () => kernel.transactions.length;
    const told = async (policy: Ir, ...links: readonly KernelLink[]) => {
      const before = count();
      await tellForeignBridges(kernel, policy, links);
      const last = kernel.transactions.slice(before).flat();
      return last.flatMap((command): readonly unknown[] =>
        command.kind === "add-elements" ? command.elements.map(({ key }) => key[0]) : [command.kind],
      );
    };
    const device = (value: string) => ({ kind: "text", value });
    expect(await told(ir)).toEqual([]);
    expect(await told(ir, bridge("wire-w", true), link("eth9"))).toEqual([]);
    expect(await told(ir, bridge("docker0"), bridge("br-1"))).toEqual(["flush-set", device("br-1"), device("docker0")]);
    expect(await told(ir, bridge("br-1"), bridge("docker0"))).toEqual([]);
    expect(await told({ ...ir }, bridge("br-1"), bridge("docker0"))).toEqual([
      "flush-set",
      device("br-1"),
      device("docker0"),
    ]);
    // A bridge that stands in a zone is ours.
    const first = ir.interfaces[0] ?? expect.fail("no interface");
    const zoned = { ...ir, interfaces: [...ir.interfaces, { ...first, device: "docker0" }] };
    expect(await told(zoned, bridge("docker0"))).toEqual(["flush-set"]);
    expect(await told(ir)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
