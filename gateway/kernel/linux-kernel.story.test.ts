// Linux behind the door: the contract of every kernel, and the probe. Runs only inside `tools/setup/enclose.sh`.

import { parsePrefix } from "@merlon/model/ip/prefix.ts";
import { describe, expect, test } from "vitest";
import { describeKernel } from "./kernel.contract.ts";
import { LinuxKernel } from "./linux-kernel.ts";
import { readNetwork } from "./network.ts";
import { runProgram } from "./run-program.ts";
import { StoryNetwork, enableForwarding, serverIpv4 } from "./story-network.ts";
import { addSessions } from "./story-sessions.ts";
import { runNft } from "./story-tool.ts";
import { openUdpSocket, sendUdp } from "./story-traffic.ts";
import { StoryWatch, enclosed, eventually, skipReason } from "./story-watch.ts";

describe.skipIf(!enclosed)(`linux${skipReason}`, () => {
  describeKernel("the Linux kernel", async () => {
    const network = await StoryNetwork.create();
    const kernel = new LinuxKernel();
    const device = "toserver";
    const address = parsePrefix("10.2.1.1/24") ?? expect.fail();
    await kernel.applyNetwork([{ kind: "delete-address", device, address }]);
    enableForwarding();
    return {
      kernel,
      device,
      addSessions: async (marks) => addSessions(marks),
      [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
    };
  });

  describe("probe", describeProbe);
  describe("without the right to administer the network", describeUnprivileged);
});

function describeProbe(): void {
  test("every capability is answered with a note, and nothing is left behind", async () => {
    await using _network = await StoryNetwork.create();
    const before = await runNft("list", "ruleset");
    const devices = readNetwork().links.map((link) => link.device);
    const capabilities = await new LinuxKernel().probe();
    for (const { name, note } of capabilities) expect(note.length, name).toBeGreaterThan(4);
    const available = new Set(capabilities.flatMap(({ name, available: is }) => (is ? [name] : [])));
    // Without these nothing of Merlon works; the others differ between kernels.
    for (const name of [
      "nft-program",
      "nft-inet",
      "nft-log-group",
      "conntrack-accounting",
      "session-events",
      "packet-log",
    ]) {
      expect(available).toContain(name);
    }
    expect(new Set(capabilities.map(({ name }) => name)).size).toBe(capabilities.length);
    expect(await runNft("list", "ruleset")).toBe(before);
    expect(readNetwork().links.map((link) => link.device)).toEqual(devices);
  });

  test("a probe does not disturb a running watch", async () => {
    await using story = await StoryWatch.open();
    const capabilities = await new LinuxKernel().probe();
    expect(capabilities.find(({ name }) => name === "packet-log")?.available).toBe(true);
    const fd = story.socket(() => openUdpSocket(4));
    sendUdp(fd, serverIpv4, 99, new Uint8Array(1));
    await eventually(() => story.logged().length, 1);
  });
}

/** A child that has lost every capability, even as root, does one thing and prints what came of it as JSON. */
async function asNobody(statement: string): Promise<unknown> {
  const source = new URL("linux-kernel.ts", import.meta.url).href;
  const program = `
    const { LinuxKernel } = await import(${JSON.stringify(source)});
    const kernel = new LinuxKernel();
    try {
      console.log(JSON.stringify(${statement} ?? null));
    } catch (error) {
      console.log(JSON.stringify({ name: error.name, message: error.message }));
    }`;
  const result = await runProgram({
    program: "setpriv",
    arguments: ["--bounding-set=-all", "--inh-caps=-all", process.execPath, "--input-type=module", "-e", program],
    timeoutMs: 20_000,
    outputBytesMax: 100_000,
    debianPackage: "util-linux",
  });
  if (result.output === "") throw new Error(result.errors);
  return JSON.parse(result.output);
}

function describeUnprivileged(): void {
  test.each([
    [
      "await kernel.watch(() => {})",
      "the kernel does not let Merlon listen to its events: it is not permitted; run Merlon with CAP_NET_ADMIN",
    ],
    [
      'await kernel.applyTransaction([{ kind: "add-table" }])',
      "the kernel refused the ruleset: it is not permitted (run Merlon with CAP_NET_ADMIN)",
    ],
    [
      'await kernel.applyNetwork([{ kind: "set-link", device: "lo", mtu: 1400 }])',
      "cannot set device lo mtu 1400: the kernel answered EPERM: it is not permitted; run Merlon with CAP_NET_ADMIN",
    ],
    [
      "await kernel.endSessions(new Set([1]))",
      "the kernel answered EPERM: it is not permitted; run Merlon with CAP_NET_ADMIN",
    ],
  ])("%s", async (statement, message) => {
    await using _network = await StoryNetwork.create();
    const answer = await asNobody(statement);
    expect(answer).toMatchObject({ name: "KernelFailure" });
    expect((answer as { message: string }).message).toContain(message);
  });

  test("the network can still be read", async () => {
    await using _network = await StoryNetwork.create();
    const devices = await asNobody("(await kernel.readNetwork()).links.map((link) => link.device)");
    expect(devices).toEqual(readNetwork().links.map((link) => link.device));
  });

  test("the probe says what is missing instead of failing", async () => {
    await using _network = await StoryNetwork.create();
    const answer = (await asNobody("await kernel.probe()")) as readonly {
      name: string;
      available: boolean;
      note: string;
    }[];
    const missing = answer.filter(({ available }) => !available);
    expect(missing.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["nft-inet", "nft-log-group", "session-events", "packet-log", "vlan-802.1q"]),
    );
    expect(missing.find(({ name }) => name === "nft-inet")?.note).toContain("no policy can be enforced by this kernel");
    expect(answer.find(({ name }) => name === "nft-program")?.available).toBe(true);
  });
}
