// The rules against the reference: on packets of every shape, the table's own rules, carried out byte by byte, find an attack
// exactly when the reference does, and one of those that it finds.

import fc from "fast-check";
import { expect, test } from "vitest";
import { lowerTable } from "../nft/lower.ts";
import { compileText } from "../testing/compile-text.ts";
import { transportOf } from "../testing/run-packet-check.ts";
import { runTable } from "../testing/run-table.ts";
import type { WirePacket } from "../testing/run-table.ts";
import { attackIdOf } from "./attack-rules.ts";
import { attacksShown } from "./attacks-shown.ts";
import type { AttackName } from "./attacks.ts";

const zone = `
set security zones security-zone in screen s
set security zones security-zone in interfaces eth1
`;

/** Checks that do not depend on each other's order. */
const statements = [
  "icmp large",
  "icmp icmpv6-malformed",
  "ip bad-option",
  "ip record-route-option",
  "ip timestamp-option",
  "ip security-option",
  "ip stream-option",
  "ip source-route-option",
  "ip loose-source-route-option",
  "ip strict-source-route-option",
  "ip unknown-protocol",
  "ip ipv6-malformed-header",
  "ip ipv6-extension-header hop-by-hop-header router-alert-option",
  "ip ipv6-extension-header hop-by-hop-header user-defined-option-type 30 to 34",
  "ip ipv6-extension-header destination-header",
  "ip ipv6-extension-header destination-header home-address-option",
  "ip ipv6-extension-header routing-header",
  "ip ipv6-extension-header mobility-header",
  "ip ipv6-extension-header user-defined-header-type 200 to 210",
  "ip ipv6-extension-header-limit 1",
  "ip tunnel gre gre-4in4",
  "ip tunnel gre gre-6in6",
  "ip tunnel ip-in-udp teredo",
  "ip tunnel ipip ipip-6to4relay",
  "ip tunnel ipip isatap",
  "ip tunnel ipip dslite",
  "tcp syn-fin",
  "tcp fin-no-ack",
  "tcp tcp-no-flag",
  "tcp land",
  "tcp winnuke",
];

const byte = fc.nat(255);
const optionType = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(0, 1, 7, 68, 130, 131, 136, 137, 148, 30) }, byte);
const ipOption = fc.oneof(
  fc.constant([1]),
  fc
    .tuple(optionType, fc.array(byte, { maxLength: 9 }))
    .map(([type, data]) => (type < 2 ? [type] : [type, data.length + 2, ...data])),
  fc.array(byte, { minLength: 1, maxLength: 4 }),
);
const ipOptions = fc.array(ipOption, { maxLength: 3 }).map((options) => options.flat().slice(0, 40));

const protocol = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(1, 6, 17, 58, 4, 41, 47) }, byte);
const port = fc.constantFrom(0, 80, 139, 3544);
const body = (number: number) =>
  fc.tuple(port, port, fc.nat(63), fc.array(byte, { minLength: 0, maxLength: 60 })).map(([from, to, flags, data]) => {
    if (number === 6 || number === 17) {
      const head = [from >> 8, from & 255, to >> 8, to & 255];
      return [...head, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0, ...data];
    }
    if (number === 47) return [0, 0, ...(flags % 2 === 0 ? [0x08, 0x00] : [0x86, 0xdd]), ...data];
    if (number === 41) return [...Array<number>(16).fill(0), 0, 0, flags % 3 === 0 ? 0x5e : 1, 0xfe, ...data];
    return number === 1 || number === 58 ? [[0, 8, 127, 128, 129, 135][flags % 6] ?? 0, flags % 5, ...data] : data;
  });
const large = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.constantFrom(900, 1_100));
const address4 = fc.constantFrom([10, 0, 0, 1], [10, 0, 0, 2], [192, 88, 99, 1]);

