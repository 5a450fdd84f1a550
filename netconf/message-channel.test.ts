// Messages in both directions over one connection: order, framing, and what is wrong with a message or with the connection.

import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import type { ByteStream } from "./byte-stream.ts";
import { ByteBudget, FramingError, MessageTooBig } from "./deframer.ts";
import { MessageChannel } from "./message-channel.ts";
import { MalformedXml } from "./parse-xml.ts";

interface Played {
  readonly stream: ByteStream;
  readonly written: Buffer[];
  readonly state: { closed: boolean; asked: number };
}

/** A connection on which these pieces arrive, one each time that somebody asks. */
function play(...pieces: readonly (string | Uint8Array)[]): Played {
  const written: Buffer[] = [];
  const state = { closed: false, asked: 0 };
  async function* incoming(): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) {
      state.asked += 1;
      yield typeof piece === "string" ? Buffer.from(piece) : piece;
    }
  }
  const stream = {
    incoming: incoming(),
    write: async (bytes: Uint8Array) => void written.push(Buffer.from(bytes)),
    close: () => {
      state.closed = true;
    },
  };
  return { stream, written, state };
}

describe("receiving", () => {
  test("one message after the other, without the blanks around, and the end", async () => {
    const channel = new MessageChannel(play("<a/>]]>]]>\n <b", "/> ]]>]]>", "]]>]]>\n]]>]]><c/>]]>", "]]>").stream);
    expect([await channel.receive(), await channel.receive(), await channel.receive()]).toEqual([
      "<a/>",
      "<b/>",
      "<c/>",
    ]);
    expect(await channel.receive()).toBeUndefined();
    expect(await channel.receive()).toBeUndefined();
  });

  test("nothing is read before it is asked for", async () => {
    const { stream, state } = play("<a/>]]>]]>", "<b/>]]>]]>");
    const channel = new MessageChannel(stream);
    expect(state.asked).toBe(0);
    await channel.receive();
    expect(state.asked).toBe(1);
  });

  test("a message that has begun is told from one that has not", async () => {
    const channel = new MessageChannel(play("<a/>]]>]]><b>").stream);
    expect(channel.isReceiving).toBe(false);
    await channel.receive();
    expect(channel.isReceiving).toBe(false);
    await channel.receive();
    expect(channel.isReceiving).toBe(true);
  });

  test("a character that is cut in two is one character", async () => {
    const bytes = Buffer.from("<a>ü𝄞</a>]]>]]>");
    const channel = new MessageChannel(play(...Array.from(bytes, (byte) => Buffer.from([byte]))).stream);
    expect(await channel.receive()).toBe("<a>ü𝄞</a>");
  });

  test("bytes that are no characters spoil their message alone", async () => {
    const channel = new MessageChannel(play(Buffer.from([0x3c, 0xc3, 0x28]), "]]>]]><b/>]]>]]>").stream);
    await expect(channel.receive()).rejects.toThrow(MalformedXml);
    expect(await channel.receive()).toBe("<b/>");
  });

  test.each([
    ["no framing", ["<a/>"], FramingError],
    ["too much", ["\n#9999999999\n"], FramingError],
    ["a message that is too long", ["\n#2000\n"], MessageTooBig],
  ])("%s ends it", async (_, pieces, kind) => {
    const channel = new MessageChannel(play(...pieces).stream, { messageBytesMax: 1000 });
    channel.setFraming("chunked");
    await expect(channel.receive()).rejects.toThrow(kind);
    expect(await channel.receive()).toBeUndefined();
  });
});

describe("sending", () => {
  test("ASCII in either framing", async () => {
    const { stream, written } = play();
    const channel = new MessageChannel(stream);
    await channel.send("<a>ü</a>");
    channel.setFraming("chunked");
    await channel.send("<b/>");
    expect(Buffer.concat(written).toString()).toBe("<a>&#252;</a>]]>]]>\n#4\n<b/>\n##\n");
  });

  test("a long message leaves in pieces, each waited for", async () => {
    let waiting = 0;
    let most = 0;
    const sizes: number[] = [];
    const write = async (bytes: Uint8Array): Promise<void> => {
      most = Math.max(most, ++waiting);
      sizes.push(bytes.length);
      await Promise.resolve();
      waiting -= 1;
    };
    const channel = new MessageChannel({ ...play().stream, write });
    channel.setFraming("chunked");
    await channel.send("x".repeat(100_000));
    expect(most).toBe(1);
    expect(sizes).toHaveLength(8);
    expect(Math.max(...sizes)).toBeLessThan(17_000);
  });

  test("a connection that is gone says so", async () => {
    const write = () => Promise.reject(new Error("gone"));
    await expect(new MessageChannel({ ...play().stream, write }).send("<a/>")).rejects.toThrow("gone");
  });
});

test("closing gives back what an unfinished message held, and closes the connection", async () => {
  const budget = new ByteBudget(10_000);
  const { stream, state } = play("<a>".repeat(1000));
  const channel = new MessageChannel(stream, { budget });
  await channel.receive();
  expect(budget.take(10_000)).toBe(false);
  channel.close();
  expect(budget.take(10_000)).toBe(true);
  expect(state.closed).toBe(true);
});
