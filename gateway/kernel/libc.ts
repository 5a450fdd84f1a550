// The C library's socket calls, typed, in one place. Every failure is a `SystemCallFailure` that carries the errno's
// name. The calls are synchronous: callers pass MSG_DONTWAIT where a call might wait. Structures are written by hand
// for 64-bit little-endian Linux (x86-64 and arm64, the platforms that the pinned Node exists for).
// Sources: socket(7), netlink(7), packet(7), recvmmsg(2), setns(2), /usr/include/asm-generic/socket.h.

import koffi from "koffi";

export class SystemCallFailure extends Error {
  override readonly name = "SystemCallFailure";
  /** The errno's name, such as `EPERM`. */
  readonly code: string;
  readonly call: string;

  constructor(call: string, errno: number) {
    const code = errnoName(errno);
    super(`${call} failed with ${code}`);
    this.code = code;
    this.call = call;
  }
}

export const addressFamily = { inet: 2, inet6: 10, netlink: 16, packet: 17 } as const;
/** SOCK_RAW and SOCK_DGRAM with SOCK_CLOEXEC, so that programs we start do not inherit our sockets. */
export const socketType = { raw: 3 | 0o2000000, datagram: 2 | 0o2000000 } as const;
export const socketLevel = { socket: 1, packet: 263, netlink: 270 } as const;
export const socketOption = { sendBuffer: 7, receiveBuffer: 8, sendBufferForce: 32, receiveBufferForce: 33 } as const;
export const messageFlag = { doNotWait: 0x40, truncated: 0x20 } as const;
export const openFlag = { readOnly: 0, closeOnExec: 0o2000000 } as const;
/** CLONE_NEWNET, the kind of namespace for `enterNamespace`. */
export const networkNamespace = 0x4000_0000;

const errnoNames = new Map(Object.entries(koffi.os.errno).map(([name, number]) => [number, name]));

export function errnoName(errno: number): string {
  return errnoNames.get(errno) ?? `errno ${errno}`;
}

export function errnoOf(name: string): number {
  const errno = koffi.os.errno[name];
  if (errno === undefined) throw new Error(`no errno is called ${name}`);
  return errno;
}

// The process's own symbols, so that it does not matter what file the C library is in.
const libc = koffi.load(null);
const call = {
  socket: libc.func("int socket(int domain, int type, int protocol)"),
  bind: libc.func("int bind(int fd, const void *address, uint32_t length)"),
  getsockname: libc.func("int getsockname(int fd, void *address, void *length)"),
  setsockopt: libc.func("int setsockopt(int fd, int level, int option, const void *value, uint32_t length)"),
  getsockopt: libc.func("int getsockopt(int fd, int level, int option, void *value, void *length)"),
  sendto: libc.func(
    "int64_t sendto(int fd, const void *bytes, size_t length, int flags, const void *to, uint32_t toLength)",
  ),
  sendmsg: libc.func("int64_t sendmsg(int fd, const void *message, int flags)"),
  recv: libc.func("int64_t recv(int fd, void *bytes, size_t length, int flags)"),
  recvmsg: libc.func("int64_t recvmsg(int fd, void *message, int flags)"),
  recvmmsg: libc.func("int recvmmsg(int fd, void *headers, uint32_t count, int flags, void *timeout)"),
  sendmmsg: libc.func("int sendmmsg(int fd, void *headers, uint32_t count, int flags)"),
  open: libc.func("int open(const char *path, int flags)"),
  close: libc.func("int close(int fd)"),
  setns: libc.func("int setns(int fd, int kind)"),
  sched_setaffinity: libc.func("int sched_setaffinity(int pid, size_t length, const void *mask)"),
  if_nametoindex: libc.func("uint32_t if_nametoindex(const char *name)"),
  if_indextoname: libc.func("void *if_indextoname(uint32_t index, void *name)"),
} as const;

export function openSocket(domain: number, type: number, protocol: number): number {
  return checked("socket", call.socket(domain, type, protocol));
}

