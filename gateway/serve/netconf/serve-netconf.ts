// Serves one NETCONF session over a stream that SSH has opened and authenticated: hello, then requests one after the
// other, each answered before the next is read. Whatever the client sends is answered or ends this session, and no other.

import type { Duplex } from "node:stream";
import { MessageChannel } from "@merlon/netconf/message-channel.ts";
import type { Gateway } from "../../gateway.ts";
import { endConfirmation } from "./commit-rpc.ts";
import { Conversation } from "./conversation.ts";
import { ConnectionGone, duplexBytes } from "./duplex-bytes.ts";
import { NetconfSession } from "./netconf-session.ts";
import type { NetconfCaller } from "./netconf-session.ts";
import { SessionBook } from "./session-book.ts";

/** A client that has not said hello by then says nothing. */
const helloMsMax = 60_000;
/** A message that has begun must be complete. */
const messageMsMax = 300_000;
/** A peer that takes nothing of an answer for so long is gone. */
const stallMsMax = 120_000;

export interface NetconfLimits {
  readonly helloMs?: number;
  readonly messageMs?: number;
  readonly stallMs?: number;
}

/** Resolves when the session is over; the stream is ended, and its owner closes it. What rejects is a bug. */
export async function serveNetconf(
  gateway: Gateway,
  stream: Duplex,
  caller: NetconfCaller,
  { helloMs = helloMsMax, messageMs = messageMsMax, stallMs = stallMsMax }: NetconfLimits = {},
): Promise<void> {
  const book = SessionBook.of(gateway);
  const channel = new MessageChannel(duplexBytes(stream, stallMs), { budget: book.budget });
  const session = book.enter((id) => new NetconfSession(id, gateway, caller));
  try {
    if (session === undefined) await channel.send("<!-- too many NETCONF sessions are open; try again later -->");
    else {
      stream.once("close", () => session.end());
      await new Conversation(session, channel, { helloMs, messageMs }).run();
    }
  } catch (error) {
    if (!(error instanceof ConnectionGone)) throw error;
  } finally {
    session?.end();
    channel.close();
    if (session !== undefined) await endConfirmation(session);
  }
}
