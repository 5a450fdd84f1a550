// Test support: what a writer has written, message by message, and attributes as text that a person can compare with
// `nft --debug=mnl`.

import { readAttributes, readMessages } from "../netlink-message.ts";
import type { NetlinkMessage } from "../netlink-message.ts";

/** The messages of all chunks. */
export function messagesIn(chunks: readonly Uint8Array[]): readonly NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  for (const chunk of chunks) {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    readMessages(view, 0, chunk.byteLength, (message) => messages.push(message));
  }
  return messages;
}

/** The attributes of a netfilter message: `1:6d65726c6f6e00 4:{1:00000002}`, nested ones in braces. */
export function attributesOf({ view, start, end }: NetlinkMessage): string {
  return printAttributes(view, start + 4, end);
}

const nestedFlag = 0x80;

function printAttributes(view: DataView, start: number, end: number): string {
  const parts: string[] = [];
  readAttributes(view, start, end, "test message", (type, from, to) => {
    // The flag stands in the attribute's header, before its value.
    const nested = (view.getUint8(from - 1) & nestedFlag) !== 0;
    parts.push(`${type}:${nested ? `{${printAttributes(view, from, to)}}` : hexOf(view, from, to)}`);
  });
  return parts.join(" ");
}

function hexOf(view: DataView, from: number, to: number): string {
  return Buffer.from(view.buffer, view.byteOffset + from, to - from).toString("hex");
}
