// The packets against the reference of screens: every attack that one packet shows is among them, what is called an attack
// shows it, and its neighbour does not.

import { expect, test } from "vitest";
import { attacksShown } from "@merlon/compiler/screen/attacks-shown.ts";
import { attackNames } from "@merlon/compiler/screen/attacks.ts";
import type { AttackName } from "@merlon/compiler/screen/attacks.ts";
import type { HeaderAttack } from "@merlon/compiler/screen/screen.ts";
import { attackPackets } from "./attack-packets.ts";
import { ethernetSizeBytes } from "./frames.ts";

const packets = attackPackets({
  sourceMac: "02:00:00:00:00:01",
  destinationMac: "02:00:00:00:00:02",
  source4: "10.1.1.2",
  destination4: "10.2.1.2",
  source6: "fd00:1::2",
  destination6: "fd00:2::2",
});

/** What sessions, rates or two fragments together show. */
const shownByMore: ReadonlySet<AttackName> = new Set([
  ...attackNames.filter((name) => /flood|sweep|scan|limit$/.test(name) && name !== "ipv6-header-limit"),
  "tear-drop",
]);

test("every attack that one packet shows is among them", () => {
  const there = new Set(packets.map(({ attack }) => attack));
  expect(attackNames.filter((name) => !there.has(name) && !shownByMore.has(name))).toEqual([]);
});

/** Those that the reference knows by themselves; it leaves out what needs routes or fragments. */
const known = [
  "bad-option",
  "fin-no-ack",
  "icmp-large",
  "icmpv6-malformed",
  "ipv6-malformed-header",
  "land",
  "loose-source-route",
  "no-flag",
  "record-route",
  "security",
  "source-route",
  "stream",
  "strict-source-route",
  "syn-fin",
  "timestamp",
  "unknown-protocol",
  "winnuke",
] as const satisfies readonly HeaderAttack[];

const rows = packets.flatMap(({ attack, form = "", family, frames, neighbour }) => {
  const name = known.find((one) => one === attack);
  return name === undefined ? [] : [{ name, form, family, frames, neighbour }];
});

test.each(rows)("$name $form IPv$family", ({ name, frames, neighbour }) => {
  const screen = { checks: [{ kind: "header" as const, attack: name }] };
  const shown = (frame: Uint8Array) => attacksShown(screen, frame.subarray(ethernetSizeBytes)).has(name);
  expect({ attack: frames.map(shown), neighbour: neighbour.map(shown) }).toEqual({
    attack: [true],
    neighbour: [false],
  });
});
