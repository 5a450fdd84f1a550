// How many events a socket has lost, read from the kernel's table of netlink sockets. The watch itself is tested with
// real traffic in `linux-kernel.story.test.ts`.

import { expect, test } from "vitest";
import { socketDrops } from "./kernel-watch.ts";

const table = `sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode
00000000aaaaaaaa 0   4711       00000440 0        0        0     2        3        11096
00000000bbbbbbbb 12  4711       00000005 0        0        0     2        51234    11097
00000000cccccccc 12  0          00000000 0        0        0     2        0        12
`;

test.each([
  [0, 4711, 3],
  [12, 4711, 51_234],
  [12, 0, 0],
  [12, 4712, undefined],
])("protocol %i, port %i", (protocol, port, drops) => {
  expect(socketDrops(table, protocol, port)).toBe(drops);
});

test.each(["", "garbage", "12 12 12", "sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode\na 12 1 0 0 0 0 0 x 0"])(
  "%j",
  (text) => {
    expect(socketDrops(text, 12, 1)).toBeUndefined();
  },
);