export function bindSocket(fd: number, address: Uint8Array): void {
  checked("bind", call.bind(fd, address, address.length));
}

/** The local address that the kernel chose, at most 128 bytes. */
export function socketAddress(fd: number): Uint8Array {
  const address = new Uint8Array(128);
  const length = new Uint32Array([address.length]);
  checked("getsockname", call.getsockname(fd, address, length));
  return address.subarray(0, length[0]);
}

export function setSocketOption(fd: number, level: number, option: number, value: number | Uint8Array): void {
  const bytes = typeof value === "number" ? new Int32Array([value]) : value;
  checked("setsockopt", call.setsockopt(fd, level, option, bytes, bytes.byteLength));
}

export function getSocketOption(fd: number, level: number, option: number): number {
  const value = new Int32Array(1);
  checked("getsockopt", call.getsockopt(fd, level, option, value, new Uint32Array([4])));
  return value[0] ?? 0;
}

/** An option whose value is asked with what stands in `bytes` and answered into the same place. */
export function exchangeSocketOption(fd: number, level: number, option: number, bytes: Uint8Array): void {
  checked("getsockopt", call.getsockopt(fd, level, option, bytes, new Uint32Array([bytes.length])));
}

/** Sends one datagram; without an address the socket's own peer (for netlink: the kernel) gets it. Bytes sent. */
export function send(fd: number, bytes: Uint8Array, flags = 0, to?: Uint8Array): number {
  return checked("sendto", Number(call.sendto(fd, bytes, bytes.length, flags, to ?? null, to?.length ?? 0)));
}

/** UIO_MAXIOV. */
export const partsMax = 1024;

/** One datagram from several places in memory, at most `partsMax`, on the calling thread. Bytes sent. */
export function sendParts(fd: number, parts: readonly Uint8Array[]): number {
  const message = messageOf(parts);
  inUse.add(message);
  try {
    return checked("sendmsg", Number(call.sendmsg(fd, message.header, 0)));
  } finally {
    inUse.delete(message);
  }
}

/**
 * What a system call is given by its address: nothing else tells the garbage collector that it is needed. Without this
 * the kernel was seen to read a message's list of parts when it was gone, and not to answer.
 */
const inUse = new Set<object>();

/**
 * The same on another thread, so that this one goes on while the kernel works. That thread's errno is not known here:
 * a call that failed is made again on this one, which is for a datagram that the kernel has not taken no difference.
 */
export async function sendPartsAside(fd: number, parts: readonly Uint8Array[]): Promise<number> {
  const message = messageOf(parts);
  inUse.add(message);
  try {
    const sent = await new Promise<number>((resolve, reject) => {
      call.sendmsg.async(fd, message.header, 0, (error: Error | null, result: number | bigint) => {
        if (error === null) resolve(Number(result));
        else reject(error);
      });
    });
    return sent < 0 ? sendParts(fd, parts) : sent;
  } finally {
    inUse.delete(message);
  }
}

/** A struct msghdr and what it points to. */
function messageOf(parts: readonly Uint8Array[]) {
  if (parts.length > partsMax) throw new Error(`a datagram of ${parts.length} parts was built`);
  const vectors = new DataView(new ArrayBuffer(Math.max(1, parts.length) * iovecSize));
  for (const [index, part] of parts.entries()) {
    const address = koffi.address(part.buffer as ArrayBuffer) + BigInt(part.byteOffset);
    vectors.setBigUint64(index * iovecSize, address, true);
    vectors.setBigUint64(index * iovecSize + 8, BigInt(part.length), true);
  }
  // name 0, namelen 8, iov 16, iovlen 24, control 32, controllen 40, flags 48.
  const message = new DataView(new ArrayBuffer(56));
  message.setBigUint64(16, koffi.address(vectors.buffer), true);
  message.setBigUint64(24, BigInt(parts.length), true);
  return { header: message.buffer, vectors, parts };
}

