// Packets that show one attack each, beside their nearest neighbours that show none: what no honest stack sends, built byte by
// byte. Each attack of a screen that one packet shows stands here for every IP version that knows it; `tear-drop` is not among
// them, because what it takes are two fragments that overlap (`fragments`).
// Formats: RFC 791 (options, fragments), RFC 8200 section 4 (extension headers), RFC 2784 (GRE).

import type { AttackName } from "@merlon/compiler/screen/attacks.ts";
import { buildFrame, checksum, ethernetSizeBytes, tcpFlags } from "./frames.ts";
import type { Frame, FrameContent } from "./frames.ts";

export interface Ends {
  readonly sourceMac: string;
  readonly destinationMac: string;
  readonly source4: string;
  readonly destination4: string;
  readonly source6: string;
  readonly destination6: string;
}

export interface AttackPacket {
  readonly attack: AttackName;
  readonly family: 4 | 6;
  /** What is special about it, where the attack has several forms. */
  readonly form?: string;
  /** Frames that are sent one after the other: more than one for fragments. */
  readonly frames: readonly Uint8Array[];
  /** The same without the attack; it must pass. */
  readonly neighbour: readonly Uint8Array[];
}

const ipv4HeaderBytes = 20;
const ipv6HeaderBytes = 40;
const { fin, syn, rst, ack, psh, urg } = tcpFlags;

export function attackPackets(ends: Ends): readonly AttackPacket[] {
  return [
    ...tcpPackets(ends),
    ...icmpPackets(ends),
    ...optionPackets(ends),
    ...extensionPackets(ends),
    ...others(ends),
  ];
}

const families = [4, 6] as const;

/** The hop limit of all frames, by which a receiver knows them. */
export const attackHopLimit = 77;

export function frameOf(ends: Ends, family: 4 | 6, content: FrameContent, more: Partial<Frame> = {}): Uint8Array {
  const { sourceMac, destinationMac } = ends;
  const [source, destination] = family === 4 ? [ends.source4, ends.destination4] : [ends.source6, ends.destination6];
  return buildFrame({ sourceMac, destinationMac, source, destination, content, hopLimit: attackHopLimit, ...more });
}

function tcp(flags: number, destinationPort = 80, size = 0): FrameContent {
  return {
    kind: "tcp",
    sourcePort: 4_000 + flags,
    destinationPort,
    sequence: 1,
    acknowledgement: 0,
    flags,
    payload: new Uint8Array(size),
  };
}

const udp: FrameContent = { kind: "udp", sourcePort: 4_000, destinationPort: 53, payload: new Uint8Array(16) };

function echo(family: 4 | 6, size: number, code = 0): FrameContent {
  return { kind: "icmp", type: family === 4 ? 8 : 128, code, body: new Uint8Array(4 + size) };
}

function tcpPackets(ends: Ends): readonly AttackPacket[] {
  const rows = [
    ["no-flag", 0, syn],
    ["syn-fin", syn | fin, syn],
    ["syn-fin", syn | fin | ack | psh, syn],
    ["fin-no-ack", fin, syn],
    ["fin-no-ack", fin | rst, syn],
  ] as const;
  return families.flatMap((family): AttackPacket[] => {
    const one = (content: FrameContent, more: Partial<Frame> = {}) => [frameOf(ends, family, content, more)];
    const same = family === 4 ? ends.destination4 : ends.destination6;
    const near = family === 4 ? ends.source4 : ends.source6;
    return [
      ...rows.map(([attack, flags, neighbour]): AttackPacket => ({
        attack,
        family,
        form: `flags ${flags}`,
        frames: one(tcp(flags)),
        neighbour: one(tcp(neighbour)),
      })),
      { attack: "winnuke", family, frames: one(tcp(syn | urg, 139)), neighbour: one(tcp(syn, 139)) },
      {
        attack: "land",
        family,
        frames: one(tcp(syn), { source: same, destination: same }),
        neighbour: one(tcp(syn), { source: near }),
      },
      {
        attack: "syn-fragment",
        family,
        frames: fragments(frameOf(ends, family, tcp(syn, 80, 64)), 32),
        neighbour: one(tcp(syn, 80, 64)),
      },
    ];
  });
}

