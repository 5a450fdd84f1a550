// The network, the hosts and the probes by themselves, with a plain router, a silent gateway and a refusing one in the
// gateway's place: what `--check` will find must be the gateway's doing and nobody else's.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runIp } from "@merlon/gateway/kernel/run-ip.ts";
import { noteArrivals, readArrivals } from "./arrivals.ts";
import { buildNetwork, removeNetwork } from "./build-network.ts";
import { Host } from "./host.ts";
import { planAttempts } from "./matrix.ts";
import type { Observation } from "./matrix.ts";
import { inNetwork, namespacePath } from "./network-namespace.ts";
import { planNetwork } from "./network-plan.ts";
import { startPlainRouter } from "./plain-router.ts";
import { probeMatrix } from "./probe-matrix.ts";
import { runNft } from "./run-nft.ts";
import { gatewayName, hostOf, hosts, zones } from "./topology.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";

/** Tells slow from blocked on a busy machine. */
const patientMs = 5_000;

async function startHosts(): Promise<AsyncDisposableStack & { readonly running: readonly Host[] }> {
  const stack = new AsyncDisposableStack();
  const running = await Promise.all(hosts.map(async ({ name }) => stack.use(await Host.start(name))));
  return Object.assign(stack, { running });
}

function isNeighbour({ from, to }: Observation): boolean {
  return to !== gatewayName && hostOf(from).zone === hostOf(to).zone;
}

describe.skipIf(!enclosed)("network (needs tools/setup/enclose.sh)", () => {
  test("is built in under a second and removed without a trace", async () => {
    const startedMs = performance.now();
    await buildNetwork();
    const tookMs = performance.now() - startedMs;
    await expect(buildNetwork()).rejects.toThrow("stands already");
    await removeNetwork();
    await removeNetwork();
    for (const name of planNetwork(zones, hosts).namespaces) expect(existsSync(namespacePath(name))).toBe(false);
    expect(tookMs).toBeLessThan(1_000);
  });

  test("what cannot be built is removed again, and what somebody else built stays", async () => {
    const plan = planNetwork(zones, hosts);
    const broken = { ...plan, setups: [...plan.setups, { namespace: "web-server", lines: ["link set nothing up"] }] };
    await expect(buildNetwork(broken)).rejects.toThrow("link set nothing up");
    for (const name of plan.namespaces) expect(existsSync(namespacePath(name))).toBe(false);
    await runIp(["netns add web-server"]);
    await expect(buildNetwork()).rejects.toThrow("web-server stands already");
    expect(existsSync(namespacePath("web-server"))).toBe(true);
    await runIp(["netns delete web-server"]);
  });

  test("the words of ip say which line it refused", async () => {
    await expect(runIp(["link show lo", "link set nothing up"])).rejects.toThrow('at "link set nothing up"');
  });

  test("a thread enters a namespace and comes back, also after an error", async () => {
    await buildNetwork();
    try {
      const here = readFileSync("/proc/thread-self/net/dev", "utf8");
      const there = inNetwork("web-server", () => readFileSync("/proc/thread-self/net/dev", "utf8"));
      expect(there).toContain("eth0");
      expect(here).not.toContain("eth0:");
      const failing = () =>
        inNetwork("web-server", () => {
          throw new Error("inside");
        });
      expect(failing).toThrow("inside");
      expect(readFileSync("/proc/thread-self/net/dev", "utf8")).not.toContain("eth0:");
      expect(() => inNetwork("nowhere", () => undefined)).toThrow("no network namespace nowhere");
      expect(() => inNetwork("../etc", () => undefined)).toThrow("not a name");
    } finally {
      await removeNetwork();
    }
  });

  test("a host in a namespace that is not there says so", async () => {
    await expect(Host.start("web-server")).rejects.toThrow("web-server");
  });
});

