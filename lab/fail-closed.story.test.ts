// What Merlon cannot carry out, and a family that is not forwarded, with real connections: nothing of it passes by a broader
// policy, and everything else does.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { boot } from "@merlon/gateway/boot.ts";
import type { Gateway } from "@merlon/gateway/gateway.ts";
import { closeFile } from "@merlon/gateway/kernel/libc.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import { runIp } from "@merlon/gateway/kernel/run-ip.ts";
import { serverIpv4, serverIpv6, StoryNetwork } from "@merlon/gateway/kernel/story-network.ts";
import type { Place } from "@merlon/gateway/kernel/story-network.ts";
import { helloClient, helloServer, openUdpSocket, sendUdp } from "@merlon/gateway/kernel/story-traffic.ts";
import { enclosed, skipReason } from "@merlon/gateway/kernel/story-watch.ts";
import { flowRecordOf } from "@merlon/gateway/log/flow-log.ts";
import { openGateway, typeAs } from "@merlon/gateway/testing/test-gateway.ts";

const any = "source-address any; destination-address any";
const policies = `
policies {
  from-zone client to-zone server {
    policy auth { match { ${any}; application junos-http; } then { permit; } }
    policy rest { match { ${any}; application any; } then { permit; } }
  }
}`;
const routed = `
security {
  zones {
    security-zone client { host-inbound-traffic { system-services { any-service; } } interfaces { toclient; } }
    security-zone server { interfaces { toserver; } }
  }
  ${policies}
}`;
const wired = `
interfaces {
  toclient { unit 0 { family ethernet-switching; } }
  toserver { unit 0 { family ethernet-switching; } }
}
security {
  forwarding-options { secure-wire w { interface [ toclient.0 toserver.0 ]; } }
  zones {
    security-zone client { interfaces { toclient.0; } }
    security-zone server { interfaces { toserver.0; } }
  }
  ${policies}
}`;

const gatewayIpv6 = "fd00:1::1";
const auth = "security policies from-zone client to-zone server policy auth then permit firewall-authentication";
const drop = "security forwarding-options family inet6 mode drop";

describe.skipIf(!enclosed)(`failing closed${skipReason}`, () => {
  let network: StoryNetwork;
  let folder: string;
  let gateway: Gateway;
  const closers: (() => void)[] = [];

  beforeEach(async () => {
    network = await StoryNetwork.create();
    folder = await mkdtemp(join(tmpdir(), "merlon-fail-closed-"));
    gateway = await openGateway(new LinuxKernel(), folder);
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) close();
    await network[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  async function start(text: string): Promise<void> {
    await boot(gateway, { text, source: "story.conf" });
    expect(gateway.alarms.list()).toEqual([]);
  }

  async function serve(place: Place): Promise<void> {
    const program = helloServer.replaceAll(".listen(80", '.listen(80, "::"');
    const child = network.at(place, () =>
      spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] }),
    );
    closers.push(() => void child.kill("SIGKILL"));
    await once(child.stdout, "data");
  }

  /** What the client reads; empty when it gets nothing. */
  async function fetchFrom(address: string): Promise<string> {
    const program = `${helloClient(address, 80)}
      socket.on("data", (data) => process.stdout.write(data));`;
    const child = network.at("client", () =>
      spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] }),
    );
    let text = "";
    child.stdout.on("data", (data: Buffer) => (text += data.toString()));
    await once(child, "close");
    return text.replace("closed\n", "");
  }

  const commit = (...lines: readonly string[]) => typeAs(gateway, "anna", "configure", ...lines, "commit");

  async function sessionsTo(port: number): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const batch of gateway.kernel.dumpSessions()) {
      for (const { original, mark } of batch)
        if (original.destinationPort === port) found.push(gateway.rules.find(mark)?.policy.name ?? `mark ${mark}`);
    }
    return found;
  }

  test("a permit with a log-in that nobody asks for denies, and a broader permit behind it does not help", async () => {
    await start(routed);
    await serve("server");
    expect(await fetchFrom(serverIpv4)).toBe("hello");
    const refused = new Set<string>();
    const watch = await gateway.kernel.watch((event) => {
      if (event.kind !== "packet-logged") return;
      const { policy, reason } = flowRecordOf(event, gateway) ?? {};
      refused.add(`${policy?.name}: ${reason}`);
    });
    closers.push(() => watch[Symbol.dispose]());
    const said = await commit(`set ${auth} pass-through`);
    expect(said).toContain("policy auth denies what it matches: firewall-authentication is not carried out yet");
    expect(said).toContain("commit complete");
    expect([await fetchFrom(serverIpv4), await fetchFrom(serverIpv6)]).toEqual(["", ""]);
    expect([...refused]).toEqual(["auth: Denied by policy (firewall-authentication is not carried out yet)"]);
    const asked =
      "show security match-policies from-zone client to-zone server source-ip 10.1.1.2 destination-ip 10.2.1.2 protocol tcp destination-port 80";
    expect(await typeAs(gateway, "anna", asked)).toContain(
      "denied by policy auth from-zone client to-zone server: firewall-authentication is not carried out yet",
    );
    expect(await typeAs(gateway, "anna", "show security policies")).toContain(
      "    Denies what it matches: firewall-authentication is not carried out yet\n",
    );
    await commit(`delete ${auth}`);
    expect(await fetchFrom(serverIpv4)).toBe("hello");
  });

  test("without a forwarding mode for IPv6 none of it passes, old sessions end, and the gateway still speaks it", async () => {
    await start(routed);
    await serve("server");
    await serve("gateway");
    expect(await fetchFrom(serverIpv6)).toBe("hello");
    const sockets = ([4, 6] as const).map((family) => network.at("client", () => openUdpSocket(family)));
    closers.push(() => sockets.forEach(closeFile));
    const speak = () =>
      sockets.forEach((socket, at) => sendUdp(socket, [serverIpv4, serverIpv6][at] ?? "", 514, new Uint8Array(4)));
    speak();
    expect(await sessionsTo(514)).toEqual(["rest", "rest"]);
    expect(await commit(`set ${drop}`)).toContain("commit complete");
    await expect.poll(() => sessionsTo(514), { timeout: 4_000 }).toEqual(["rest"]);
    speak();
    expect(await sessionsTo(514)).toEqual(["rest"]);
    expect([await fetchFrom(serverIpv6), await fetchFrom(serverIpv4)]).toEqual(["", "hello"]);
    expect(await fetchFrom(gatewayIpv6)).toBe("hello");
    await commit(`delete ${drop}`);
    expect(await fetchFrom(serverIpv6)).toBe("hello");
  });

  test("a wire carries no IPv6 either", async () => {
    const [onWire4, onWire6] = ["10.1.1.3", "fd00:1::3"];
    await runIp(["toclient", "toserver"].map((device) => `address flush dev ${device}`));
    const added = [`address add ${onWire4}/24 dev eth0`, `address add ${onWire6}/64 dev eth0 nodad`];
    await network.at("server", () => runIp(added));
    await start(wired);
    await serve("server");
    expect([await fetchFrom(onWire4), await fetchFrom(onWire6)]).toEqual(["hello", "hello"]);
    expect(await commit(`set ${drop}`)).toContain("commit complete");
    expect([await fetchFrom(onWire4), await fetchFrom(onWire6)]).toEqual(["hello", ""]);
  });
});
