// Sessions as a client has them, byte by byte: hello, requests in order, and everything that ends a session or does not.

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { ServerGone } from "@merlon/netconf/client.ts";
import { base10, base11, printHello } from "@merlon/netconf/hello.ts";
import { superUser } from "../../access/access.ts";
import { netconfSessionsMax, SessionBook } from "./session-book.ts";
import type { Served } from "./testing/netconf-peer.ts";
import { errorsOf, NetconfCase } from "./testing/netconf-peer.ts";

let at: NetconfCase;
beforeAll(async () => {
  at = await NetconfCase.open();
});
afterAll(() => at[Symbol.asyncDispose]());
afterEach(() => vi.useRealTimers());

const mark = "]]>]]>";

/** Everything that the server says until it ends, or until `pattern` is seen. */
async function said({ peer }: Served, pattern?: RegExp): Promise<string> {
  let text = "";
  for await (const bytes of peer.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    text += bytes.toString("latin1");
    if (pattern?.test(text) === true) break;
  }
  return text;
}

/** Sends all of it, ends, and answers what came back behind the hello. */
async function exchange(...messages: readonly string[]): Promise<string> {
  const session = at.connect();
  session.peer.write(messages.join(""));
  session.peer.end();
  const text = await said(session);
  return text.slice(text.indexOf(mark) + mark.length);
}

const hello10 = `${printHello([base10])}${mark}`;
const hello11 = `${printHello([base10, base11])}${mark}`;
const chunk = (text: string): string => `\n#${text.length}\n${text}\n##\n`;

describe("hello", () => {
  test("the server speaks first, with a number of the session", async () => {
    const session = at.connect();
    const text = await said(session, /]]>]]>/);
    expect(text).toMatch(/^<hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">\n<capabilities>\n/);
    expect(text).toMatch(/<session-id>\d+<\/session-id>\n<\/hello>\n]]>]]>$/);
    session.peer.destroy();
    await session.served;
  });

  test.each([
    [
      "a client of the older version",
      hello10,
      `<rpc message-id="1"><get/></rpc>${mark}`,
      /^<rpc-reply .*message-id="1">[\s\S]*]]>]]>$/,
    ],
    [
      "a client of both",
      hello11,
      chunk('<rpc message-id="1"><get/></rpc>'),
      /^\n#\d+\n<rpc-reply .*message-id="1">[\s\S]*\n##\n$/,
    ],
    ["a script without hello", "", `<rpc><get/></rpc>${mark}`, /^<rpc-reply [\s\S]*<\/data>\n<\/rpc-reply>\n]]>]]>$/],
  ])("%s is answered in its framing", async (_, hello, request, answer) => {
    expect(await exchange(hello, request)).toMatch(answer);
  });

  test.each([
    ["a session id", `${printHello([base10], 7)}${mark}`],
    ["no common version", `${printHello(["urn:other"])}${mark}`],
    ["something else", `<data/>${mark}`],
  ])("%s ends the session", async (_, hello) => {
    expect(await exchange(hello, `<rpc message-id="1"><get/></rpc>${mark}`)).toBe("");
  });

  test("a client that says nothing is not waited for", async () => {
    const session = at.connect({ user: "ana" }, { helloMs: 20 });
    await session.served;
    expect(SessionBook.of(at.gateway).count).toBe(0);
  });
});

describe("requests", () => {
  test("several at once are answered in their order, each with all its attributes", async () => {
    const requests = [1, 2, 3].map(
      (id) =>
        `<rpc message-id="${id}" xmlns:ex="urn:e" ex:user="f&amp;g" a:b="c"><get-config><source><running/></source><filter/></get-config></rpc>${mark}`,
    );
    const answers = (await exchange(hello10, ...requests)).split(mark);
    expect(answers).toHaveLength(4);
    expect(answers.map((text) => /message-id="(\d)"/.exec(text)?.[1])).toEqual(["1", "2", "3", undefined]);
    expect(answers[0]).toContain('xmlns:ex="urn:e" ex:user="f&amp;g">\n<data/>');
  });

  test.each<readonly [string, string, RegExp]>([
    ["not well-formed", "<rpc message-id='1'><get></rpc>", /<error-tag>malformed-message<[\s\S]*not well-formed/],
    [
      "a document type",
      '<!DOCTYPE a [<!ENTITY b "c">]><rpc message-id="1"><get/></rpc>',
      /malformed-message[\s\S]*document type/,
    ],
    ["no request", "<data/>", /unknown-element[\s\S]*<bad-element>data</],
    [
      "a request without id",
      "<rpc><get/></rpc>",
      /missing-attribute[\s\S]*<bad-attribute>message-id<[\s\S]*<bad-element>rpc</,
    ],
    ["a request for nothing", '<rpc message-id="1"/>', /missing-element/],
    ["a request for two things", '<rpc message-id="1"><get/><get/></rpc>', /unknown-element/],
    [
      "an unknown request",
      '<rpc message-id="1"><get-nothing/></rpc>',
      /message-id="1"[\s\S]*operation-failed[\s\S]*syntax error[\s\S]*<bad-element>get-nothing</,
    ],
  ])("%s is answered with its error, and the session goes on", async (_, request, answer) => {
    const text = await exchange(hello11, chunk(request), chunk('<rpc message-id="9"><close-session/></rpc>'));
    expect(text).toMatch(answer);
    expect(text).toMatch(/message-id="9">\n<ok\/>/);
  });

  test("the older version has another word for what is malformed", async () => {
    expect(await exchange(hello10, `<rpc>${mark}`)).toContain("<error-tag>operation-failed</error-tag>");
  });

  test("bytes that are no UTF-8 are malformed, and the next message is read", async () => {
    const session = at.connect();
    session.peer.write(hello10);
    session.peer.write(Buffer.concat([Buffer.from("<a>"), Buffer.from([0xff, 0xfe]), Buffer.from(`</a>${mark}`)]));
    session.peer.end(`<rpc message-id="2"><close-session/></rpc>${mark}`);
    const text = await said(session);
    expect(text).toContain("not encoded in UTF-8");
    expect(text).toContain('message-id="2">\n<ok/>');
  });

  test("an attribute whose name cannot be written in ASCII does not spoil the reply", async () => {
    const text = await exchange(hello10, `<rpc message-id="1" \u00e9="2" x="\u00e9"><get/></rpc>${mark}`);
    expect(text).toMatch(/message-id="1" x="&#233;">\n<data>/);
  });

  test("somebody who sends nothing but nonsense is cut off", async () => {
    const text = await exchange(hello10, `<${mark}`.repeat(50));
    expect(text.split("<rpc-error>")).toHaveLength(21);
  });

  test("what is not ASCII leaves as references, and comes back", async () => {
    await using client = await at.client().then((one) => ({ one, [Symbol.asyncDispose]: () => one.close() }));
    await client.one.loadSet('set security zones security-zone web description "Zürich 𝄞"\n');
    expect(await client.one.getConfiguration("set")).toContain('description "Zürich 𝄞"');
    const text = await exchange(hello10, `<rpc><get-configuration format="set"/></rpc>${mark}`);
    expect(text).toContain("Z&#252;rich &#119070;");
    await client.one.discard();
  });
});

