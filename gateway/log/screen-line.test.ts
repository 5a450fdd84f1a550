// The lines that collectors parse: which fields an attack's record has is part of the interface.

import { expect, test } from "vitest";
import { compileText } from "@merlon/compiler/testing/compile-text.ts";
import { attackNames } from "@merlon/compiler/screen/attacks.ts";
import type { AttackName } from "@merlon/compiler/screen/attacks.ts";
import type { LoggedPacket } from "../kernel/kernel.ts";
import { ScreenBook } from "./screen-book.ts";
import { screenMessage } from "./screen-line.ts";
import type { ScreenRecord } from "./screen-record.ts";
import { logLine } from "./log-message.ts";
import { flowLogForm } from "./syslog-line.ts";

const screenLine = (it: ScreenRecord, host: string): string => logLine(screenMessage(it), host, flowLogForm);

const record: ScreenRecord = {
  atMs: Date.UTC(2026, 10, 22, 6, 30, 0, 123),
  attack: "syn-fin",
  zone: "untrust",
  interface: "ge-0/0/1.0",
  action: "drop",
  source: "10.1.1.2",
  sourcePort: 4_000,
  destination: "10.2.1.2",
  destinationPort: 80,
  protocol: 6,
};

test.each<[AttackName, string]>([
  [
    "syn-fin",
    'RT_SCREEN_TCP [junos@2636.1.1.1.2.129 attack-name="SYN and FIN bits!" source-address="10.1.1.2" source-port="4000" destination-address="10.2.1.2" destination-port="80" source-zone-name="untrust" interface-name="ge-0/0/1.0" action="drop"]',
  ],
  [
    "udp-flood",
    'RT_SCREEN_UDP [junos@2636.1.1.1.2.129 attack-name="UDP flood!" source-address="10.1.1.2" source-port="4000" destination-address="10.2.1.2" destination-port="80" source-zone-name="untrust" interface-name="ge-0/0/1.0" action="drop"]',
  ],
  [
    "icmp-sweep",
    'RT_SCREEN_ICMP [junos@2636.1.1.1.2.129 attack-name="Address sweep!" source-address="10.1.1.2" destination-address="10.2.1.2" source-zone-name="untrust" interface-name="ge-0/0/1.0" action="drop"]',
  ],
  [
    "spoofing",
    'RT_SCREEN_IP [junos@2636.1.1.1.2.129 attack-name="IP spoofing!" source-address="10.1.1.2" destination-address="10.2.1.2" protocol-id="6" source-zone-name="untrust" interface-name="ge-0/0/1.0" action="drop"]',
  ],
  [
    "syn-flood-source",
    'RT_SCREEN_TCP_SRC_IP [junos@2636.1.1.1.2.129 attack-name="SYN flood Src-IP based!" source-address="10.1.1.2" source-zone-name="untrust" interface-name="ge-0/0/1.0" action="drop"]',
  ],
  [
    "syn-flood-destination",
    'RT_SCREEN_TCP_DST_IP [junos@2636.1.1.1.2.129 attack-name="SYN flood Dst-IP based!" destination-address="10.2.1.2" source-zone-name="untrust" interface-name="ge-0/0/1.0" action="drop"]',
  ],
  [
    "source-session-limit",
    'RT_SCREEN_SESSION_LIMIT [junos@2636.1.1.1.2.129 attack-name="Src IP session limit!" source-address="10.1.1.2" destination-address="10.2.1.2" source-zone-name="untrust" interface-name="ge-0/0/1.0" action="drop"]',
  ],
])("%s", (attack, line) => {
  expect(screenLine({ ...record, attack }, "gw")).toBe(`<11>1 2026-11-22T06:30:00.123Z gw RT_IDS - ${line}`);
});

test("every attack has a line", () => {
  for (const attack of attackNames) expect(screenLine({ ...record, attack }, "gw")).toContain("RT_SCREEN_");
});

const text = (words: string) => `
set security screen ids-option s ${words}
set security zones security-zone untrust screen s
set security zones security-zone untrust interfaces eth1
`;

test("a logged packet is told by the number in its prefix, also when the screen is gone with the last commit", () => {
  const { ir } = compileText(text("tcp land"));
  const id = ir.screens?.[0]?.ids.get("land");
  const book = new ScreenBook();
  book.replace(ir);
  const packet = (prefix: string): LoggedPacket => ({
    mark: 0,
    prefix,
    inDevice: "eth1",
    length: 40,
    tuple: {
      source: { family: 4, value: 0x0a01_0102 },
      destination: { family: 4, value: 0x0a02_0102 },
      protocol: 6,
      sourcePort: 1,
      destinationPort: 2,
    },
  });
  const found = book.recordOf(packet(`screen ${id}`), 5);
  expect(found).toMatchObject({ attack: "land", zone: "untrust", interface: "eth1.0", action: "drop", atMs: 5 });
  for (const prefix of ["deny", "screen", `screen ${id} `, "screen 99"]) {
    expect(book.recordOf(packet(prefix), 5)).toBeUndefined();
  }
  book.replace({ interfaces: ir.interfaces });
  expect(book.recordOf(packet(`screen ${id}`), 5)).toMatchObject({ attack: "land" });
  book.replace({ interfaces: ir.interfaces });
  expect(book.recordOf(packet(`screen ${id}`), 5)).toBeUndefined();
});

test("copies of fragments give a record where they overlap, and count for their zone", () => {
  const { ir } = compileText(text("ip tear-drop"));
  const id = ir.screens?.[0]?.ids.get("tear-drop");
  const book = new ScreenBook();
  book.replace(ir);
  const address = { family: 4, value: 0x0a01_0102 } as const;
  const copy = (number: number, offset: number, more: boolean): LoggedPacket => ({
    mark: 77,
    prefix: `fragment ${id}`,
    inDevice: "eth1",
    length: 60,
    tuple: { source: address, destination: address, protocol: 17 },
    fragment: { id: number, offset, size: 40, more },
  });
  const attack = (number: number, atMs: number) => {
    expect(book.recordOf(copy(number, 0, true), atMs)).toBeUndefined();
    return book.recordOf(copy(number, 32, false), atMs);
  };
  const record = { attack: "tear-drop", zone: "untrust", interface: "eth1.0", action: "drop", source: "10.1.1.2" };
  expect(attack(1, 10)).toMatchObject({ ...record, atMs: 10, sourcePort: 0 });
  // A record a second, and each is counted.
  expect([attack(2, 11), attack(3, 1_009)]).toEqual([undefined, undefined]);
  expect(attack(4, 1_010)).toMatchObject(record);
  expect([book.tearDropsOf("untrust"), book.tearDropsOf("trust")]).toEqual([4, 0]);
  expect([copy(1, 0, true), { ...copy(1, 0, true), prefix: "deny" }].map((it) => book.isOurs(it))).toEqual([
    true,
    false,
  ]);
  book.clearTearDrops("untrust");
  expect(book.tearDropsOf("untrust")).toBe(0);
});