/** The length of the datagram received, or undefined when there is none to be had without waiting. */
export function receive(fd: number, into: Uint8Array, flags: number = messageFlag.doNotWait): number | undefined {
  return unlessEmpty("recv", Number(call.recv(fd, into, into.length, flags)));
}

/** Opens a file only for its descriptor, as `enterNamespace` wants it. */
export function openFile(path: string, flags: number = openFlag.readOnly | openFlag.closeOnExec): number {
  return checked("open", call.open(path, flags));
}

export function closeFile(fd: number): void {
  checked("close", call.close(fd));
}

/** The same on another thread: for a socket whose end the kernel takes its time for. Nobody hears whether it fails. */
export function closeFileAside(fd: number): void {
  try {
    call.close.async(fd, () => {});
  } catch {
    // Hundreds wait for the event loop, which somebody holds up (koffi's `max_async_calls`).
    call.close(fd);
  }
}

/** Moves the calling thread, and no other thread of the process, into a namespace. */
export function enterNamespace(fd: number, kind: number): void {
  checked("setns", call.setns(fd, kind));
}

const coresMax = 1_024;

/** The calling thread, and no other, runs on this core from now on; false when the system does not allow it. */
export function stayOnCore(core: number): boolean {
  const mask = new Uint8Array(coresMax / 8);
  mask[core >>> 3] = 1 << (core & 7);
  const result: number = call.sched_setaffinity(0, mask.length, mask);
  return result === 0;
}

/** The interface index, or undefined when the calling thread's network namespace has no such device. */
export function interfaceIndex(device: string): number | undefined {
  const index: number = call.if_nametoindex(device);
  return index === 0 ? undefined : index;
}

export function interfaceName(index: number): string | undefined {
  // IFNAMSIZ is 16 with the final zero.
  const name = Buffer.alloc(16);
  if (call.if_indextoname(index, name) === null) return undefined;
  return name.toString("utf8", 0, name.indexOf(0));
}

/**
 * Room for several datagrams that one system call fills (`receive`) or sends (`send`). The kernel gets the addresses of
 * this memory once; the batch must outlive every call that uses it.
 */
export class MessageBatch {
  readonly count: number;
  readonly slotSizeBytes: number;
  /** All slots, one behind the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  // struct mmsghdr is 64 bytes: name 0, namelen 8, iov 16, iovlen 24, control 32, controllen 40, flags 48, length 56.
  readonly #headers: DataView;
  readonly #vectors: DataView;

  constructor(count: number, slotSizeBytes: number) {
    this.count = count;
    this.slotSizeBytes = slotSizeBytes;
    this.bytes = new Uint8Array(new ArrayBuffer(count * slotSizeBytes));
    this.#headers = new DataView(new ArrayBuffer(count * mmsghdrSize));
    this.#vectors = new DataView(new ArrayBuffer(count * iovecSize));
    const slots = koffi.address(this.bytes.buffer);
    const vectors = koffi.address(this.#vectors.buffer);
    for (let slot = 0; slot < count; slot++) {
      this.#vectors.setBigUint64(slot * iovecSize, slots + BigInt(slot * slotSizeBytes), true);
      this.#headers.setBigUint64(slot * mmsghdrSize + 16, vectors + BigInt(slot * iovecSize), true);
      this.#headers.setBigUint64(slot * mmsghdrSize + 24, 1n, true);
      this.setLength(slot, slotSizeBytes);
    }
  }

  /** How many bytes of the slot are to be sent; a batch for receiving leaves the slots at their full size. */
  setLength(slot: number, lengthBytes: number): void {
    this.#vectors.setBigUint64(slot * iovecSize + 8, BigInt(lengthBytes), true);
  }

  offsetOf(slot: number): number {
    return slot * this.slotSizeBytes;
  }

  /** The length of the datagram that the last `receive` put into the slot. */
  lengthOf(slot: number): number {
    return this.#headers.getUint32(slot * mmsghdrSize + 56, true);
  }

