// Questions over real UDP and TCP to a name server of the test's own.

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseIpv4 } from "@merlon/model/ip/address.ts";
import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { RangeSet } from "@merlon/model/ip/range-set.ts";
import { askServers } from "./ask-servers.ts";
import type { AskName } from "./ask-servers.ts";

const hosts = (...addresses: readonly string[]): RangeSet =>
  rangeSetOf(addresses.map((text) => ({ family: 4, first: parseIpv4(text) ?? 0, last: parseIpv4(text) ?? 0 })));

/** What the server says to a question of a type (1: A, 28: AAAA) over UDP or TCP. */
interface Answer {
  /** RCODE of RFC 1035. */
  readonly code?: number;
  readonly addresses?: readonly string[];
  readonly ttl?: number;
  /** The TC bit: what fits is sent, and the client shall ask over TCP. */
  readonly truncated?: boolean;
}

let answerOf: (type: number, via: "udp" | "tcp") => Answer;
let asked: string[];
let ask: AskName;
let stack: DisposableStack;

function replyTo(query: Buffer, via: "udp" | "tcp"): Buffer {
  const end = query.indexOf(0, 12) + 5;
  const type = query.readUInt16BE(end - 4);
  asked.push(`${via} ${type === 1 ? "A" : "AAAA"}`);
  const { code = 0, addresses = [], ttl = 60, truncated = false } = answerOf(type, via);
  const flags = truncated ? 0x83 : 0x81;
  const head = Buffer.from([query[0]!, query[1]!, flags, 0x80 | code, 0, 1, 0, addresses.length, 0, 0, 0, 0]);
  head.writeUInt16BE(addresses.length, 6);
  const records = addresses.map((text) => {
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...text.split(".").map(Number)]);
    record.writeUInt32BE(ttl, 6);
    return record;
  });
  return Buffer.concat([head, query.subarray(12, end), ...records]);
}

beforeEach(async () => {
  stack = new DisposableStack();
  asked = [];
  const tcp = createServer((connection) => {
    // A question this short comes in one piece, with its length in front (RFC 1035 4.2.2).
    connection.on("data", (data: Buffer) => {
      const reply = replyTo(data.subarray(2), "tcp");
      connection.write(Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 0xff]), reply]));
    });
    connection.on("error", () => undefined);
    stack.defer(() => connection.destroy());
  });
  stack.defer(() => tcp.close());
  tcp.listen(0, "127.0.0.1");
  await once(tcp, "listening");
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket("udp4");
  stack.defer(() => udp.close());
  udp.on("message", (query, peer) => udp.send(replyTo(query, "udp"), peer.port, peer.address));
  udp.bind(port, "127.0.0.1");
  await once(udp, "listening");
  ask = askServers([`127.0.0.1:${port}`]);
});
afterEach(() => stack[Symbol.dispose]());

const wanted = { name: "www.example.com", queryIntervalSeconds: 300 };

test("addresses and the shortest TTL", async () => {
  const addresses = ["192.0.2.7", "192.0.2.9"];
  answerOf = (type) => (type === 1 ? { addresses, ttl: 77 } : {});
  expect(await ask(wanted)).toEqual({ kind: "addresses", ranges: hosts(...addresses), ttlSeconds: 77 });
  expect(asked.toSorted()).toEqual(["udp A", "udp AAAA"]);
});

test("no such name", async () => {
  answerOf = () => ({ code: 3 });
  expect(await ask(wanted)).toEqual({ kind: "none" });
});

test("half an answer is a failure; one that asks for the good half alone gets it", async () => {
  answerOf = (type) => (type === 1 ? { addresses: ["192.0.2.7"] } : { code: 2 });
  expect(await ask(wanted)).toMatchObject({ kind: "failure", why: "ESERVFAIL" });
  expect(await ask({ ...wanted, family: 4 })).toMatchObject({ kind: "addresses" });
});

test("nothing is remembered between questions: the TTL is ours to keep", async () => {
  answerOf = () => ({ addresses: ["192.0.2.7"] });
  expect(await ask({ ...wanted, family: 4 })).toMatchObject({ ranges: hosts("192.0.2.7") });
  answerOf = () => ({ addresses: ["192.0.2.8"] });
  expect(await ask({ ...wanted, family: 4 })).toMatchObject({ ranges: hosts("192.0.2.8") });
});

describe("an answer that does not fit into a datagram", () => {
  const many = Array.from({ length: 200 }, (_, index) => `192.0.2.${index + 1}`);

  test("is asked for again over TCP and taken whole", async () => {
    answerOf = (_, via) => (via === "udp" ? { addresses: many.slice(0, 3), truncated: true } : { addresses: many });
    expect(await ask({ ...wanted, family: 4 })).toEqual({
      kind: "addresses",
      ranges: hosts(...many),
      ttlSeconds: 60,
    });
    expect(asked).toEqual(["udp A", "tcp A"]);
  });

  test("is a failure, and never the part that fitted, where TCP fails too", async () => {
    answerOf = (_, via) => (via === "udp" ? { addresses: many.slice(0, 3), truncated: true } : { code: 2 });
    expect(await ask({ ...wanted, family: 4 })).toMatchObject({ kind: "failure" });
    expect(asked).toContain("tcp A");
  });

  test("more addresses than are taken: the first 256", async () => {
    const tooMany = Array.from({ length: 300 }, (_, index) => `10.0.${index >> 8}.${index & 255}`);
    answerOf = (_, via) => (via === "udp" ? { truncated: true } : { addresses: tooMany });
    expect(await ask({ ...wanted, family: 4 })).toMatchObject({ ranges: hosts(...tooMany.slice(0, 256)) });
  });
});
