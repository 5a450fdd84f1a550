// A raw ICMP socket of the network namespace that the calling thread is in (raw(7), icmp(7), ipv6(7)). Receiving waits on
// a thread of its own, because the time of an answer is what `ping` is about; it gives up every so often, so that the
// socket can be closed.

import type { IpAddress } from "@merlon/model/ip/address.ts";
import type { EchoAnswer, EchoOptions, EchoProbe, EchoSocket } from "./echo.ts";
import { decodeEchoAnswer, encodeEchoRequest, sendRefusal, splitIpv4 } from "./echo.ts";
import { KernelFailure } from "./kernel.ts";
import {
  addressFamily,
  bindSocket,
  closeFile,
  openSocket,
  ReceiveSlot,
  send,
  setSocketOption,
  socketLevel,
  socketType,
  SystemCallFailure,
} from "./libc.ts";

const icmp = { 4: 1, 6: 58 } as const;
/** IPPROTO_IP, IPPROTO_IPV6, SOL_RAW, IPPROTO_ICMPV6. */
const level = { ip: 0, ipv6: 41, raw: 255, icmp6: 58 } as const;
const ipOption = { tos: 1, ttl: 2, mtuDiscover: 10 } as const;
const ipv6Option = {
  unicastHops: 16,
  mtuDiscover: 23,
  receiveHopLimit: 51,
  doNotFragment: 62,
  trafficClass: 67,
} as const;
const socketOption = { receiveTimeout: 20, bindToDevice: 25 } as const;
/** IP_PMTUDISC_DO, IP_PMTUDISC_DONT. */
const discover = { always: 2, never: 0 } as const;
/** How long one wait in the kernel lasts. */
const sliceMs = 100;
const messageBytesMax = 65_536;

let lastId = process.pid & 0xffff;

export class IcmpSocket implements EchoSocket {
  readonly #options: EchoOptions;
  readonly #fd: number;
  readonly #slot = new ReceiveSlot(messageBytesMax);
  readonly #id: number;
  #receiving: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** Throws `KernelFailure`. */
  constructor(options: EchoOptions) {
    this.#options = options;
    lastId = (lastId + 1) & 0xffff;
    this.#id = lastId;
    const { family } = options;
    try {
      this.#fd = openSocket(family === 4 ? addressFamily.inet : addressFamily.inet6, socketType.raw, icmp[family]);
    } catch (cause) {
      throw new KernelFailure("ICMP cannot be sent: run Merlon with CAP_NET_RAW", String(cause), { cause });
    }
    try {
      this.#setUp();
    } catch (cause) {
      closeFile(this.#fd);
      if (!(cause instanceof SystemCallFailure)) throw cause;
      const why = cause.code === "EADDRNOTAVAIL" ? "the source address is none of the gateway's" : cause.message;
      throw new KernelFailure(`ICMP cannot be sent as asked: ${why}`, cause.message, { cause });
    }
  }

  send(probe: EchoProbe): void {
    const { family } = this.#options;
    if (family === 4) setSocketOption(this.#fd, level.ip, ipOption.ttl, probe.ttl);
    else setSocketOption(this.#fd, level.ipv6, ipv6Option.unicastHops, probe.ttl);
    try {
      send(this.#fd, encodeEchoRequest(family, this.#id, probe), 0, socketAddressOf(probe.destination));
    } catch (cause) {
      if (!(cause instanceof SystemCallFailure)) throw cause;
      throw new KernelFailure(sendRefusal(cause.code, probe), cause.message, { cause });
    }
  }

  async receive(timeoutMs: number): Promise<EchoAnswer | undefined> {
    const deadline = performance.now() + timeoutMs;
    while (!this.#closed && performance.now() < deadline) {
      const waiting = this.#slot.receiveAside(this.#fd);
      this.#receiving = waiting;
      const length = await waiting;
      if (length <= 0) continue;
      const answer = this.#decode(length);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  /** The descriptor is given back when no thread waits on it any more. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    void this.#receiving.finally(() => closeFile(this.#fd));
  }

  #decode(length: number): EchoAnswer | undefined {
    const from = addressOf(this.#slot.sender);
    if (from === undefined) return undefined;
    const bytes = this.#slot.bytes.subarray(0, length);
    if (this.#options.family === 6) {
      const ttl = this.#slot.controlNumber(level.ipv6, ipv6HopLimit);
      return decodeEchoAnswer(6, this.#id, bytes, { from, ...(ttl === undefined ? {} : { ttl }) });
    }
    const packet = splitIpv4(bytes);
    return packet && decodeEchoAnswer(4, this.#id, packet.payload, { from, ttl: packet.ttl });
  }

  #setUp(): void {
    const { family, source, device, tos, doNotFragment } = this.#options;
    const timeout = new BigInt64Array([0n, BigInt(sliceMs * 1000)]);
    setSocketOption(this.#fd, socketLevel.socket, socketOption.receiveTimeout, new Uint8Array(timeout.buffer));
    if (device !== undefined)
      setSocketOption(this.#fd, socketLevel.socket, socketOption.bindToDevice, Buffer.from(`${device}\0`));
    if (family === 4) {
      // ICMP_FILTER passes what its bit is clear for: echo replies, unreachable, time exceeded.
      setSocketOption(this.#fd, level.raw, 1, ~((1 << 0) | (1 << 3) | (1 << 11)));
      const mode = doNotFragment === true ? discover.always : discover.never;
      setSocketOption(this.#fd, level.ip, ipOption.mtuDiscover, mode);
      if (tos !== undefined) setSocketOption(this.#fd, level.ip, ipOption.tos, tos);
    } else {
      setSocketOption(this.#fd, level.icmp6, 1, icmp6Filter([1, 2, 3, 129]));
      setSocketOption(this.#fd, level.ipv6, ipv6Option.receiveHopLimit, 1);
      if (doNotFragment === true) setSocketOption(this.#fd, level.ipv6, ipv6Option.doNotFragment, 1);
      if (tos !== undefined) setSocketOption(this.#fd, level.ipv6, ipv6Option.trafficClass, tos);
    }
    if (source !== undefined) bindSocket(this.#fd, socketAddressOf(source));
  }
}

/** IPV6_HOPLIMIT. */
const ipv6HopLimit = 52;

/** struct icmp6_filter: 256 bits; a set bit blocks its type. */
function icmp6Filter(passed: readonly number[]): Uint8Array {
  const words = new Uint32Array(8).fill(0xffff_ffff);
  for (const type of passed) words[type >>> 5] = (words[type >>> 5] ?? 0) & ~(1 << (type & 31));
  return new Uint8Array(words.buffer);
}

/** struct sockaddr_in (16 bytes) or sockaddr_in6 (28 bytes); the port is 0. */
function socketAddressOf(address: IpAddress): Uint8Array {
  const bytes = new Uint8Array(address.family === 4 ? 16 : 28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, address.family === 4 ? addressFamily.inet : addressFamily.inet6, true);
  if (address.family === 4) view.setUint32(4, address.value);
  else {
    view.setBigUint64(8, address.value >> 64n);
    view.setBigUint64(16, address.value & 0xffff_ffff_ffff_ffffn);
  }
  return bytes;
}

function addressOf(bytes: Uint8Array): IpAddress | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const family = bytes.length < 16 ? 0 : view.getUint16(0, true);
  if (family === addressFamily.inet) return { family: 4, value: view.getUint32(4) };
  if (family !== addressFamily.inet6 || bytes.length < 28) return undefined;
  return { family: 6, value: (view.getBigUint64(8) << 64n) | view.getBigUint64(16) };
}
