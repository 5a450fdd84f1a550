// Persistent NAT on two processors at once: first packets of different inner ends never get the same outer one, and those
// of one inner end never different ones.

import { availableParallelism } from "node:os";
import { basename } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bindingSets } from "@merlon/compiler/nat/binding-sets.ts";
import { compileText, policyLines } from "@merlon/compiler/testing/compile-text.ts";
import { natHitsSet, natRefusals } from "@merlon/compiler/nat/nat-names.ts";
import { printElement } from "@merlon/compiler/nft/print-statement.ts";
import type { FilledElement } from "@merlon/gateway/kernel/kernel.ts";
import { runNft } from "@merlon/gateway/kernel/story-tool.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import { formatIp } from "@merlon/model/ip/address.ts";
import { buildFrame } from "./frames.ts";
import { NatNetwork } from "./nat-network.ts";
import { raceSenders } from "./race-senders.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";
const text = `
set security zones security-zone in interfaces toclient
set security zones security-zone out interfaces toserver
${policyLines(["in", "out"], "surf")}
set security nat source pool p address 198.51.100.0/24
set security nat source rule-set s from zone in
set security nat source rule-set s to zone out
set security nat source rule-set s rule r match source-address 0.0.0.0/0
set security nat source rule-set s rule r then source-nat pool p persistent-nat permit any-remote-host
`;
const drawn = `${text}set security nat source pool p port range 5000 to 5002\n`;
const kept = `${text}set security nat source pool p port no-translation\n`;
const roundCount = 12;
const threads = [0, 1];
/** Sources whose last bytes differ have different outer addresses, with three ports each. */
const hosts = Array.from({ length: 250 }, (_, index) => index + 1);

type Bound = readonly FilledElement[];

const processors = availableParallelism();

describe.skipIf(!enclosed || processors < 2)(`two processors (of ${processors})`, () => {
  let net: NatNetwork;
  /** Rounds in which both threads set off together. */
  let met = 0;
  beforeAll(async () => {
    net = await NatNetwork.create({ client: ["10.9.0.0/16"], server: ["10.8.0.0/16", "198.51.100.0/24"] });
  });
  afterAll(() => net[Symbol.asyncDispose]());

  async function enforce(configuration: string): Promise<void> {
    const { ir, diagnostics } = compileText(configuration);
    expect(hasErrors(diagnostics) ? diagnostics : []).toEqual([]);
    expect(await net.enforce(ir)).toEqual([]);
    // Programs that read the ruleset by nft must not abort at ours, whatever stands in the sets.
    expect(await runNft("-j", "list", "ruleset")).toContain("nat_claimed4");
  }

  async function refusedCount(): Promise<number> {
    return (await net.kernel.readHits(natHitsSet)).get(natRefusals)?.packets ?? 0;
  }

  /** Both threads go through the hosts in the same order; what is bound afterwards, round by round. */
  async function race(sourceOf: (thread: number, host: number) => string): Promise<readonly Bound[]> {
    const frame = (thread: number, host: number, round: number) =>
      buildFrame({
        ...net.macs("client"),
        source: sourceOf(thread, host),
        destination: `10.8.0.${2 + thread}`,
        content: { kind: "udp", sourcePort: 4000, destinationPort: 1000 + round, payload: new Uint8Array(8) },
      });
    const frames = threads.map((thread) =>
      Array.from({ length: roundCount }, (_, round) => hosts.map((host) => frame(thread, host, round))),
    );
    const rounds: Bound[] = [];
    const read = async () => rounds.push(await net.kernel.readFilled(bindingSets[4].bound));
    const where = { network: basename(net.network.pathOf("client")), device: "eth0" };
    const { sent, metCount } = await raceSenders(where, frames, async (round) => {
      if (round > 0) await read();
      await forget();
    });
    await read();
    met += metCount;
    expect(sent).toBe(threads.length * roundCount * hosts.length);
    return rounds;
  }

  async function forget(): Promise<void> {
    await net.kernel.reviewSessions(() => ({ kind: "end" }));
    await net.kernel.applyTransaction(
      Object.values(bindingSets[4]).map(({ name, data }) => ({
        kind: "flush-set",
        name,
        ...(data === undefined ? {} : { map: true as const }),
      })),
    );
  }

  test("no outer end is drawn twice, and nobody is refused", async () => {
    await enforce(drawn);
    const rounds = await race((thread, host) => `10.9.${thread}.${host}`);
    expect(rounds.map(countTwice)).toEqual(rounds.map(() => 0));
    expect(rounds.map(({ length }) => length)).toEqual(rounds.map(() => threads.length * hosts.length));
    expect(await refusedCount()).toBe(0);
  });

  test.each([
    ["drawn", drawn],
    ["kept", kept],
  ])("an inner end whose first two packets meet has one outer end: %s", async (_, configuration) => {
    await enforce(configuration);
    const rounds = await race((_thread, host) => `10.9.0.${host}`);
    expect(rounds.map(({ length }) => length)).toEqual(rounds.map(() => hosts.length));
    const outerOf = Map.groupBy(await net.sessions(), ({ original }) => formatIp(original.source));
    const counts = [...outerOf.values()].map((all) => [
      all.length,
      new Set(all.map(({ reply }) => `${formatIp(reply.destination)} ${reply.destinationPort}`)).size,
    ]);
    expect(counts).toEqual(hosts.map(() => [threads.length, 1]));
    expect(await refusedCount()).toBe(0);
  });

  test("all of this was a race", () => expect(met).toBeGreaterThan(0));
});

/** Rows whose outer end another row has, too. */
function countTwice(rows: Bound): number {
  const ends = rows.map(({ data = [] }) => printElement({ key: data.slice(1) }));
  return ends.length - new Set(ends).size;
}
