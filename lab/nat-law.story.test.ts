// The reference and the kernel translate alike: random translations are put into the kernel, random packets are sent one by
// one, and the kernel's own entry says what became of each. Every table is read back and must be what was written.

import fc from "fast-check";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Ir, IrRule, RuleId } from "@merlon/compiler/ir.ts";
import type { NatSide } from "@merlon/compiler/nat/ir-nat.ts";
import { offsetIn } from "@merlon/compiler/nat/range-size.ts";
import { translateDestination, translateSource } from "@merlon/compiler/nat/translate.ts";
import type { Translation } from "@merlon/compiler/nat/translate.ts";
import { anyHeader } from "@merlon/compiler/testing/arbitrary-ir.ts";
import { anyNatIr } from "@merlon/compiler/testing/arbitrary-nat.ts";
import type { PacketHeader } from "@merlon/compiler/interpret.ts";
import type { KernelSession, KernelTuple } from "@merlon/gateway/kernel/kernel.ts";
import { formatIp } from "@merlon/model/ip/address.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import { NatNetwork } from "./nat-network.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";
const translations = 20;
const packetsEach = 30;
const devices: Readonly<Record<string, string>> = { d0: "toclient", d1: "toserver", d2: "spare" };
const at = { path: ["test"] };

const everything: IrRule = {
  id: 9_000 as RuleId,
  policy: { scope: "default", name: "default-policy" },
  match: { kind: "packets", source: { kind: "any" }, destination: { kind: "any" }, services: "any" },
  action: "permit",
  log: { sessionInit: false, sessionClose: false },
  count: true,
  origin: at,
};

/** On the devices that there are, with a policy that lets everything pass. */
function onDevices(ir: Ir): Ir {
  const side = (it: NatSide): NatSide => ({ ...it, devices: it.devices.map((device) => devices[device] ?? device) });
  const { nat } = ir;
  return {
    ...ir,
    zones: [{ name: "z", kind: "security", origin: at }],
    contexts: [{ fromZone: "z", toZone: "z", rules: [everything] }],
    interfaces: ir.interfaces.map((it) => ({ ...it, device: devices[it.device] ?? it.device })),
    ...(nat === undefined
      ? {}
      : {
          nat: {
            ...nat,
            static: nat.static.map((set) => ({ ...set, from: side(set.from) })),
            destination: nat.destination.map((set) => ({ ...set, from: side(set.from) })),
            source: nat.source.map((set) => ({ ...set, from: side(set.from), to: side(set.to) })),
          },
        }),
  };
}

function idOf(translation: Translation): number | undefined {
  return translation.kind === "translate" ? translation.by.rule.id : undefined;
}

/** What the kernel made of one end, against what it must be. */
function expectEnd(
  translation: Translation,
  own: IpAddress,
  ownPort: number,
  found: IpAddress,
  foundPort: number,
): void {
  if (translation.kind !== "translate") return expect([found, foundPort]).toEqual([own, ownPort]);
  const { to } = translation;
  if (to.kind === "exact") return expect([found, foundPort]).toEqual([to.address, to.port ?? ownPort]);
  if (to.kind === "binding") return expect.fail("no rule binds anything");
  if (to.kind === "pool")
    expect(
      to.ranges.some((range) => offsetIn(range, found) !== undefined),
      formatIp(found),
    ).toBe(true);
  else expect(formatIp(found)).toMatch(/^(?:10\.2\.1\.1|fd00:2::1)$/);
  if (to.ports === "keep") return expect(foundPort).toBe(ownPort);
  expect(foundPort).toBeGreaterThanOrEqual(to.ports.first);
  expect(foundPort).toBeLessThanOrEqual(to.ports.last);
}

const packets = anyHeader.filter(
  ({ source, destination, protocol, sourcePort }) =>
    (protocol === 6 || protocol === 17) &&
    sourcePort !== 0 &&
    ![source, destination].some(({ value }) => value === 0n || value === 0xffff_ffff || value === 0x0a00_0000),
);

