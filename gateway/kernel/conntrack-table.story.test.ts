// Ending and dumping real sessions: of every protocol, behind NAT, in conntrack zones, many at once, while they come
// and go. Runs only inside `tools/setup/enclose.sh`.

import { formatIp } from "@merlon/model/ip/address.ts";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { dumpSessions, endSessions } from "./conntrack-table.ts";
import type { KernelSession } from "./kernel.ts";
import { KernelWatch } from "./kernel-watch.ts";
import { addressFamily, closeFile, openSocket, send, setSocketOption, socketType } from "./libc.ts";
import { StoryNetwork, enableForwarding, loadRuleset, serverIpv4, serverIpv6 } from "./story-network.ts";
import { addSessions } from "./story-sessions.ts";
import { openIcmpSocket, openUdpSocket, sendEchoRequest, sendUdp } from "./story-traffic.ts";
import { enclosed, skipReason } from "./story-watch.ts";
import { writeSysctl } from "./sysctl.ts";

const mark = 33;
const ascending = (a: number, b: number): number => a - b;

async function sessionsNow(): Promise<readonly KernelSession[]> {
  const found: KernelSession[] = [];
  for await (const batch of dumpSessions()) found.push(...batch);
  return found;
}

describe.skipIf(!enclosed)(`the connection table${skipReason}`, () => {
  let network: StoryNetwork;
  const opened: number[] = [];
  const inClient = (open: () => number): number => {
    const fd = network.at("client", open);
    opened.push(fd);
    return fd;
  };
  beforeEach(async () => {
    network = await StoryNetwork.create();
    enableForwarding();
    // The SCTP message below has no checksum.
    writeSysctl("net.netfilter.nf_conntrack_checksum", "0");
  });
  afterEach(async () => {
    for (const fd of opened.splice(0)) closeFile(fd);
    await network[Symbol.asyncDispose]();
  });

  const acceptAll = (statements: string): string => `
table inet merlon {
  chain forward {
    type filter hook forward priority filter; policy accept;
    ${statements}
  }
}
`;

  test.each([
    [
      "UDP",
      17,
      () =>
        sendUdp(
          inClient(() => openUdpSocket(4)),
          serverIpv4,
          53,
          new Uint8Array(9),
        ),
    ],
    [
      "UDP over IPv6",
      17,
      () =>
        sendUdp(
          inClient(() => openUdpSocket(6)),
          serverIpv6,
          53,
          new Uint8Array(9),
        ),
    ],
    [
      "ICMP",
      1,
      () =>
        sendEchoRequest(
          inClient(() => openIcmpSocket(4)),
          serverIpv4,
          7,
          1,
        ),
    ],
    [
      "ICMPv6",
      58,
      () =>
        sendEchoRequest(
          inClient(() => openIcmpSocket(6)),
          serverIpv6,
          7,
          1,
        ),
    ],
    ["GRE", 47, () => sendRaw(47, Uint8Array.of(0x20, 0, 8, 0, 0, 0, 0, 9))],
    ["ESP", 50, () => sendRaw(50, new Uint8Array(16))],
    ["a protocol that nobody knows", 253, () => sendRaw(253, new Uint8Array(8))],
    ["SCTP INIT", 132, () => sendRaw(132, sctpInit())],
  ] as const)("%s is ended and only it", async (_, protocol, begin) => {
    await loadRuleset(acceptAll(`meta l4proto ${protocol} ct mark set ${mark}`));
    addSessions([1, 2]);
    begin();
    await expect
      .poll(async () => (await sessionsNow()).filter((session) => session.mark === mark).length, { timeout: 5_000 })
      .toBe(1);
    const session = (await sessionsNow()).find((each) => each.mark === mark);
    expect(session?.original.protocol).toBe(protocol);
    expect(session?.original.sourcePort !== undefined).toBe(protocol === 17 || protocol === 132);
    expect(await endSessions(new Set([mark]))).toBe(1);
    const left = (await sessionsNow()).map((each) => each.mark).filter((each) => each === mark || each < 3);
    expect(left.toSorted(ascending)).toEqual([1, 2]);
  });

  function sendRaw(protocol: number, payload: Uint8Array): void {
    const fd = inClient(() => openSocket(addressFamily.inet, socketType.raw, protocol));
    // struct sockaddr_in of 10.2.1.2.
    send(fd, payload, 0, Uint8Array.of(addressFamily.inet, 0, 0, 0, 10, 2, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0));
  }

  test("translated addresses show in the reply, and such a session is ended too", async () => {
    await loadRuleset(`
${acceptAll(`ct mark set ${mark}`)}
table ip nat {
  chain to_server {
    type nat hook prerouting priority dstnat;
    ip daddr 10.2.1.99 udp dport 99 dnat to ${serverIpv4}:53
  }
  chain from_client {
    type nat hook postrouting priority srcnat;
    ip saddr 10.1.1.0/24 masquerade
  }
}
`);
    sendUdp(
      inClient(() => openUdpSocket(4)),
      "10.2.1.99",
      99,
      new Uint8Array(3),
    );
    await expect.poll(async () => (await sessionsNow()).length).toBe(1);
    const { original, reply } = (await sessionsNow())[0] ?? expect.fail();
    const show = (tuple: typeof original): string =>
      `${formatIp(tuple.source)} > ${formatIp(tuple.destination)}:${tuple.destinationPort}`;
    expect(show(original)).toBe("10.1.1.2 > 10.2.1.99:99");
    expect(show(reply)).toBe(`${serverIpv4} > 10.2.1.1:${original.sourcePort}`);
    expect(reply.sourcePort).toBe(53);
    expect(await endSessions(new Set([mark]))).toBe(1);
  });

  test("equal tuples in two conntrack zones are two sessions, and each is found again", async () => {
    await loadRuleset(`
${acceptAll("ct mark set meta mark")}
table ip zones {
  chain early {
    type filter hook prerouting priority raw;
    ip dscp cs1 meta mark set 41 ct zone set 7
    ip dscp cs2 meta mark set 42 ct zone set 8
  }
}
`);
    const fd = inClient(() => openUdpSocket(4));
    const ipTypeOfService = { level: 0, option: 1 } as const;
    for (const dscp of [0x20, 0x40]) {
      setSocketOption(fd, ipTypeOfService.level, ipTypeOfService.option, dscp);
      sendUdp(fd, serverIpv4, 53, new Uint8Array(1));
    }
    await expect.poll(async () => (await sessionsNow()).map((each) => each.mark).toSorted(ascending)).toEqual([41, 42]);
    const [first, second] = await sessionsNow();
    expect(first?.original).toEqual(second?.original);
    expect(await endSessions(new Set([42]))).toBe(1);
    expect((await sessionsNow()).map((each) => each.mark)).toEqual([41]);
    expect(await endSessions(new Set([41]))).toBe(1);
  });

  test("any sessions, any marks: what is ended is what the model says", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(12), { maxLength: 300 }),
        fc.array(fc.nat(12), { maxLength: 6 }),
        fc.constantFrom(0, 0x01000000, 0xff000000),
        async (ids, ended, upper) => {
          addSessions(ids.map((id) => (upper | id) >>> 0));
          const wanted = new Set(ended);
          expect(await endSessions(wanted)).toBe(ids.filter((id) => wanted.has(id)).length);
          const left = (await sessionsNow()).map((each) => each.mark & 0xffffff).toSorted(ascending);
          expect(left).toEqual(ids.filter((id) => !wanted.has(id)).toSorted(ascending));
          expect(await endSessions(new Set(ids))).toBe(left.length);
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);

  test("two who end the same sessions at once end each of them once", async () => {
    addSessions(Array<number>(2_000).fill(mark));
    const counts = await Promise.all([endSessions(new Set([mark])), endSessions(new Set([mark]))]);
    expect(counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)).toBe(2_000);
    expect(await sessionsNow()).toEqual([]);
  });

  test("very many sessions are ended by the kernel alone, and only those of the marks", async () => {
    const others = [1, mark + 1, 0x100_0000 + mark + 1, 0];
    addSessions([...others, ...Array<number>(5_000).fill(mark), ...Array<number>(5_000).fill(0x500_0000 + mark)]);
    expect(await endSessions(new Set([mark, mark + 2]))).toBeUndefined();
    const left = (await sessionsNow()).map((session) => session.mark);
    expect(left.toSorted(ascending)).toEqual(others.toSorted(ascending));
  });

  test.each([
    ["in a row are ended by a few walks of the kernel", 1, undefined],
    ["that are scattered are ended one by one", 2, 8_000],
  ])("sessions of a thousand marks %s", async (_, step, counted) => {
    const marks = Array.from({ length: 1_000 }, (__, index) => 1_000 + index * step);
    const others = [0, 999, step === 1 ? 2_000 : 1_001, 0x100_0000 + 999];
    addSessions([...Array.from({ length: 8_000 }, (__, index) => marks[index % 1_000] ?? 0), ...others]);
    expect(await endSessions(new Set(marks))).toBe(counted);
    expect((await sessionsNow()).map((session) => session.mark).toSorted(ascending)).toEqual(
      others.toSorted(ascending),
    );
  });

  test("of very many sessions that end at once every end is told", async () => {
    const count = 60_000;
    addSessions(Array<number>(count).fill(mark));
    const told = { closed: 0, lost: 0 };
    using _watch = new KernelWatch((event) => {
      if (event.kind === "session-closed") told.closed++;
      else if (event.kind === "events-lost") told.lost += event.count ?? Number.NaN;
    });
    expect(await endSessions(new Set([mark]))).toBeUndefined();
    await expect.poll(() => told.closed + told.lost, { timeout: 10_000 }).toBe(count);
    expect(told.lost).toBe(0);
  }, 60_000);

  test("50,000 sessions are dumped in bounded batches, and other work gets its turn between them", async () => {
    addSessions(Array<number>(50_000).fill(mark));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    let count = 0;
    let largest = 0;
    for await (const batch of dumpSessions()) {
      count += batch.length;
      largest = Math.max(largest, batch.length);
    }
    clearInterval(timer);
    expect(count).toBe(50_000);
    expect(largest).toBeLessThan(3_000);
    expect(turns).toBeGreaterThan(5);
    expect(await endSessions(new Set([mark]))).toBeUndefined();
    expect(await sessionsNow()).toEqual([]);
  }, 60_000);
});

/** RFC 9260 section 3.3.2, without a checksum. */
function sctpInit(): Uint8Array {
  const message = new DataView(new ArrayBuffer(32));
  message.setUint16(0, 40_000);
  message.setUint16(2, 5_000);
  message.setUint8(12, 1);
  message.setUint16(14, 20);
  message.setUint32(16, 0x1234);
  message.setUint32(20, 65_536);
  message.setUint16(24, 1);
  message.setUint16(26, 1);
  return new Uint8Array(message.buffer);
}