describe.skipIf(!enclosed)("hosts behind a plain router (needs tools/setup/enclose.sh)", () => {
  let stack: Awaited<ReturnType<typeof startHosts>>;
  beforeAll(async () => {
    await buildNetwork();
    stack = await startHosts();
    await Promise.all(hosts.map(({ name }) => noteArrivals(name)));
  });
  afterAll(async () => {
    await stack.disposeAsync();
    await removeNetwork();
  });

  test("before the router is up, only neighbours reach each other", async () => {
    const observations = await probeMatrix(stack.running, planAttempts());
    const open = observations.filter(({ verdict }) => verdict === "open");
    expect(open).toEqual(observations.filter(isNeighbour));
    expect(observations.filter(({ verdict }) => verdict === "filtered")).toHaveLength(252 - 16);
  });

  test("with the router everything is open, over both families, in under three seconds", async () => {
    await startPlainRouter();
    const startedMs = performance.now();
    const observations = await probeMatrix(stack.running, planAttempts(), patientMs);
    expect(observations.filter(({ verdict }) => verdict !== "open")).toEqual([]);
    expect(performance.now() - startedMs).toBeLessThan(3_000);
  });

  test("arrivals are noted by their true source", async () => {
    const arrivals = await readArrivals("web-server");
    // Five other hosts, four services, two families.
    expect(arrivals).toHaveLength(40);
    expect(arrivals).toContainEqual({ source: "198.51.100.10", service: "http", family: 4 });
    expect(arrivals).toContainEqual({ source: "2001:db8:10:4::10", service: "ping", family: 6 });
  });

  test.each([
    ["a reset and port unreachable", "meta l4proto tcp reject with tcp reset; reject"],
    ["administratively prohibited", "reject with icmpx type admin-prohibited"],
  ])("a router that answers with %s is seen as refusing", async (_, rules) => {
    // A router limits its ICMP errors for each receiver, which would leave most attempts in silence.
    inNetwork(gatewayName, () => {
      for (const path of ["/proc/sys/net/ipv4/icmp_ratelimit", "/proc/sys/net/ipv6/icmp/ratelimit"])
        writeFileSync(path, "0");
    });
    await runNft(
      gatewayName,
      ["-f", "-"],
      `table inet story { chain f { type filter hook forward priority 0; ${rules};\n}\n}\n`,
    );
    try {
      // One host's forty attempts stay below the limit for all receivers together (net.ipv4.icmp_msgs_burst, 50).
      const across = planAttempts().filter(({ from, to }) => from === "internet" && to !== gatewayName);
      const observations = await probeMatrix(stack.running, across, 1_500);
      const crossing = observations.filter((it) => !isNeighbour(it));
      expect(crossing.filter(({ verdict }) => verdict !== "refused")).toEqual([]);
    } finally {
      await runNft(gatewayName, ["delete", "table", "inet", "story"]);
    }
  });

  test("a wrong server is seen as one", async () => {
    const nat = `table ip story { chain p { type nat hook prerouting priority -100;
      ip daddr ${hostOf("web-server").addresses[4]} dnat to ${hostOf("data-store").addresses[4]};\n}\n}\n`;
    await runNft(gatewayName, ["-f", "-"], nat);
    try {
      const attempts = planAttempts().filter(
        ({ from, to, family, service }) =>
          from === "internet" && to === "web-server" && family === 4 && service !== "ping",
      );
      const observations = await probeMatrix(stack.running, attempts, patientMs);
      expect(observations.map(({ verdict }) => verdict)).toEqual(["wrong-answer", "wrong-answer", "wrong-answer"]);
      expect(observations[0]?.detail).toContain("data-store");
    } finally {
      await runNft(gatewayName, ["delete", "table", "ip", "story"]);
    }
  });

  test("a probe of no host, or from a host that has ended, fails instead of guessing", async () => {
    await expect(probeMatrix([], planAttempts())).rejects.toThrow("no host finance-pc runs");
    const extra = await Host.start("app-desk").catch((error: unknown) => error);
    // Its ports are taken by the host that runs already.
    expect(extra).toBeInstanceOf(Error);
    expect(await stack.running[0]?.probe([])).toEqual([]);
  });
});
