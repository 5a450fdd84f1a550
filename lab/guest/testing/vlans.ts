// Tagged traffic through the whole gateway: units with a vlan-id are devices of the kernel that come and go with the
// configuration, each in a zone of its own, and take the fast path like any other.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { boot } from "@merlon/gateway/boot.ts";
import type { Gateway } from "@merlon/gateway/gateway.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import { runIp } from "@merlon/gateway/kernel/run-ip.ts";
import { StoryNetwork } from "@merlon/gateway/kernel/story-network.ts";
import { Reconciler } from "@merlon/gateway/reconcile.ts";
import { rulesetDifferences } from "@merlon/gateway/ruleset-differences.ts";
import { openGateway, typeAs } from "@merlon/gateway/testing/test-gateway.ts";
import { UdpPair } from "./udp-pair.ts";
import { placeWitness, seenByWitness } from "./witness.ts";

/** Both ports use tag 100, for different networks. */
const configuration = `
interfaces {
  toclient {
    vlan-tagging;
    unit 100 { vlan-id 100; family inet { address 10.11.0.1/24; } }
    unit 200 { vlan-id 200; family inet { address 10.12.0.1/24; } }
  }
  toserver {
    vlan-tagging;
    unit 100 { vlan-id 100; family inet { address 10.13.0.1/24; } }
  }
}
applications { application talk { protocol udp; destination-port 514; } }
security {
  zones {
    security-zone staff { interfaces { toclient.100; } }
    security-zone visitors { interfaces { toclient.200; } }
    security-zone data { interfaces { toserver.100; } }
  }
  policies {
    from-zone staff to-zone data {
      policy talk { match { source-address any; destination-address any; application talk; } then { permit; count; } }
    }
  }
}`;
const staff = { client: "10.11.0.2", server: "10.13.0.2", port: 514 };
const visitors = { client: "10.12.0.2", server: "10.13.0.3", port: 514 };

describe("VLANs", () => {
  const stack = new AsyncDisposableStack();
  let network: StoryNetwork;
  let gateway: Gateway;

  beforeAll(async () => {
    network = stack.use(await StoryNetwork.create());
    await runIp(["address flush dev toclient", "address flush dev toserver"]);
    await network.at("client", () =>
      runIp([
        ...tagged(100, "10.11.0.2/24"),
        ...tagged(200, "10.12.0.2/24"),
        "route add 10.13.0.2 via 10.11.0.1",
        "route add 10.13.0.3 via 10.12.0.1",
      ]),
    );
    await network.at("server", () =>
      runIp([
        ...tagged(100, "10.13.0.2/24", "10.13.0.3/24"),
        "route add 10.11.0.0/24 via 10.13.0.1",
        "route add 10.12.0.0/24 via 10.13.0.1",
      ]),
    );
    const folder = await mkdtemp(join(tmpdir(), "merlon-vlans-"));
    stack.defer(() => rm(folder, { recursive: true }));
    gateway = await openGateway(new LinuxKernel(), folder);
    await boot(gateway, { text: configuration, source: "story.conf" });
    expect(gateway.alarms.list()).toEqual([]);
    await placeWitness();
  });
  afterAll(() => stack.disposeAsync());

  const commit = async (...lines: readonly string[]): Promise<void> =>
    expect(await typeAs(gateway, "anna", "configure", ...lines, "commit")).toContain("commit complete");
  const devices = async (): Promise<readonly string[]> =>
    (await gateway.kernel.readNetwork()).links.map(({ device }) => device).filter((device) => device.includes("."));

  test("each unit is a device, and each tag a zone", async () => {
    expect((await devices()).toSorted()).toEqual(["toclient.100", "toclient.200", "toserver.100"]);
    using inside = UdpPair.open(network, staff);
    using outside = UdpPair.open(network, visitors);
    expect(await inside.exchange()).toEqual([1, 1]);
    expect(await outside.exchange()).toEqual([0, 0]);
  });

  test("tagged sessions take the fast path, once their devices are there", async () => {
    using reconciler = new Reconciler(gateway);
    await reconciler.checkNetwork();
    expect((await gateway.kernel.readTable())?.flowtables).toMatchObject([
      { devices: ["toclient.100", "toclient.200", "toserver.100"] },
    ]);
    using pair = UdpPair.open(network, staff);
    for (let i = 0; i < 3; i++) expect(await pair.exchange()).toEqual([1, 1]);
    const before = await seenByWitness();
    for (let i = 0; i < 10; i++) expect(await pair.exchange()).toEqual([1, 1]);
    expect(await seenByWitness()).toBe(before);
  });

  test("a commit makes and takes units, and the others do not notice", async () => {
    await commit(
      "delete interfaces toclient unit 200",
      "delete security zones security-zone visitors",
      "set interfaces toserver unit 300 vlan-id 300",
      "set interfaces toserver unit 300 family inet address 10.14.0.1/24",
      "set security zones security-zone data interfaces toserver.300",
    );
    expect((await devices()).toSorted()).toEqual(["toclient.100", "toserver.100", "toserver.300"]);
    using pair = UdpPair.open(network, { ...staff, port: 514 });
    expect(await pair.exchange()).toEqual([1, 1]);
    using reconciler = new Reconciler(gateway);
    await runIp(["link delete toserver.300"]);
    await reconciler.checkNetwork();
    expect((await devices()).toSorted()).toEqual(["toclient.100", "toserver.100", "toserver.300"]);
    expect(await rulesetDifferences(gateway.kernel, gateway.running ?? expect.fail())).toEqual([]);
    expect(gateway.alarms.list()).toEqual([]);
  });
});

function tagged(id: number, ...addresses: readonly string[]): readonly string[] {
  const device = `eth0.${id}`;
  return [
    `link add link eth0 name ${device} type vlan id ${id}`,
    ...addresses.map((address) => `address add ${address} dev ${device}`),
    `link set ${device} up`,
  ];
}
