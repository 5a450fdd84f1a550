// The client against a server that a test plays: what it sends, what it understands, and how it gives up.

import { duplexPair } from "node:stream";
import type { Duplex } from "node:stream";
import { describe, expect, test } from "vitest";
import type { ByteStream } from "./byte-stream.ts";
import { NetconfClient, RpcFailed, ServerGone } from "./client.ts";
import { base10, base11, printHello } from "./hello.ts";
import { MessageChannel } from "./message-channel.ts";
import { parseXml } from "./parse-xml.ts";
import type { ParsedElement } from "./parse-xml.ts";

function bytesOf(duplex: Duplex): ByteStream {
  return {
    incoming: duplex as AsyncIterable<Uint8Array>,
    write: (bytes) =>
      new Promise((resolve, reject) => duplex.write(bytes, (error) => (error ? reject(error) : resolve()))),
    close: () => duplex.end(),
  };
}

/** A server that answers each request with what `answer` makes of it, and what it was asked. */
function play(answer: (request: ParsedElement) => string, capabilities = [base10, base11]) {
  const [ours, theirs] = duplexPair();
  const asked: ParsedElement[] = [];
  const channel = new MessageChannel(bytesOf(theirs));
  const played = (async () => {
    await channel.send(printHello(capabilities, 7));
    await channel.receive();
    if (capabilities.includes(base11)) channel.setFraming("chunked");
    for (let text = await channel.receive(); text !== undefined; text = await channel.receive()) {
      const rpc = parseXml(text);
      const [request] = rpc.children;
      if (request === undefined) break;
      asked.push(request);
      const reply = answer(request);
      if (reply === "") break;
      await channel.send(`<rpc-reply message-id="${rpc.attributes["message-id"]}">${reply}</rpc-reply>`);
    }
    channel.close();
  })();
  return { stream: bytesOf(ours), asked, played };
}

test.each([[[base10]], [[base10, base11]]])("hello with a server of %j", async (capabilities) => {
  const { stream, played } = play(() => "<ok/>", capabilities);
  const client = await NetconfClient.open(stream);
  expect([client.sessionId, [...client.capabilities]]).toEqual([7, capabilities]);
  expect((await client.rpc("<get/>")).children[0]?.name).toBe("ok");
  await client.close();
  await played;
});

test("what each verb asks for", async () => {
  const { stream, asked, played } = play(() => "<ok/>");
  const client = await NetconfClient.open(stream);
  await client.lock();
  await client.loadSet("set a <b>\n");
  await client.loadText("replace", "a { b; }");
  await client.commit({ log: "why & what", confirmMinutes: 3 });
  await client.commit();
  await client.discard();
  await client.unlock();
  await client.close();
  await played;
  const plain = ({ name, attributes, text, children }: ParsedElement): unknown => [
    name,
    ...Object.values(attributes),
    ...(children.length > 0 ? children.map(plain) : text === "" ? [] : [text]),
  ];
  expect(asked.map(plain)).toEqual([
    ["lock", ["target", ["candidate"]]],
    ["load-configuration", "set", "text", ["configuration-set", "set a <b>\n"]],
    ["load-configuration", "replace", "text", ["configuration-text", "a { b; }"]],
    ["commit-configuration", ["confirmed"], ["confirm-timeout", "3"], ["log", "why & what"]],
    ["commit-configuration"],
    ["discard-changes"],
    ["unlock", ["target", ["candidate"]]],
    ["close-session"],
  ]);
});

test("texts of answers", async () => {
  const { stream } = play(({ name, attributes }) => {
    if (name === "command") return "<output>\nsaid\n</output>";
    if (name === "get-config") return '<data><configuration a="b"><c>&lt;</c></configuration></data>';
    if (attributes["compare"] !== undefined)
      return "<configuration-information><configuration-output>\n[edit]\n</configuration-output></configuration-information>";
    return attributes["format"] === "json"
      ? '{"configuration": {}}'
      : `<configuration-${attributes["format"]}>\nx;\n</configuration-${attributes["format"]}>`;
  });
  const client = await NetconfClient.open(stream);
  expect(await client.command("show version")).toBe("said\n");
  expect(await client.compare()).toBe("[edit]\n");
  expect(await client.getConfiguration("text")).toBe("x;\n");
  expect(await client.getConfiguration("set", { database: "committed" })).toBe("x;\n");
  expect(await client.getConfiguration("json")).toBe('{"configuration": {}}');
  expect(await client.getConfig("running", "<configuration/>")).toBe(
    '<configuration a="b"><c>&lt;</c></configuration>',
  );
});

test("requests at once wait for each other", async () => {
  const { stream, asked } = play(({ name }) => `<${name}/>`);
  const client = await NetconfClient.open(stream);
  const replies = await Promise.all(["<a/>", "<b/>", "<c/>"].map((request) => client.rpc(request)));
  expect(replies.map(({ children }) => children[0]?.name)).toEqual(["a", "b", "c"]);
  expect(asked.map(({ name }) => name)).toEqual(["a", "b", "c"]);
});

describe("errors", () => {
  const error = (severity: string): string =>
    `<rpc-error><error-tag>in-use</error-tag><error-severity>${severity}</error-severity><error-message>held</error-message></rpc-error>`;

  test("are thrown, and the next request is answered", async () => {
    const { stream } = play(({ name }) =>
      name === "a" ? `<results>${error("error")}${error("warning")}</results>` : "<ok/>",
    );
    const client = await NetconfClient.open(stream);
    const failed = await client.rpc("<a/>").catch((reason: unknown) => reason);
    expect(failed).toBeInstanceOf(RpcFailed);
    expect((failed as RpcFailed).errors.map(({ severity }) => severity)).toEqual(["error", "warning"]);
    expect((await client.rpc("<b/>")).children[0]?.name).toBe("ok");
  });

  test("warnings alone are none", async () => {
    const { stream } = play(() => `${error("warning")}<ok/>`);
    const client = await NetconfClient.open(stream);
    expect((await client.rpc("<a/>")).children).toHaveLength(2);
  });
});

describe("a server that is none", () => {
  async function against(...said: readonly string[]): Promise<unknown> {
    const [ours, theirs] = duplexPair();
    for (const text of said) theirs.write(text);
    theirs.end();
    return NetconfClient.open(bytesOf(ours))
      .then(
        (client) => client.rpc("<get/>"),
        (reason: unknown) => reason,
      )
      .catch((reason: unknown) => reason);
  }

  const hello = (capabilities: readonly string[], id?: number): string => `${printHello(capabilities, id)}]]>]]>`;

  test.each([
    ["says nothing", [], /ended the connection/],
    ["is another program", ["SSH-2.0-OpenSSH_9.9\r\n]]>]]>"], /does not speak NETCONF/],
    ["says something else", ["<data/>]]>]]>"], /is no hello/],
    ["gives no session id", [hello([base10])], /is no hello/],
    ["speaks another version", [hello(["urn:other"], 1)], /no version/],
    ["breaks the framing", [hello([base10, base11], 1), "<rpc-reply/>]]>]]>"], /does not speak NETCONF/],
    ["answers another request", [hello([base10], 1), '<rpc-reply message-id="9"/>]]>]]>'], /in place of the reply 1/],
    ["answers something else", [hello([base10], 1), '<data message-id="1"/>]]>]]>'], /in place of the reply 1/],
    ["ends before it answers", [hello([base10], 1), "<rpc-reply "], /ended the connection/],
  ])("%s", async (_, said, message) => {
    const reason = await against(...said);
    expect(reason).toBeInstanceOf(ServerGone);
    expect((reason as ServerGone).message).toMatch(message);
  });
});
