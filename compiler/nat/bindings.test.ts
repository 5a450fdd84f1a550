// Bindings: the kernel's program and the reference lead every packet the same way, in long conversations of random packets
// over random rules. What the program draws by itself is taken into the reference, if it was free to draw it.

import fc from "fast-check";
import { expect, test } from "vitest";
import { formatIp, sameIp } from "@merlon/model/ip/address.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
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
import type { Binding, End, InwardUse } from "./binding.ts";
import { boundAddresses } from "./bound-addresses.ts";
import { natRefusals } from "./nat-names.ts";
import { placeOf } from "./persistent-nat.ts";
import type { PersistentRule } from "./persistent-nat.ts";
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

interface Step {
  readonly header: PacketHeader;
  readonly from: string;
  readonly to: string;
  readonly inward: boolean;
  readonly aim: number;
  readonly toGateway: boolean;
}

class Conversation {
  readonly kinds = new Set<string>();
  isOver = false;
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
    original: PacketHeader = packet,
  ): Outcome {
    const wire = { ...packet, iifname: from, oifname: to, toGateway, original, state: "new", ctMark: 0 } as const;
    return runTable(this.#table, `nat ${hook}`, wire, this.#dynamic);
  }

  /** Often to something that is bound, from anywhere; what is led to an inner host leaves by `to`. */
  inward({ header, from, to, aim, toGateway }: Step): void {
    const target = this.#bindings[aim];
    const fits = target !== undefined && target.outer.address.family === header.source.family && "sourcePort" in header;
    const packet: PacketHeader = fits
      ? {
          ...header,
          protocol: target.protocol === 0 ? header.protocol : target.protocol,
          // No packet is sent to what stands for a device, but to an address of it.
          destination: this.#addressOf(target) ?? header.destination,
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
    const { binding, hairpin } = used;
    const max = used.rule.persistent.sessionsMax;
    expect(binding.inner).toEqual({ address, port: port ?? 0 });
    if (hairpin?.isStranger !== true && this.#begin(binding) > max) return this.#expectRefused(outcome);
    this.kinds.add(hairpin === undefined ? "inward" : "hairpin");
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
    if (hairpin === undefined) return;
    const led: PacketHeader = {
      ...packet,
      destination: address,
      ...(port === undefined ? {} : { destinationPort: port }),
    };
    this.#turned(led, packet, from, used.rule.set.from.devices.includes(to) ? to : from, hairpin);
  }

  #addressOf({ outer: { address } }: Binding): IpAddress | undefined {
    if (address.value >= 2 ** 24) return address;
    const device = natDevices.find((it) => sameIp(placeOf(it, address.family), address));
    return device === undefined ? undefined : boundAddresses(this.#ir, device, address.family)[0];
  }

  /** What went in by a binding, and stays inside. */
  #turned(
    packet: PacketHeader,
    first: PacketHeader,
    from: string,
    to: string,
    { isStranger, leaving }: NonNullable<InwardUse["hairpin"]>,
  ): void {
    const expected = translateSource(this.#ir, from, to, packet, { bindings: this.#bindings, first });
    const outcome = this.#run("postrouting", packet, from, to, false, first);
    if (isStranger && expected.kind === "refuse") {
      this.kinds.add("stranger");
      expect(outcome.verdict).toBe("drop");
      this.#noteStranger(translateSource(this.#ir, from, leaving, packet), packet);
      return;
    }
    if (expected.kind === "translate" && expected.to.kind === "binding") {
      return this.#expectBound(expected, outcome, packet, leaving);
    }
    expect(outcome.verdict).toBe(expected.kind === "refuse" ? "drop" : "accept");
    expect(outcome.translated !== undefined).toBe(expected.kind === "translate");
  }

  /** Who is refused has sent all the same. What it drew for that is not seen, so the conversation ends. */
  #noteStranger(own: Translation, packet: PacketHeader): void {
    if (own.kind !== "translate") return;
    if (own.to.kind !== "binding") {
      this.isOver = true;
      return;
    }
    const { rule } = own.to;
    const known = this.#bindingOf(rule, packet);
    if (known === undefined) {
      this.isOver = true;
      return;
    }
    if (this.#begin(known) > rule.persistent.sessionsMax) return;
    this.#note(known, peerOf(rule, packet.destination, packet.destinationPort ?? 0));
  }

  #bindingOf({ bindingClass, persistent }: PersistentRule, packet: PacketHeader): Binding | undefined {
    const protocol = persistent.addressMapping ? 0 : packet.protocol;
    const inner: End = { address: packet.source, port: persistent.addressMapping ? 0 : (packet.sourcePort ?? 0) };
    return this.#bindings.find(
      (it) => it.bindingClass === bindingClass && it.protocol === protocol && sameEnd(it.inner, inner),
    );
  }

  #note(binding: Binding, peer: End): void {
    const noted: Binding = { ...binding, peers: [...binding.peers, peer] };
    this.#bindings = [noted, ...this.#bindings.filter((it) => it !== binding)];
  }

  outward({ header: packet, from, to }: Step): void {
    const expected = translateSource(this.#ir, from, to, packet);
    if (expected.kind !== "translate" || expected.to.kind !== "binding") return;
    this.#expectBound(expected, this.#run("postrouting", packet, from, to, false), packet, to);
  }

  /** `to` is the outer device. */
  #expectBound(
    expected: Extract<Translation, { kind: "translate" }>,
    outcome: Outcome,
    packet: PacketHeader,
    to: string,
  ): void {
    if (expected.to.kind !== "binding") return expect.fail("it binds nothing");
    const { addresses, ports, rule } = expected.to;
    const { bindingClass, persistent } = rule;
    const protocol = persistent.addressMapping ? 0 : packet.protocol;
    const inner: End = { address: packet.source, port: persistent.addressMapping ? 0 : (packet.sourcePort ?? 0) };
    const known = this.#bindingOf(rule, packet);
    if (known !== undefined && this.#begin(known) > persistent.sessionsMax) return this.#expectRefused(outcome);
    if (outcome.verdict === "drop") {
      // Whatever was drawn is bound already.
      expect(known).toBeUndefined();
      expect(this.#bindings.length).toBeGreaterThan(0);
      return this.#expectRefused(outcome);
    }
    const outer = outerOf(outcome, rule, to, packet);
    if (known === undefined) {
      this.kinds.add("drawn");
      if (rule.outer.kind === "device") expect(outer.address).toEqual(placeOf(to, packet.source.family));
      else expectAllowed(addresses, outer);
      expectPort(ports, outer, packet);
      const taken = this.#bindings.find((it) => it.protocol === protocol && sameEnd(it.outer, outer));
      expect(taken, `${formatIp(outer.address)} ${outer.port} is bound twice`).toBeUndefined();
    } else {
      this.kinds.add("kept");
      expect(outer).toEqual(known.outer);
    }
    const binding: Binding = known ?? { bindingClass, protocol, inner, outer, peers: [] };
    if (known === undefined) this.#begin(binding);
    this.#note(binding, peerOf(rule, packet.destination, packet.destinationPort ?? 0));
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

function outerOf({ translated }: Outcome, rule: PersistentRule, to: string, { source }: PacketHeader): End {
  if (translated === undefined || translated.side === "destination") return expect.fail("it has no other source");
  const port = translated.ports?.first ?? 0;
  expect(translated.ports?.last ?? 0).toBe(port);
  if (rule.outer.kind === "device") return { address: placeOf(to, source.family), port };
  if (translated.side === "interface") return expect.fail("it has an address of the interface");
  expect(translated.addresses.first).toBe(translated.addresses.last);
  return { address: addressAt(translated.addresses, 0), port };
}

function expectAllowed(addresses: Bound["addresses"], outer: End): void {
  if (addresses === "interface") return expect.fail("the rule names a pool");
  expect(addresses.some((range) => offsetIn(range, outer.address) !== undefined)).toBe(true);
}

function expectPort(ports: Bound["ports"], outer: End, packet: PacketHeader): void {
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
    for (const step of all) {
      if (talk.isOver) break;
      if (step.inward) talk.inward(step);
      else talk.outward(step);
    }
    for (const kind of talk.kinds) kinds.add(kind);
  });
  // Once more where chance has left out a kind.
  for (let round = 0; round < 5 && kinds.size < 7; round++) fc.assert(law, { numRuns: 200 });
  expect([...kinds].toSorted()).toEqual(["drawn", "hairpin", "inward", "kept", "not bound", "refused", "stranger"]);
});
