// A pool whose ports run out: the kernel finds no free outer end and drops the packet behind the rule that has counted it, and
// commands do not call that a session.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Gateway } from "@merlon/gateway/gateway.ts";
import { openGateway, typeAs } from "@merlon/gateway/testing/test-gateway.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { policyLines } from "@merlon/compiler/testing/compile-text.ts";
import { NatNetwork } from "./nat-network.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";
const text = `
set security zones security-zone in interfaces toclient
set security zones security-zone out interfaces toserver
${policyLines(["in", "out"], "surf", { then: "permit" })}
set security nat source pool small address 198.51.100.10/32
set security nat source pool small port range 5000 to 5001
set security nat source rule-set s from zone in
set security nat source rule-set s to zone out
set security nat source rule-set s rule hide match source-address 0.0.0.0/0
set security nat source rule-set s rule hide then source-nat pool small
`;

describe.skipIf(!enclosed)("a pool of two ports", () => {
  let net: NatNetwork;
  let folder: string;
  let gateway: Gateway;
  beforeAll(async () => {
    net = await NatNetwork.create({ client: ["10.9.0.0/16"], server: ["10.8.0.0/16", "198.51.100.0/24"] });
    folder = await mkdtemp(join(tmpdir(), "merlon-nat-"));
    gateway = await openGateway(net.kernel, folder);
    const { tree } = loadConfiguration(emptyTree, text, { action: "set", source: "story.conf" });
    expect(await gateway.commitInitial(tree, { user: "root", via: "boot" }, 1)).toMatchObject({ ok: true });
  });
  afterAll(async () => {
    await net[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const shown = (kind: "rule" | "pool") => typeAs(gateway, "anna", `show security nat source ${kind} all`);

  test("while there are ports, every hit is a session", async () => {
    for (const host of [1, 2]) {
      expect(await net.send("client", `tcp 10.9.0.${host} 4000 > 10.8.0.2 80`)).toMatch(/^tcp 198\.51\.100\.10 500/);
    }
    expect(await shown("rule")).toMatch(
      /Translation hits +: 2\n +Successful sessions +: 2\n +Failed sessions +: 0\n +Number of sessions +: 2\n/,
    );
    expect(await shown("pool")).toMatch(/Total used ports +: 2\n/);
  });

  test("when there is none, nobody calls the hits sessions", async () => {
    for (const host of [3, 4, 3, 4]) {
      expect(await net.send("client", `tcp 10.9.0.${host} 4000 > 10.8.0.2 80`)).toBe("nothing");
    }
    expect(await net.kernel.readSessionFailures()).toBe(4);
    expect(await shown("rule")).toMatch(
      /Translation hits +: 6\n +Successful sessions +: N\/A\n +Failed sessions +: N\/A\n +Number of sessions +: 2\n/,
    );
  });

  test("another server is reached by the same ports, which are used once", async () => {
    expect(await net.send("client", "tcp 10.9.0.5 4000 > 10.8.0.3 80")).toMatch(/^tcp 198\.51\.100\.10 500/);
    expect(await shown("rule")).toMatch(/Number of sessions +: 3\n/);
    expect(await shown("pool")).toMatch(/198\.51\.100\.10 - 198\.51\.100\.10 +2 +0\nTotal used ports +: 2\n/);
  });
});