const ipv4 = fc
  .tuple(ipOptions, protocol, address4, address4, large)
  .chain(([options, number, source, destination, more]) =>
    body(number).map((content) => {
      const words = Math.ceil(options.length / 4);
      const padded = [...options, ...Array<number>(words * 4 - options.length).fill(0)];
      const length = 20 + padded.length + content.length + more;
      const head = [0x45 + words, 0, length >> 8, length & 255, 0, 1, 0, 0, 64, number, 0, 0];
      return Uint8Array.from([
        ...head,
        ...source,
        ...destination,
        ...padded,
        ...content,
        ...Array<number>(more).fill(0),
      ]);
    }),
  );

const extensionOption = fc.oneof(
  fc.constantFrom([0], [1, 0], [1, 1, 0], [1, 2, 0, 0], [5, 2, 0, 0]),
  fc
    .tuple(fc.constantFrom(1, 5, 30, 40, 201), fc.array(byte, { maxLength: 18 }))
    .map(([type, data]) => [type, data.length, ...data]),
);
/** Options, filled up with one option of padding, with single bytes, or with anything. */
const extension = fc
  .tuple(fc.constantFrom(0, 43, 60, 51), fc.array(extensionOption, { maxLength: 2 }), fc.nat(2))
  .map(([number, options, fill]) => {
    const content = options.flat();
    const room = (8 - ((content.length + 2) % 8)) % 8;
    const pad =
      fill === 0 && room > 1 ? [1, room - 2, ...Array<number>(room - 2).fill(0)] : Array<number>(room).fill(fill);
    const all = [...content, ...pad];
    return number === 51
      ? { number, bytes: [2, ...Array<number>(14).fill(0)] }
      : { number, bytes: [(all.length + 2) / 8 - 1, ...all] };
  });

const address6 = fc.constantFrom(1, 2).map((last) => [0x20, 1, ...Array<number>(13).fill(0), last]);
const ipv6 = fc
  .tuple(
    fc.array(extension, { maxLength: 3 }),
    fc.oneof(protocol, fc.constantFrom(135, 139, 140)),
    address6,
    address6,
    large,
  )
  .chain(([headers, number, source, destination, more]) =>
    body(number).map((content) => {
      const chain = headers.flatMap(({ bytes }, at) => [headers[at + 1]?.number ?? number, ...bytes]);
      const length = chain.length + content.length + more;
      const head = [0x60, 0, 0, 0, length >> 8, length & 255, headers[0]?.number ?? number, 64];
      return Uint8Array.from([
        ...head,
        ...source,
        ...destination,
        ...chain,
        ...content,
        ...Array<number>(more).fill(0),
      ]);
    }),
  );

test("the rules find an attack exactly when the reference does", () => {
  const screens = fc.uniqueArray(fc.constantFrom(...statements), { minLength: 1, maxLength: 8 });
  const property = fc.property(
    screens,
    fc.array(fc.oneof(ipv4, ipv6), { minLength: 1, maxLength: 40 }),
    (words, packets) => {
      const { ir } = compileText(zone + words.map((line) => `set security screen ids-option s ${line}\n`).join(""));
      const [screen] = ir.screens ?? [];
      if (screen === undefined) throw new Error("there is no screen");
      const table = lowerTable(ir, 1);
      for (const bytes of packets) {
        const transport = transportOf(bytes);
        // What is cut off within its headers never gets here (ip_rcv, ipv6_rcv).
        if (transport === undefined || transport.at > bytes.length) continue;
        const outcome = table.chains.some(({ name }) => name === "screen_packet")
          ? runTable(table, "screen_packet", wire(bytes, transport.protocol))
          : { verdict: "accept" as const };
        const expected = attacksShown(screen, bytes);
        const id = "logged" in outcome ? attackIdOf(outcome.logged ?? "") : undefined;
        const found = [...screen.ids].find(([, one]) => one === id)?.[0];
        expect({
          bytes,
          dropped: outcome.verdict === "drop",
          known: found === undefined || expected.has(found),
        }).toEqual({
          bytes,
          dropped: expected.size > 0,
          known: true,
        });
      }
    },
  );
  fc.assert(property, { numRuns: 250 });
});

