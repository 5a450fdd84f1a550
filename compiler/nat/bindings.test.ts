// Bindings: the kernel's program and the reference lead every packet the same way, in long conversations of random packets
// over random rules. What the program draws by itself is taken into the reference, if it was free to draw it.

import fc from "fast-check";
import { expect, test } from "vitest";
import { formatIp } from "@merlon/model/ip/address.ts";
import { anyHeader } from "../testing/arbitrary-ir.ts";
import { anyBindingIr, natDevices } from "../testing/arbitrary-nat.ts";
import { DynamicState } from "../testing/run-dynamic-set.ts";
import { runTable } from "../testing/run-table.ts";
import type { Outcome } from "../testing/run-table.ts";
import type { PacketHeader } from "../interpret.ts";
import type { Ir } from "../ir.ts";
import { lowerTable } from "../nft/lower.ts";
import type { NftTable } from "../nft/program.ts";
import { findInward, peerOf, sameEnd } from "./binding.ts";
import type { Binding, End } from "./binding.ts";
import { natRefusals } from "./nat-names.ts";
import { placeOf } from "./persistent-nat.ts";
import { addressAt, offsetIn } from "./range-size.ts";
import { translateDestination, translateSource } from "./translate.ts";
import type { Translation } from "./translate.ts";

const device = fc.constantFrom(...natDevices, "elsewhere");
const steps = fc.array(
  fc.record({
    header: anyHeader,
    from: device,
    to: device,
    inward: fc.boolean(),
    aim: fc.nat(5),
    toGateway: fc.boolean(),
  }),
  { minLength: 40, maxLength: 40 },
);

type Bound = Extract<Extract<Translation, { kind: "translate" }>["to"], { kind: "binding" }>;

class Conversation {
  readonly kinds = new Set<string>();
  readonly #ir: Ir;
  readonly #table: NftTable;
  readonly #dynamic: DynamicState;
  #bindings: readonly Binding[] = [];
  readonly #sessions = new Map<string, number>();

  constructor(ir: Ir, draw: () => number) {
    this.#ir = ir;
    this.#table = lowerTable(ir, 3);
    this.#dynamic = new DynamicState((count) => draw() % count);
  }

  get hasNat(): boolean {
    return this.#table.chains.some((chain) => chain.hook?.type === "nat");
  }

