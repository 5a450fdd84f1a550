// A netlink socket against the real kernel: answers, refusals with their sentences, dumps given up half way, overruns,
// and what happens after its end. Runs only inside `tools/setup/enclose.sh`.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { conntrackGroup, conntrackMessage, encodeDeleteMarked, encodeDump } from "./conntrack-message.ts";
import { KernelFailure } from "./kernel.ts";
import { MessageWriter, netlinkFlag } from "./netlink-message.ts";
import { NetlinkRefusal, NetlinkSocket, netlinkProtocol } from "./netlink-socket.ts";
import { encodeLinkDump, encodeSetLink } from "./network-message.ts";
import { networkMessage } from "./network-number.ts";
import { readRulesetGeneration } from "./ruleset-generation.ts";
import { StoryNetwork, enableForwarding, loadRuleset } from "./story-network.ts";
import { addSessions } from "./story-sessions.ts";
import { enclosed, skipReason } from "./story-watch.ts";

describe.skipIf(!enclosed)(`a netlink socket${skipReason}`, () => {
  let network: StoryNetwork;
  beforeEach(async () => {
    network = await StoryNetwork.create();
    enableForwarding();
  });
  afterEach(() => network[Symbol.asyncDispose]());

  const route = (): NetlinkSocket => new NetlinkSocket({ protocol: netlinkProtocol.route, batch: 4 });
  const netfilter = (): NetlinkSocket => new NetlinkSocket({ protocol: netlinkProtocol.netfilter, batch: 4 });

  test("a request is answered inside the call", () => {
    using socket = route();
    const writer = new MessageWriter();
    const sequence = socket.nextSequence();
    encodeSetLink(writer, sequence, 1, { up: true });
    socket.request(writer.take(), sequence);
  });

  test("a refusal carries the errno and the kernel's sentence", () => {
    using socket = route();
    const writer = new MessageWriter();
    const sequence = socket.nextSequence();
    encodeSetLink(writer, sequence, 1, { mtu: 4_000_000_000 });
    expect(() => socket.request(writer.take(), sequence)).toThrow(NetlinkRefusal);
    encodeSetLink(writer, sequence + 1, 4_711, { up: true });
    expect(() => socket.request(writer.take(), sequence + 1)).toThrow("the kernel answered ENODEV");
  });

  test("in a row of requests each refusal names its own", () => {
    using socket = route();
    const writer = new MessageWriter();
    const acknowledge = netlinkFlag.request | netlinkFlag.acknowledge;
    for (let sequence = 1; sequence <= 6; sequence++) {
      const index = sequence % 2 === 0 ? 4_711 : 1;
      const header = new DataView(new ArrayBuffer(16));
      header.setInt32(4, index, true);
      const flags = sequence === 6 ? acknowledge : netlinkFlag.request;
      writer.begin(networkMessage.newLink, flags, sequence).raw(new Uint8Array(header.buffer));
    }
    const refused: number[] = [];
    socket.transact(writer.take(), 6, (sequence, refusal) => {
      expect(refusal.code).toBe("ENODEV");
      refused.push(sequence);
    });
    expect(refused).toEqual([2, 4, 6]);
  });

  test("a request that asks for no answer has none, which is a failure and not a wait", () => {
    using socket = route();
    const writer = new MessageWriter();
    writer
      .begin(networkMessage.newLink, netlinkFlag.request, 1)
      .raw(Uint8Array.from([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    expect(() => socket.transact(writer.take(), 1, () => {})).toThrow("the kernel did not answer a netlink request");
  });

  test("the generation of the rules grows with every change, whoever makes it, and only then", async () => {
    using socket = netfilter();
    const first = readRulesetGeneration(socket);
    expect(readRulesetGeneration(socket)).toBe(first);
    await loadRuleset("table bridge somebody {\n}\n");
    const second = readRulesetGeneration(socket);
    expect(second).not.toBe(first);
    await loadRuleset("delete table bridge somebody");
    expect([first, second]).not.toContain(readRulesetGeneration(socket));
  });

  test("a dump of something that cannot be dumped is refused", () => {
    using socket = netfilter();
    const writer = new MessageWriter();
    const sequence = socket.nextSequence();
    const noSuchMessage = 0x1fe;
    writer.begin(noSuchMessage, netlinkFlag.request | netlinkFlag.dump, sequence).netfilterHeader(0, 0);
    const dump = socket.dump(writer.take(), sequence, () => {});
    expect(() => {
      while (dump.next().done !== true);
    }).toThrow(KernelFailure);
  });

  test("a socket can go on after a dump was given up half way", () => {
    addSessions(Array<number>(3_000).fill(1));
    using socket = netfilter();
    const first = new MessageWriter();
    encodeDump(first, socket.nextSequence(), 0, 0);
    let seen = 0;
    const givenUp = socket.dump(first.take(), 1, () => seen++);
    givenUp.next();
    expect(seen).toBeGreaterThan(0);
    // While a dump is under way the kernel refuses another on the same socket; the rest must be read first.
    while (socket.discard() !== 0);
    const second = new MessageWriter();
    const sequence = socket.nextSequence();
    encodeDump(second, sequence, 0, 0);
    let counted = 0;
    const dump = socket.dump(second.take(), sequence, (message) => {
      if (message.type === conntrackMessage.new) counted++;
    });
    while (dump.next().done !== true);
    expect(counted).toBe(3_000);
  });

  test("links dump in a strict socket", () => {
    using socket = route();
    socket.beStrict();
    const writer = new MessageWriter();
    const sequence = socket.nextSequence();
    encodeLinkDump(writer, sequence);
    let links = 0;
    const dump = socket.dump(writer.take(), sequence, () => links++);
    let end = dump.next();
    while (end.done !== true) end = dump.next();
    expect([links, end.value]).toEqual([3, false]);
  });

  test("an overrun is told once, then what still waits is handed over", () => {
    using socket = new NetlinkSocket({ protocol: netlinkProtocol.netfilter, batch: 64, receiveBufferBytes: 32_768 });
    socket.joinGroup(conntrackGroup.new);
    addSessions(Array<number>(1_000).fill(1));
    const results: (number | "overrun")[] = [];
    let messages = 0;
    for (let count: number | "overrun" = 1; count !== 0; results.push(count)) count = socket.receive(() => messages++);
    expect(results.filter((result) => result === "overrun")).toHaveLength(1);
    expect(messages).toBeGreaterThan(10);
    expect(messages).toBeLessThan(1_000);
    addSessions([]);
    expect(socket.receive(() => {})).toBe(0);
  });

  test("who leaves a group hears of nothing more, but gets what waits for him", () => {
    using socket = netfilter();
    const heard = (): number => {
      let messages = 0;
      while (socket.receive(() => messages++) !== 0);
      return messages;
    };
    socket.joinGroup(conntrackGroup.new);
    addSessions([1, 2]);
    socket.leaveGroup(conntrackGroup.new);
    addSessions(
      [1, 2, 3].map((mark) => mark + 10),
      100,
    );
    expect(heard()).toBe(2);
    socket.joinGroup(conntrackGroup.new);
    addSessions([1], 200);
    expect(heard()).toBe(1);
  });

  test("a request from another thread is carried out, or refused", async () => {
    using socket = netfilter();
    addSessions([5, 5, 6]);
    const writer = new MessageWriter();
    let sequence = socket.nextSequence();
    encodeDeleteMarked(writer, sequence, { mark: 5, mask: 0xffffff });
    await socket.requestAside(writer.take(), sequence);
    sequence = socket.nextSequence();
    encodeDump(writer, sequence, 0, 0);
    let left = 0;
    const dump = socket.dump(writer.take(), sequence, (message) => {
      if (message.type === conntrackMessage.new) left++;
    });
    while (dump.next().done !== true);
    expect(left).toBe(1);
    sequence = socket.nextSequence();
    writer.begin(0x7f01, netlinkFlag.request | netlinkFlag.acknowledge, sequence).netfilterHeader(0, 0);
    await expect(socket.requestAside(writer.take(), sequence)).rejects.toThrow("the kernel answered EINVAL");
  });

  test("a request from another thread arrives whole while memory is collected", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    using socket = netfilter();
    for (let round = 0; round < 200; round++) {
      const writer = new MessageWriter();
      const sequence = socket.nextSequence();
      encodeDeleteMarked(writer, sequence, { mark: 5, mask: 0xffffff });
      const asked = socket.requestAside(writer.take(), sequence);
      if (round % 10 === 0) collect();
      // What was freed would be in other hands now.
      for (let other = 0; other < 100; other++) new Uint8Array(new ArrayBuffer(16)).fill(7);
      await asked;
    }
  });

  test("buffers are as large as was asked for, or as the kernel allows", () => {
    using small = new NetlinkSocket({ protocol: netlinkProtocol.netfilter, receiveBufferBytes: 100_000 });
    expect(small.receiveBufferBytes).toBe(200_000);
    using large = new NetlinkSocket({ protocol: netlinkProtocol.netfilter, receiveBufferBytes: 1_000_000 });
    expect(large.receiveBufferBytes).toBeGreaterThan(200_000);
  });

  test("ports differ, so that two sockets are told apart", () => {
    using a = netfilter();
    using b = netfilter();
    expect(a.port).not.toBe(b.port);
    expect(a.port).not.toBe(0);
  });

  test("a protocol that the kernel does not have", () => {
    expect(() => new NetlinkSocket({ protocol: 31 })).toThrow("cannot open a netlink socket to the kernel");
  });

  test("after its end a socket fails, and ends again without harm", () => {
    const socket = netfilter();
    socket[Symbol.dispose]();
    socket[Symbol.dispose]();
    expect(() => socket.send(new Uint8Array(16))).toThrow(KernelFailure);
    expect(() => socket.receive(() => {})).toThrow(KernelFailure);
  });
});
