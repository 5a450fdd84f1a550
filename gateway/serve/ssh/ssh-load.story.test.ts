// SSH under those who ask much and read nothing: 200 sessions at once, and a client whose window is huge and whose socket is full.

import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as wait } from "node:timers/promises";
import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { enclosed, skipReason } from "../../kernel/story-watch.ts";
import type { SshHandlers } from "./ssh-handlers.ts";
import { answerOf, sshCase, StoryClient } from "./story-ssh.ts";

const patience = { timeout: 20_000, interval: 50 };

const greeting: SshHandlers["netconf"] = async (channel) => {
  channel.write("hello");
  channel.resume();
  await once(channel, "end");
};

test.skipIf(!enclosed)(`200 sessions at once, and what one more gets${skipReason}`, async () => {
  let endlessCount = 0;
  let hasEnded = false;
  await using story = await sshCase({
    netconf: greeting,
    shell: async () => 0,
    line: async (channel, _, { signal }) => {
      const piece = Buffer.alloc(16 * 1024, "x");
      const endless = Readable.from(
        (function* () {
          for (; !signal.aborted; endlessCount += piece.length) yield piece;
        })(),
      );
      await pipeline(endless, channel, { signal }).catch(() => undefined);
      hasEnded = true;
      return 0;
    },
  });
  await using clients = new AsyncDisposableStack();
  const channels = [];
  for (let at = 0; at < 200; at += 20) {
    const some = await Promise.all(Array.from({ length: 20 }, () => StoryClient.connect("ana", { port: 830 })));
    for (const client of some) clients.use(client);
    channels.push(...(await Promise.all(some.map((client) => client.subsystem("netconf")))));
  }
  expect(story.gateway.logins.list()).toHaveLength(200);
  await using other = await StoryClient.connect("ana", { port: 22 });
  const greeted = channels.map((channel) => once(channel, "data"));
  expect(await Promise.all(greeted)).toHaveLength(200);

  // The client opens a window of 2 GiB and reads nothing.
  const channel = await other.exec("endless");
  const inner = other.client as unknown as {
    readonly _sock: Socket;
    readonly _protocol: { readonly channelWindowAdjust: (id: number, count: number) => void };
  };
  const { outgoing } = channel as unknown as { readonly outgoing: { readonly id: number } };
  inner._protocol.channelWindowAdjust(outgoing.id, 0x7fff_0000);
  inner._sock.pause();
  let before = -1;
  await expect
    .poll(async () => {
      const stands = endlessCount === before;
      before = endlessCount;
      await wait(100);
      return stands;
    }, patience)
    .toBe(true);
  // The kernel's buffers of both ends, and little beside.
  expect(endlessCount).toBeLessThan(24 * 1024 * 1024);

  // It goes away, and so does what was written for it.
  inner._sock.destroy();
  await expect.poll(() => hasEnded, patience).toBe(true);
  channels[0]?.end();
  expect((await answerOf(channels[0] ?? channel)).status).toBe(0);
  await expect.poll(() => story.gateway.logins.list().length, patience).toBe(199);
  expect(story.gateway.logins.end(() => true, "maintenance")).toBe(199);
  await expect.poll(() => story.gateway.logins.list().length, patience).toBe(0);
  expect(story.bugs).toEqual([]);
});