function icmpPackets(ends: Ends): readonly AttackPacket[] {
  const both = families.flatMap((family): AttackPacket[] => {
    const small = [frameOf(ends, family, echo(family, 64))];
    return [
      {
        attack: "icmp-large",
        family,
        frames: [frameOf(ends, family, echo(family, 1_025 - (family === 4 ? 28 : 48)))],
        neighbour: [frameOf(ends, family, echo(family, 1_024 - (family === 4 ? 28 : 48)))],
      },
      { attack: "icmp-fragment", family, frames: fragments(small[0] ?? new Uint8Array(), 32), neighbour: small },
      { attack: "ping-death", family, frames: [lastFragment(ends, family, 65_528)], neighbour: small },
    ];
  });
  const good = [frameOf(ends, 6, echo(6, 8))];
  const bad = (form: string, content: FrameContent): AttackPacket => ({
    attack: "icmpv6-malformed",
    family: 6,
    form,
    frames: [frameOf(ends, 6, content)],
    neighbour: good,
  });
  return [
    ...both,
    bad("echo with a code", echo(6, 8, 3)),
    bad("a reserved type", { kind: "icmp", type: 127, code: 0, body: new Uint8Array(8) }),
    bad("seven bytes", { kind: "icmp", type: 128, code: 0, body: new Uint8Array(3) }),
  ];
}

