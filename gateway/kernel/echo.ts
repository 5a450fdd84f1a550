// Echo requests and what comes back: the terms in which `ping` and `traceroute` speak of the network, and the packets of
// ICMP (RFC 792) and ICMPv6 (RFC 4443) as bytes. No system call is made here.

import { formatIp } from "@merlon/model/ip/address.ts";
import type { Family, IpAddress } from "@merlon/model/ip/address.ts";

export interface EchoOptions {
  readonly family: Family;
  readonly source?: IpAddress;
  /** Only out of this device of the kernel. */
  readonly device?: string;
  /** The type-of-service byte, or the traffic class. */
  readonly tos?: number;
  readonly doNotFragment?: boolean;
}

export interface EchoProbe {
  readonly destination: IpAddress;
  readonly sequence: number;
  readonly ttl: number;
  readonly payload: Uint8Array;
}

/** Sends requests with an identifier of its own and hears what is said about them. */
export interface EchoSocket extends Disposable {
  /** Throws `KernelFailure` when the request cannot be sent: no route, a policy, too long. */
  send(probe: EchoProbe): void;
  /** The next answer, or undefined when the time is over; one call at a time. */
  receive(timeoutMs: number): Promise<EchoAnswer | undefined>;
}

export interface EchoAnswer {
  readonly kind: "reply" | "time-exceeded" | "unreachable" | "too-big";
  readonly from: IpAddress;
  /** Of the request that it is about. */
  readonly sequence: number;
  /** The ICMP code, for `unreachable`. */
  readonly code: number;
  /** Hops that the answer could still have gone; undefined where the kernel does not say. */
  readonly ttl?: number;
  /** The length of the ICMP message. */
  readonly lengthBytes: number;
}

export const echoPayloadBytesMax = 61_580;

const types = {
  4: { request: 8, reply: 0, errors: new Map([[3, "unreachable"], [11, "time-exceeded"]] as const) },
  6: { request: 128, reply: 129, errors: new Map([[1, "unreachable"], [2, "too-big"], [3, "time-exceeded"]] as const) },
} as const; // prettier-ignore

/** For ICMPv6 the kernel fills in the checksum. */
export function encodeEchoRequest(family: Family, id: number, { sequence, payload }: EchoProbe): Uint8Array {
  const bytes = new Uint8Array(8 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, types[family].request);
  view.setUint16(4, id);
  view.setUint16(6, sequence);
  bytes.set(payload, 8);
  if (family === 4) view.setUint16(2, internetChecksum(bytes));
  return bytes;
}

/** RFC 1071. */
export function internetChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/**
 * What an ICMP message says about a request with this identifier; undefined when it is about something else. `bytes`
 * begin with the ICMP header (the caller has taken an IPv4 header off).
 */
export function decodeEchoAnswer(
  family: Family,
  id: number,
  bytes: Uint8Array,
  sender: { readonly from: IpAddress; readonly ttl?: number },
): EchoAnswer | undefined {
  if (bytes.length < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { request, reply, errors } = types[family];
  const [type, code] = [view.getUint8(0), view.getUint8(1)];
  const common = { ...sender, code, lengthBytes: bytes.length };
  if (type === reply) {
    return view.getUint16(4) === id ? { kind: "reply", sequence: view.getUint16(6), ...common } : undefined;
  }
  const found = (errors as ReadonlyMap<number, Exclude<EchoAnswer["kind"], "reply">>).get(type);
  const kind = family === 4 && type === 3 && code === 4 ? "too-big" : found;
  const quoted = 8 + (family === 4 ? (view.byteLength > 8 ? (view.getUint8(8) & 0x0f) * 4 : 20) : 40);
  if (kind === undefined || bytes.length < quoted + 8) return undefined;
  if (view.getUint8(quoted) !== request || view.getUint16(quoted + 4) !== id) return undefined;
  return { kind, sequence: view.getUint16(quoted + 6), ...common };
}

/** Takes the IPv4 header off what a raw socket received. */
export function splitIpv4(bytes: Uint8Array): { readonly ttl: number; readonly payload: Uint8Array } | undefined {
  const headerLength = ((bytes[0] ?? 0) & 0x0f) * 4;
  if (bytes.length < 20 || headerLength < 20 || bytes.length < headerLength) return undefined;
  return { ttl: bytes[8] ?? 0, payload: bytes.subarray(headerLength) };
}

/** `no route to 10.9.0.1`, for the errno of a send that failed. */
export function sendRefusal(code: string, { destination }: Pick<EchoProbe, "destination">): string {
  const where = formatIp(destination);
  switch (code) {
    case "ENETUNREACH":
    case "EHOSTUNREACH":
      return `no route to ${where}`;
    case "EPERM":
    case "EACCES":
      return `a policy of the gateway refuses the request to ${where}`;
    case "EMSGSIZE":
      return `the request to ${where} is longer than the MTU allows`;
    default:
      return `the request to ${where} cannot be sent (${code})`;
  }
}
