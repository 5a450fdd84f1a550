// `apply-groups "${node}"` on a gateway that is a node of a cluster, and on one that is none.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { boot } from "../boot.ts";
import type { Gateway } from "../gateway.ts";
import { freshKernel, initial, openGateway, TestClocks, typeAs } from "../testing/test-gateway.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "merlon-node-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const text = `${initial.text}
  groups {
    node0 { system { host-name fw-0; } }
    node1 { system { host-name fw-1; } }
  }
  apply-groups "\${node}";`;

async function start(node?: "node0" | "node1"): Promise<Gateway> {
  const gateway = await openGateway(freshKernel(), folder, new TestClocks(), node);
  await boot(gateway, { ...initial, text });
  return gateway;
}

test.each(["node0", "node1"] as const)("%s applies its own group, and shows it", async (node) => {
  const gateway = await start(node);
  const name = `fw-${node.at(-1)}`;
  expect(gateway.hostName).toBe(name);
  const shown = await typeAs(gateway, "ana", "show configuration system | display inheritance");
  expect(shown).toBe(`##\n## '${name}' was inherited from group '${node}'\n##\nhost-name ${name};\n`);
  expect(await typeAs(gateway, "ana", "commit check")).not.toContain("no node");
});

test("without a name the groups bring nothing, and a commit says so", async () => {
  const gateway = await start();
  expect(gateway.hostName).toBe("merlon");
  const said = await typeAs(gateway, "ana", "set system login message hello", "commit");
  expect(said).toContain('apply-groups "${node}" means no group: this gateway is no node of a cluster');
  expect(said).toContain("--node node0 or --node node1");
  expect(said).toContain("commit complete");
});

test("the same state started as another node is another configuration", async () => {
  await start("node0");
  const again = await openGateway(freshKernel(), folder, new TestClocks(), "node1");
  await boot(again, undefined);
  expect(again.hostName).toBe("fw-1");
});