  #run(
    hook: "prerouting" | "postrouting",
    packet: PacketHeader,
    from: string,
    to: string,
    toGateway: boolean,
  ): Outcome {
    const wire = { ...packet, iifname: from, oifname: to, toGateway, state: "new", ctMark: 0 } as const;
    return runTable(this.#table, `nat ${hook}`, wire, this.#dynamic);
  }

  /** Often to something that is bound, from anywhere. */
  inward(header: PacketHeader, from: string, aim: number, toGateway: boolean): void {
    const target = this.#bindings[aim];
    const fits = target !== undefined && target.outer.address.family === header.source.family && "sourcePort" in header;
    const packet: PacketHeader = fits
      ? {
          ...header,
          protocol: target.protocol === 0 ? header.protocol : target.protocol,
          // No packet is sent to what stands for a device.
          destination: target.outer.address.value < 2 ** 24 ? header.destination : target.outer.address,
          destinationPort: target.outer.port === 0 ? (header.destinationPort ?? 0) : target.outer.port,
        }
      : header;
    const world = { bindings: this.#bindings, toGateway };
    const expected = translateDestination(this.#ir, from, packet, world);
    const outcome = this.#run("prerouting", packet, from, "", toGateway);
    const { verdict, translated, label } = outcome;
    if (expected.kind !== "translate" || expected.by.kind !== "source") {
      this.kinds.add("not bound");
      const isOpen = expected.kind === "none" || expected.kind === "off";
      if (isOpen) expect({ verdict, translated, label }).toEqual({ verdict: "accept" });
      return;
    }
    if (expected.to.kind !== "exact") return expect.fail("what is bound is one end");
    const { address, port } = expected.to;
    const used = findInward(this.#ir, from, packet, this.#bindings, toGateway);
    if (used === undefined) return expect.fail("nobody has bound that");
    const { binding } = used;
    const max = used.rule.persistent.sessionsMax;
    expect(binding.inner).toEqual({ address, port: port ?? 0 });
    if (this.#begin(binding) > max) return this.#expectRefused(outcome);
    this.kinds.add("inward");
    expect({ verdict, label, natCounted: outcome.natCounted }).toEqual({
      verdict: "accept",
      label: [expected.by.rule.id, 0, 0, 0],
      natCounted: [expected.by.rule.id],
    });
    const { family, value } = address;
    expect(translated).toEqual({
      side: "destination",
      addresses: { family, first: value, last: value },
      ...(port === undefined ? {} : { ports: { first: port, last: port } }),
      flags: [],
    });
  }

  outward(packet: PacketHeader, from: string, to: string): void {
    const expected = translateSource(this.#ir, from, to, packet);
    if (expected.kind !== "translate" || expected.to.kind !== "binding") return;
    const outcome = this.#run("postrouting", packet, from, to, false);
    const { addresses, ports, rule } = expected.to;
    const { bindingClass, persistent } = rule;
    const protocol = persistent.addressMapping ? 0 : packet.protocol;
    const inner: End = { address: packet.source, port: persistent.addressMapping ? 0 : (packet.sourcePort ?? 0) };
    const known = this.#bindings.find(
      (it) => it.bindingClass === bindingClass && it.protocol === protocol && sameEnd(it.inner, inner),
    );
    if (known !== undefined && this.#begin(known) > persistent.sessionsMax) return this.#expectRefused(outcome);
    if (outcome.verdict === "drop") {
      // Whatever was drawn is bound already.
      expect(known).toBeUndefined();
      expect(this.#bindings.length).toBeGreaterThan(0);
      return this.#expectRefused(outcome);
    }
    const outer = outerOf(outcome, to, packet);
    if (known === undefined) {
      this.kinds.add("drawn");
      expectAllowed(addresses, ports, outer, packet, to);
      const taken = this.#bindings.find((it) => it.protocol === protocol && sameEnd(it.outer, outer));
      expect(taken, `${formatIp(outer.address)} ${outer.port} is bound twice`).toBeUndefined();
    } else {
      this.kinds.add("kept");
      expect(outer).toEqual(known.outer);
    }
    const peers = [...(known?.peers ?? []), peerOf(rule, packet.destination, packet.destinationPort ?? 0)];
    const binding: Binding = { bindingClass, protocol, inner, outer, peers };
    this.#bindings = [binding, ...this.#bindings.filter((it) => it !== known)];
    if (known === undefined) this.#begin(binding);
    expect(outcome).toMatchObject({ label: [0, expected.by.rule.id, 0, 0], natCounted: [expected.by.rule.id] });
  }

  /** How many sessions the binding has had. */
  #begin({ protocol, outer }: Binding): number {
    const key = `${protocol} ${formatIp(outer.address)} ${outer.port}`;
    const count = (this.#sessions.get(key) ?? 0) + 1;
    this.#sessions.set(key, count);
    return count;
  }

  #expectRefused({ verdict, natCounted, translated }: Outcome): void {
    this.kinds.add("refused");
    expect({ verdict, natCounted, translated }).toEqual({ verdict: "drop", natCounted: [natRefusals] });
  }
}

function outerOf({ translated }: Outcome, to: string, { source }: PacketHeader): End {
  if (translated === undefined || translated.side === "destination") return expect.fail("it has no other source");
  const port = translated.ports?.first ?? 0;
  expect(translated.ports?.last ?? 0).toBe(port);
  if (translated.side === "interface") return { address: placeOf(to, source.family), port };
  expect(translated.addresses.first).toBe(translated.addresses.last);
  return { address: addressAt(translated.addresses, 0), port };
}

function expectAllowed(
  addresses: Bound["addresses"],
  ports: Bound["ports"],
  outer: End,
  packet: PacketHeader,
  to: string,
): void {
  if (addresses === "interface") expect(outer.address).toEqual(placeOf(to, packet.source.family));
  else expect(addresses.some((range) => offsetIn(range, outer.address) !== undefined)).toBe(true);
  if (ports === "none") return expect(outer.port).toBe(0);
  if (ports === "keep") return expect(outer.port).toBe(packet.sourcePort);
  expect(outer.port).toBeGreaterThanOrEqual(ports.first);
  expect(outer.port).toBeLessThanOrEqual(ports.last);
}

test("reference and program say the same of every packet of a conversation", () => {
  const kinds = new Set<string>();
  const law = fc.property(anyBindingIr, steps, fc.nat(), (ir, all, seed) => {
    let drawn = seed;
    const talk = new Conversation(ir, () => (drawn = (Math.imul(drawn, 1_103_515_245) + 12_345) >>> 1));
    if (!talk.hasNat) return;
    for (const { header, from, to, inward, aim, toGateway } of all) {
      if (inward) talk.inward(header, from, aim, toGateway);
      else talk.outward(header, from, to);
    }
    for (const kind of talk.kinds) kinds.add(kind);
  });
  // Once more where chance has left out a kind.
  for (let round = 0; round < 5 && kinds.size < 5; round++) fc.assert(law, { numRuns: 200 });
  expect([...kinds].toSorted()).toEqual(["drawn", "inward", "kept", "not bound", "refused"]);
});