  /** True when the datagram was longer than the slot and its end is lost. */
  isTruncated(slot: number): boolean {
    return (this.#headers.getUint32(slot * mmsghdrSize + 48, true) & messageFlag.truncated) !== 0;
  }

  /** Fills the slots with what is waiting, without waiting. How many were filled; 0 when nothing is there. */
  receive(fd: number): number {
    const headers = this.#headers.buffer;
    return unlessEmpty("recvmmsg", call.recvmmsg(fd, headers, this.count, messageFlag.doNotWait, null)) ?? 0;
  }

  /** Sends the first `count` slots. How many the kernel took; 0 when its buffer is full. */
  send(fd: number, count: number, flags = 0): number {
    return unlessEmpty("sendmmsg", call.sendmmsg(fd, this.#headers.buffer, Math.min(count, this.count), flags)) ?? 0;
  }
}

/**
 * Room for one datagram with its sender and what the kernel says about it (cmsg(3)). It must outlive every call that
 * uses it.
 */
export class ReceiveSlot {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #sender = new Uint8Array(28);
  readonly #control = new DataView(new ArrayBuffer(128));
  readonly #vector = new DataView(new ArrayBuffer(iovecSize));
  readonly #header = new DataView(new ArrayBuffer(msghdrSize));

  constructor(sizeBytes: number) {
    this.bytes = new Uint8Array(new ArrayBuffer(sizeBytes));
    this.#vector.setBigUint64(0, koffi.address(this.bytes.buffer), true);
    this.#vector.setBigUint64(8, BigInt(sizeBytes), true);
    this.#header.setBigUint64(0, koffi.address(this.#sender.buffer), true);
    this.#header.setBigUint64(16, koffi.address(this.#vector.buffer), true);
    this.#header.setBigUint64(24, 1n, true);
    this.#header.setBigUint64(32, koffi.address(this.#control.buffer), true);
  }

  /** Waits on another thread for as long as the socket's SO_RCVTIMEO says. The length, or -1 when nothing came. */
  receiveAside(fd: number): Promise<number> {
    this.#header.setUint32(8, this.#sender.length, true);
    this.#header.setBigUint64(40, BigInt(this.#control.byteLength), true);
    inUse.add(this);
    return new Promise((resolve, reject) => {
      call.recvmsg.async(fd, this.#header.buffer, 0, (error: Error | null, result: number | bigint) => {
        inUse.delete(this);
        if (error === null) resolve(Number(result));
        else reject(error);
      });
    });
  }

  /** The socket address of who sent it. */
  get sender(): Uint8Array {
    return this.#sender.subarray(0, Math.min(this.#sender.length, this.#header.getUint32(8, true)));
  }

  /** A number of 32 bits that the kernel added under this level and type. */
  controlNumber(level: number, type: number): number | undefined {
    const length = Math.min(this.#control.byteLength, Number(this.#header.getBigUint64(40, true)));
    // struct cmsghdr: length 0, level 8, type 12, data 16; the next one begins at a multiple of 8.
    for (let at = 0; at + 20 <= length;) {
      const size = Number(this.#control.getBigUint64(at, true));
      if (size < 16) return undefined;
      if (this.#control.getInt32(at + 8, true) === level && this.#control.getInt32(at + 12, true) === type)
        return this.#control.getInt32(at + 16, true);
      at += (size + 7) & ~7;
    }
    return undefined;
  }
}

const msghdrSize = 56;
const mmsghdrSize = 64;
const iovecSize = 16;

function checked(name: string, result: number): number {
  if (result < 0) throw new SystemCallFailure(name, koffi.errno());
  return result;
}

function unlessEmpty(name: string, result: number): number | undefined {
  if (result >= 0) return result;
  const errno = koffi.errno();
  if (errno === errnoOf("EAGAIN") || errno === errnoOf("EINTR")) return undefined;
  throw new SystemCallFailure(name, errno);
}