interface Sent {
  readonly header: PacketHeader;
  readonly text: string;
  readonly inward: Translation;
  readonly outward: Translation;
  readonly refused: boolean;
  /** Where it arrives, and where it says that it comes from. */
  readonly ends: readonly [target: string, source: string];
}

function expectedOf(ir: Ir, header: PacketHeader): Sent {
  const { source, destination, sourcePort = 0, destinationPort = 0 } = header;
  const inward = translateDestination(ir, "toclient", header);
  const inner = inward.kind === "translate" && inward.to.kind === "exact" ? inward.to : { address: destination };
  const port = "port" in inner && inner.port !== undefined ? inner.port : destinationPort;
  const after = { ...header, destination: inner.address, destinationPort: port };
  const outward = translateSource(ir, "toclient", "toserver", after);
  return {
    header,
    text: `${formatIp(source)} ${sourcePort} > ${formatIp(destination)} ${destinationPort}`,
    inward,
    outward,
    refused: inward.kind === "refuse" || outward.kind === "refuse",
    ends: [`${formatIp(inner.address)} ${port}`, `${formatIp(source)} ${sourcePort}`],
  };
}

/** No two for one target, and none from another's target: sessions that meet would change each other's ports. */
function apart(all: readonly Sent[]): readonly Sent[] {
  const taken = new Set<string>();
  return all.filter(({ ends, header }) => {
    const words = [...ends, `${formatIp(header.destination)} ${header.destinationPort ?? 0}`];
    const free = !words.some((word) => taken.has(word));
    if (free) for (const word of words) taken.add(word);
    return free;
  });
}

function wayOf({ source, destination, protocol, sourcePort, destinationPort }: PacketHeader | KernelTuple): string {
  return `${protocol} ${formatIp(source)} ${sourcePort} ${formatIp(destination)} ${destinationPort}`;
}

describe.skipIf(!enclosed)("random translations", () => {
  let net: NatNetwork;
  beforeAll(async () => {
    net = await NatNetwork.create({ client: [], server: ["10.0.0.0/28", "2001:db8::/120"] });
  });
  afterAll(() => net[Symbol.asyncDispose]());

  /** The entries of packets that must have made one; the kernel may take a moment on a busy machine. */
  async function sessionsOf(wanted: readonly Sent[]): Promise<ReadonlyMap<string, KernelSession>> {
    const due = wanted.filter(({ refused }) => !refused);
    for (let waitedMs = 0; ; waitedMs += 20) {
      const found = new Map((await net.sessions()).map((session) => [wayOf(session.original), session]));
      if (waitedMs >= 2_000 || due.every(({ header }) => found.has(wayOf(header)))) return found;
      await sleep(20);
    }
  }

  test("reference and kernel say the same", async () => {
    const kinds = new Set<string>();
    // Some more where chance has left out a kind.
    for (const [index, made] of fc.sample(anyNatIr, { numRuns: 5 * translations }).entries()) {
      if (index >= translations && kinds.size === 4) break;
      const ir = onDevices(made);
      expect(await net.enforce(ir)).toEqual([]);
      await net.kernel.reviewSessions(() => ({ kind: "end" }));
      const sent = apart(fc.sample(packets, { numRuns: packetsEach }).map((header) => expectedOf(ir, header)));
      for (const { header, text } of sent) net.cast("client", `${header.protocol === 6 ? "tcp" : "udp"} ${text}`);
      const found = await sessionsOf(sent);
      for (const { header, text, inward, outward, refused } of sent) {
        const session = found.get(wayOf(header));
        kinds.add(inward.kind).add(outward.kind);
        if (refused) {
          expect(session, text).toBeUndefined();
          continue;
        }
        if (session === undefined) return expect.fail(`${text} made no session`);
        const { reply, natRules } = session;
        expectEnd(inward, header.destination, header.destinationPort ?? 0, reply.source, reply.sourcePort ?? 0);
        expectEnd(outward, header.source, header.sourcePort ?? 0, reply.destination, reply.destinationPort ?? 0);
        expect([natRules?.destination, natRules?.source], text).toEqual([idOf(inward), idOf(outward)]);
      }
    }
    expect([...kinds].toSorted()).toEqual(["none", "off", "refuse", "translate"]);
  });
});
