// Reads how long a thread that stays on one core has been on it. All traffic of a measurement is made by one thread,
// and a veth pair carries a packet through to its receiver inside the call that sends it, so the thread's own time is
// that of sender, gateway and receiver together, whatever else the machine was doing meanwhile.
// Sources: clock_gettime(2), CONFIG_IRQ_TIME_ACCOUNTING in kernel/sched/cputime.c.

import koffi from "koffi";
import {
  addressFamily,
  bindSocket,
  closeFile,
  openSocket,
  send,
  socketAddress,
  socketType,
} from "@merlon/gateway/kernel/libc.ts";

const libc = koffi.load(null);
const getTime = libc.func("int clock_gettime(int clock, void *time)");

/** CLOCK_THREAD_CPUTIME_ID. */
const threadCpuClock = 3;

const time = new BigInt64Array(2);

/** Nanoseconds that the calling thread has been on a core. */
export function threadTimeNs(): number {
  const result: number = getTime(threadCpuClock, time);
  if (result !== 0) throw new Error("the kernel has no clock for threads");
  return Number(time[0]) * 1e9 + Number(time[1]);
}

/** Nanoseconds on the wall, from an arbitrary beginning. */
export function wallTimeNs(): number {
  return performance.now() * 1e6;
}

const triesCount = 200;
const datagramsPerTry = 32;
/** Without the packets' part a thread that sends through `lo` would have about half of the time. */
const shareMin = 0.85;

/**
 * Whether the thread's clock goes on while the thread's packets are on their way. A kernel that accounts interrupts by
 * themselves (CONFIG_IRQ_TIME_ACCOUNTING) stops it then, and only the wall clock says what packets cost. Found out by
 * sending datagrams to oneself: the fastest try is one that nobody interrupted.
 */
export function threadClockSeesPackets(): boolean {
  const fd = openSocket(addressFamily.inet, socketType.datagram, 0);
  try {
    bindSocket(fd, Uint8Array.of(addressFamily.inet, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0));
    const self = socketAddress(fd);
    const payload = new Uint8Array(16);
    let fastest = { wallNs: Number.POSITIVE_INFINITY, threadNs: 0 };
    for (let n = 0; n < triesCount; n++) {
      const [startNs, startThreadNs] = [wallTimeNs(), threadTimeNs()];
      for (let sent = 0; sent < datagramsPerTry; sent++) send(fd, payload, 0, self);
      const [threadNs, wallNs] = [threadTimeNs() - startThreadNs, wallTimeNs() - startNs];
      if (wallNs < fastest.wallNs) fastest = { wallNs, threadNs };
    }
    return fastest.threadNs / fastest.wallNs > shareMin;
  } finally {
    closeFile(fd);
  }
}