function optionPackets(ends: Ends): readonly AttackPacket[] {
  const plain = frameOf(ends, 4, udp);
  const row = (attack: AttackName, form: string, options: readonly number[]): AttackPacket => ({
    attack,
    family: 4,
    form,
    frames: [withOptions(plain, options)],
    // Router alert is an option that is known and nobody's attack.
    neighbour: [withOptions(plain, [148, 4, 0, 0])],
  });
  return [
    row("record-route", "first", [7, 7, 4, 0, 0, 0, 0]),
    row("record-route", "behind another", [148, 4, 0, 0, 7, 7, 4, 0, 0, 0, 0]),
    row("loose-source-route", "first", [131, 7, 4, 10, 9, 9, 9]),
    row("strict-source-route", "first", [137, 7, 4, 10, 9, 9, 9]),
    row("source-route", "loose", [131, 7, 4, 10, 9, 9, 9]),
    row("source-route", "strict", [137, 7, 4, 10, 9, 9, 9]),
    row("timestamp", "first", [68, 8, 5, 0, 0, 0, 0, 0]),
    row("timestamp", "behind padding", [1, 1, 1, 68, 8, 5, 0, 0, 0, 0, 0]),
    row("security", "first", [130, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    row("stream", "first", [136, 4, 0, 1]),
    row("bad-option", "not known", [30, 4, 0, 0]),
    row("bad-option", "hidden behind another", [148, 4, 0, 0, 136, 4, 0, 1]),
    row("bad-option", "hidden behind padding", [1, 1, 1, 1, 136, 4, 0, 1]),
  ];
}

function extensionPackets(ends: Ends): readonly AttackPacket[] {
  const plain = frameOf(ends, 6, udp);
  const row = (
    attack: AttackName,
    form: string,
    headers: readonly Extension[],
    neighbour: readonly Extension[] = [],
  ): AttackPacket => ({
    attack,
    family: 6,
    form,
    frames: [withExtensions(plain, headers)],
    neighbour: [withExtensions(plain, neighbour)],
  });
  const padding: Extension = { number: 0, body: [1, 4, 0, 0, 0, 0] };
  const alert: Extension = { number: 0, body: [5, 2, 0, 0, 1, 0] };
  const home: Extension = { number: 60, body: [1, 2, 0, 0, 201, 16, ...Array<number>(16).fill(0)] };
  const routing: Extension = { number: 43, body: [0, 0, 0, 0, 0, 0] };
  const target: Extension = { number: 60, body: [1, 4, 0, 0, 0, 0] };
  // Its length is counted in words, the first two left out: eight bytes.
  const authentication: Extension = { number: 51, body: [0, 0, 0, 0, 0, 0] };
  const hopByHopFirst = [padding, target, routing];
  return [
    row("ipv6-malformed-header", "hop-by-hop options twice", [padding, padding], [padding]),
    row("ipv6-malformed-header", "hop-by-hop options behind others", [target, padding], [target]),
    row("ipv6-malformed-header", "hop-by-hop options first and last", [...hopByHopFirst, padding], hopByHopFirst),
    row(
      "ipv6-malformed-header",
      "hop-by-hop options behind authentication",
      [padding, authentication, padding],
      [padding],
    ),
    row("ipv6-malformed-header", "room to hide them", [padding, target, target, padding, routing], [target, target]),
    row("ipv6-extension-header", "routing", [routing]),
    row("ipv6-extension-header", "mobility", [{ number: 135, body: [0, 0, 0, 0, 0, 0] }]),
    row("ipv6-extension-header", "by number", [{ number: 140, body: [0, 0, 0, 0, 0, 0] }]),
    row("ipv6-hop-by-hop-option", "router alert", [alert], [padding]),
    row("ipv6-hop-by-hop-option", "behind padding", [{ number: 0, body: [1, 0, 5, 2, 0, 0] }], [padding]),
    row("ipv6-hop-by-hop-option", "behind another", [{ number: 0, body: [30, 0, 5, 2, 0, 0] }], [padding]),
    row("ipv6-destination-option", "home address", [home], [target]),
    row("ipv6-header-limit", "two", [padding, target], [padding]),
    {
      attack: "block-fragment",
      family: 6,
      frames: fragments(frameOf(ends, 6, udp), 8),
      neighbour: [plain],
    },
  ];
}

function others(ends: Ends): readonly AttackPacket[] {
  const protocol = (number: number, payload: readonly number[] = Array<number>(40).fill(0)): FrameContent => ({
    kind: "other",
    protocol: number,
    payload: Uint8Array.from(payload),
  });
  const tunnel = (family: 4 | 6, form: string, content: FrameContent, more: Partial<Frame> = {}): AttackPacket => ({
    attack: "tunnel",
    family,
    form,
    frames: [frameOf(ends, family, content, more)],
    neighbour: [frameOf(ends, family, udp)],
  });
  const isatap = [...Array<number>(16).fill(0), 2, 0, 0x5e, 0xfe, ...Array<number>(24).fill(0)];
  return [
    {
      attack: "unknown-protocol",
      family: 4,
      frames: [frameOf(ends, 4, protocol(138))],
      neighbour: [frameOf(ends, 4, protocol(137))],
    },
    {
      attack: "unknown-protocol",
      family: 6,
      frames: [frameOf(ends, 6, protocol(143))],
      neighbour: [frameOf(ends, 6, protocol(89))],
    },
    {
      attack: "block-fragment",
      family: 4,
      frames: fragments(frameOf(ends, 4, udp), 8),
      neighbour: [frameOf(ends, 4, udp)],
    },
    ...families.map((family): AttackPacket => ({
      attack: "spoofing",
      family,
      frames: [frameOf(ends, family, udp, { source: family === 4 ? "198.51.100.7" : "2001:db8::7" })],
      neighbour: [frameOf(ends, family, udp)],
    })),
    ...families.flatMap((family) => [
      tunnel(family, `gre-4in${family}`, protocol(47, [0, 0, 8, 0, ...Array<number>(24).fill(0)])),
      tunnel(family, `gre-6in${family}`, protocol(47, [0, 0, 0x86, 0xdd, ...Array<number>(40).fill(0)])),
      tunnel(family, `ipip-4in${family}`, protocol(4)),
      tunnel(family, `ipip-6in${family}`, protocol(41)),
    ]),
    tunnel(6, "dslite", protocol(4)),
    tunnel(4, "ipip-6to4relay", protocol(41), { destination: "192.88.99.1" }),
    tunnel(4, "isatap", protocol(41, isatap)),
    tunnel(4, "teredo", { kind: "udp", sourcePort: 4_001, destinationPort: 3_544, payload: new Uint8Array(4) }),
  ];
}

/** The frame with options behind its IPv4 header, filled up with zeros. */
export function withOptions(frame: Uint8Array, options: readonly number[]): Uint8Array {
  const room = Math.ceil(options.length / 4) * 4;
  const at = ethernetSizeBytes + ipv4HeaderBytes;
  const bytes = new Uint8Array(frame.length + room);
  bytes.set(frame.subarray(0, at));
  bytes.set(options, at);
  bytes.set(frame.subarray(at), at + room);
  const view = new DataView(bytes.buffer);
  view.setUint8(ethernetSizeBytes, 0x40 + (ipv4HeaderBytes + room) / 4);
  view.setUint16(ethernetSizeBytes + 2, bytes.length - ethernetSizeBytes);
  setHeaderChecksum(bytes, ipv4HeaderBytes + room);
  return bytes;
}

export interface Extension {
  /** Its number as a next header. */
  readonly number: number;
  /** What follows the next header and the length; with both a multiple of eight bytes. */
  readonly body: readonly number[];
}

/** The frame with extension headers between its IPv6 header and its content. */
export function withExtensions(frame: Uint8Array, headers: readonly Extension[]): Uint8Array {
  const at = ethernetSizeBytes + ipv6HeaderBytes;
  const protocol = frame[ethernetSizeBytes + 6] ?? 0;
  const parts = headers.map(({ body }, index) => [
    headers[index + 1]?.number ?? protocol,
    (body.length + 2) / 8 - 1,
    ...body,
  ]);
  const extra = parts.flat();
  const bytes = new Uint8Array(frame.length + extra.length);
  bytes.set(frame.subarray(0, at));
  bytes.set(extra, at);
  bytes.set(frame.subarray(at), at + extra.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(ethernetSizeBytes + 6, headers[0]?.number ?? protocol);
  view.setUint16(ethernetSizeBytes + 4, bytes.length - at);
  return bytes;
}

let fragmentId = 1;

/**
 * The packet of the frame in two fragments; the first carries `size` bytes, a multiple of eight, and the second begins
 * `overlap` bytes before the first one's end.
 */
export function fragments(frame: Uint8Array, size: number, overlap = 0): readonly Uint8Array[] {
  const id = fragmentId++;
  const isIpv4 = (frame[ethernetSizeBytes] ?? 0) >>> 4 === 4;
  const at = ethernetSizeBytes + (isIpv4 ? ipv4HeaderBytes : ipv6HeaderBytes);
  const content = frame.subarray(at);
  const pieces = [
    { offset: 0, more: true, bytes: content.subarray(0, size) },
    { offset: size - overlap, more: false, bytes: content.subarray(size) },
  ];
  return pieces.map(({ offset, more, bytes }) =>
    isIpv4 ? fragment4(frame, id, offset, more, bytes) : fragment6(frame, id, offset, more, bytes),
  );
}

function fragment4(frame: Uint8Array, id: number, offset: number, more: boolean, content: Uint8Array): Uint8Array {
  const at = ethernetSizeBytes + ipv4HeaderBytes;
  const bytes = new Uint8Array(at + content.length);
  bytes.set(frame.subarray(0, at));
  bytes.set(content, at);
  const view = new DataView(bytes.buffer);
  view.setUint16(ethernetSizeBytes + 2, ipv4HeaderBytes + content.length);
  view.setUint16(ethernetSizeBytes + 4, id);
  view.setUint16(ethernetSizeBytes + 6, offset / 8 + (more ? 0x2000 : 0));
  setHeaderChecksum(bytes, ipv4HeaderBytes);
  return bytes;
}

function fragment6(frame: Uint8Array, id: number, offset: number, more: boolean, content: Uint8Array): Uint8Array {
  const whole = frame.subarray(0, ethernetSizeBytes + ipv6HeaderBytes);
  const bytes = new Uint8Array(whole.length + 8 + content.length);
  bytes.set(whole);
  bytes.set(content, whole.length + 8);
  const view = new DataView(bytes.buffer);
  view.setUint8(whole.length, whole[ethernetSizeBytes + 6] ?? 0);
  view.setUint8(ethernetSizeBytes + 6, 44);
  view.setUint16(ethernetSizeBytes + 4, 8 + content.length);
  view.setUint16(whole.length + 2, offset + (more ? 1 : 0));
  view.setUint32(whole.length + 4, id);
  return bytes;
}

/** A last fragment of ICMP that begins so late that the packet is too long. */
function lastFragment(ends: Ends, family: 4 | 6, offset: number): Uint8Array {
  const frame = frameOf(ends, family, echo(family, 32));
  const content = frame.subarray(ethernetSizeBytes + (family === 4 ? ipv4HeaderBytes : ipv6HeaderBytes));
  return family === 4
    ? fragment4(frame, fragmentId++, offset, false, content)
    : fragment6(frame, fragmentId++, offset, false, content);
}

function setHeaderChecksum(bytes: Uint8Array, headerBytes: number): void {
  const header = bytes.subarray(ethernetSizeBytes, ethernetSizeBytes + headerBytes);
  header.set([0, 0], 10);
  const sum = checksum(header);
  header.set([sum >>> 8, sum & 0xff], 10);
}