describe("an end without an answer", () => {
  test("of the framing", async () => {
    expect(await exchange(hello11, '<rpc message-id="1"><get/></rpc>]]>]]>')).toBe("");
  });

  test("of a session that is still inside a message", async () => {
    const clock = at.case.clocks;
    const session = at.connect({ user: "ana" }, { messageMs: 30 });
    session.peer.write(`${hello10}<rpc message-id="1"><get/>`);
    await sleep(20);
    clock.pass(31);
    await session.served;
    expect(await said(session)).not.toContain("rpc-reply");
  });

  test("of an idle session, when its user's class says so; others stay", async () => {
    const idle = at.connect({ user: "bo", access: superUser("bo", 60_000) }, { messageMs: 20 });
    const other = at.connect({ user: "bo" }, { messageMs: 20 });
    for (const { peer } of [idle, other]) peer.write(hello10);
    await sleep(30);
    at.case.clocks.pass(60_001);
    await idle.served;
    expect(SessionBook.of(at.gateway).count).toBe(1);
    other.peer.destroy();
    await other.served;
  });

  test("of somebody who does not read", async () => {
    const session = at.connect({ user: "ana" }, { stallMs: 30 });
    session.peer.write(hello10 + `<rpc><get-configuration/></rpc>${mark}`.repeat(300));
    await session.served;
    expect(SessionBook.of(at.gateway).count).toBe(0);
  });
});

test("a message that is too long is answered, and the session ends", async () => {
  const text = await exchange(hello11, "\n#4294967295\n<rpc");
  expect(text).toMatch(/<error-tag>too-big<[\s\S]*\n##\n$/);
});

describe("many", () => {
  test("sessions at once, up to a number; the next one is told", async () => {
    const clients = await Promise.all(Array.from({ length: netconfSessionsMax }, () => at.client()));
    expect(new Set(clients.map(({ sessionId }) => sessionId)).size).toBe(netconfSessionsMax);
    await expect(at.client()).rejects.toThrow(ServerGone);
    const texts = await Promise.all(clients.map((client) => client.getConfiguration("text")));
    expect(new Set(texts).size).toBe(1);
    await Promise.all(clients.map((client) => client.close()));
    const again = await at.client();
    await again.close();
  });

  test("of them killed by another, which cannot kill itself", async () => {
    const [client, other] = [await at.client(), await at.client()];
    expect(
      await errorsOf(client.rpc(`<kill-session><session-id>${client.sessionId}</session-id></kill-session>`)),
    ).toEqual(["invalid-value | a session ends itself by close-session | session-id"]);
    await client.rpc(`<kill-session><session-id>${other.sessionId}</session-id></kill-session>`);
    await expect(other.rpc("<get/>")).rejects.toThrow();
    expect(
      await errorsOf(client.rpc(`<kill-session><session-id>${other.sessionId}</session-id></kill-session>`)),
    ).toEqual([`invalid-value | there is no session ${other.sessionId} | session-id`]);
    expect(await errorsOf(client.rpc("<kill-session/>"))).toEqual([
      "missing-element | <session-id> is missing | session-id",
    ]);
    await client.close();
  });
});

test("goodbye in both ways", async () => {
  expect(
    await exchange(hello10, `<rpc message-id="1"><close-session/></rpc>${mark}<rpc message-id="2"><get/></rpc>${mark}`),
  ).not.toContain('message-id="2"');
  expect(await exchange(hello10, `<rpc message-id="1"><request-end-session/></rpc>${mark}`)).toContain(
    "<end-session/>",
  );
});

test("nothing is left of all these sessions", () => {
  expect(SessionBook.of(at.gateway).count).toBe(0);
  expect(SessionBook.of(at.gateway).budget.take(256 * 1024 * 1024)).toBe(true);
  expect(at.gateway.candidates.editors()).toEqual([]);
});