function wire(bytes: Uint8Array, number: number): WirePacket {
  const family = (bytes[0] ?? 0) >>> 4 === 4 ? 4 : 6;
  const address = (at: number) =>
    family === 4
      ? { family, value: new DataView(bytes.buffer, bytes.byteOffset).getUint32(at) }
      : { family, value: BigInt(`0x${Buffer.from(bytes.subarray(at, at + 16)).toString("hex")}`) };
  return {
    source: address(family === 4 ? 12 : 8) as WirePacket["source"],
    destination: address(family === 4 ? 16 : 24) as WirePacket["destination"],
    protocol: number,
    iifname: "eth1",
    state: "new",
    ctMark: 0,
    bytes,
  };
}

const shown: readonly (readonly [words: string, hex: string, attacks: readonly AttackName[]])[] = [
  // 10.0.0.1 to 10.0.0.2, record route behind router alert.
  ["ip record-route-option", "48000020000100004011000 0a000001 0a000002 94040000 07070400 00000000", ["record-route"]],
  ["ip bad-option", "46000018000100004011000 0a000001 0a000002 1e040000", ["bad-option"]],
  ["ip bad-option", "46000018000100004011000 0a000001 0a000002 94040000", []],
  // From 2001::1 to 2001::2: 140 behind a header of fragments that is no fragment.
  [
    "ip unknown-protocol",
    `60000000 00082c40 2001${"0".repeat(27)}1 2001${"0".repeat(27)}2 8cff0000 00000001`,
    ["unknown-protocol"],
  ],
  // Hop-by-hop options H, destination options D, routing header R, authentication A, in their order, and then nothing (59).
  ["ip ipv6-malformed-header", headersInOrder("HDRD"), ["ipv6-malformed-header"]],
  ["ip ipv6-malformed-header", headersInOrder("HDR"), []],
  ["ip ipv6-malformed-header", headersInOrder("DRD"), []],
  ["ip ipv6-malformed-header", headersInOrder("HH"), ["ipv6-malformed-header"]],
  ["ip ipv6-malformed-header", headersInOrder("HDH"), ["ipv6-malformed-header"]],
  ["ip ipv6-malformed-header", headersInOrder("HDDHR"), ["ipv6-malformed-header"]],
  ["ip ipv6-malformed-header", headersInOrder("DH"), ["ipv6-malformed-header"]],
  ["ip ipv6-malformed-header", headersInOrder("DDH"), ["ipv6-malformed-header"]],
  ["ip ipv6-malformed-header", headersInOrder("HAH"), ["ipv6-malformed-header"]],
  ["ip ipv6-malformed-header", headersInOrder("HDA"), ["ipv6-malformed-header"]],
  ["ip ipv6-malformed-header", headersInOrder("AH"), ["ipv6-malformed-header"]],
  ["ip ipv6-malformed-header", headersInOrder("DA"), []],
];

/** From 2001::1 to 2001::2, with extension headers of eight bytes. */
function headersInOrder(letters: string): string {
  const numbers = [...letters].map((letter) => ({ H: "00", D: "3c", R: "2b", A: "33" })[letter]);
  const chain = numbers.map((_, at) => `${numbers[at + 1] ?? "3b"}00010400000000`).join("");
  const length = (letters.length * 8).toString(16).padStart(4, "0");
  return `60000000 ${length}${numbers[0]}40 2001${"0".repeat(27)}1 2001${"0".repeat(27)}2 ${chain}`;
}

test.each(shown)("%s of %s", (words, hex, attacks) => {
  const { ir } = compileText(`${zone}set security screen ids-option s ${words}\n`);
  const text = hex.replaceAll(" ", "").replace("4011000", "40110000");
  const bytes = Uint8Array.from(Buffer.from(text, "hex"));
  const [screen] = ir.screens ?? [];
  if (screen === undefined) throw new Error("there is no screen");
  expect([...attacksShown(screen, bytes)]).toEqual(attacks);
  const { protocol: number = 0 } = transportOf(bytes) ?? {};
  expect(runTable(lowerTable(ir, 1), "screen_packet", wire(bytes, number)).verdict).toBe(
    attacks.length > 0 ? "drop" : "accept",
  );
});
