// Sessions of damaged bytes: whatever comes, the server ends the session or answers well-formed replies, no session or memory
// is left behind, nothing is committed, and the next client is served.

import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { base10, base11, printHello } from "@merlon/netconf/hello.ts";
import { parseXml } from "@merlon/netconf/parse-xml.ts";
import { SessionBook } from "./session-book.ts";
import { NetconfCase } from "./testing/netconf-peer.ts";

let at: NetconfCase;
beforeAll(async () => {
  at = await NetconfCase.open();
});
afterAll(() => at[Symbol.asyncDispose]());

const mark = "]]>]]>";
const requests = [
  "<get-configuration/>",
  '<get-configuration format="set"><configuration><system/></configuration></get-configuration>',
  "<get-config><source><running/></source><filter><configuration><security/></configuration></filter></get-config>",
  '<load-configuration action="set"><configuration-set>set system host-name x</configuration-set></load-configuration>',
  '<edit-config><target><candidate/></target><config><configuration><system operation="delete"/></configuration></config></edit-config>',
  "<lock><target><candidate/></target></lock>",
  "<unlock-configuration/>",
  "<open-configuration><private/></open-configuration>",
  "<validate><source><candidate/></source></validate>",
  '<command format="text">show version</command>',
  "<get-zones-information/>",
  "<discard-changes/>",
  "<kill-session><session-id>1</session-id></kill-session>",
];

const damage = fc.oneof(
  fc.record({ kind: fc.constant("cut" as const), at: fc.nat(), length: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant("put" as const), at: fc.nat(), bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }) }),
  fc.record({
    kind: fc.constant("put" as const),
    at: fc.nat(),
    bytes: fc
      .constantFrom("<", ">", "&", "]]>]]>", "\n##\n", "\n#9\n", "</rpc>", "<!DOCTYPE a>", "<a>".repeat(200))
      .map((text) => Buffer.from(text)),
  }),
);

type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function damaged(bytes: Buffer, how: Damage): Buffer {
  const place = how.at % (bytes.length + 1);
  const [head, tail] = [bytes.subarray(0, place), bytes.subarray(place)];
  return how.kind === "cut" ? Buffer.concat([head, tail.subarray(how.length)]) : Buffer.concat([head, how.bytes, tail]);
}

function session(chunked: boolean, asked: readonly string[]): Buffer {
  const messages = asked.map((request, id) => `<rpc message-id="${id}">${request}</rpc>`);
  const framed = messages.map((text) => (chunked ? `\n#${text.length}\n${text}\n##\n` : `${text}${mark}`));
  return Buffer.from(`${printHello(chunked ? [base10, base11] : [base10])}${mark}${framed.join("")}`);
}

/** The messages of the answer, in the framing that each is in; what stands behind the last whole one is left out. */
function messagesIn(text: string): readonly string[] {
  const [hello = "", ...rest] = text.split(mark);
  const behind = rest.join(mark);
  if (!behind.startsWith("\n#")) return [hello, ...rest.slice(0, -1)];
  return [
    hello,
    ...behind
      .split("\n##\n")
      .slice(0, -1)
      .map((message) => message.replaceAll(/\n#\d+\n/g, "")),
  ];
}

test("damaged sessions", async () => {
  const book = SessionBook.of(at.gateway);
  const revision = at.gateway.running?.revision;
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(fc.constantFrom(...requests), { maxLength: 5 }),
      fc.array(damage, { maxLength: 3 }),
      async (chunked, asked, damages) => {
        const { peer, served } = at.connect();
        peer.end(damages.reduce(damaged, session(chunked, asked)));
        let text = "";
        for await (const bytes of peer as AsyncIterable<Buffer>) text += bytes.toString("latin1");
        await served;
        for (const message of messagesIn(text)) expect(() => parseXml(message)).not.toThrow();
        if (damages.length === 0) expect(messagesIn(text)).toHaveLength(asked.length + 1);
        expect(book.count).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
  expect(book.budget.take(256 * 1024 * 1024)).toBe(true);
  book.budget.giveBack(256 * 1024 * 1024);
  expect(at.gateway.candidates.editors()).toEqual([]);
  expect(at.gateway.running?.revision).toBe(revision);
  const client = await at.client();
  await client.close();
});
