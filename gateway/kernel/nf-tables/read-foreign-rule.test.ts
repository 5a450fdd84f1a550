// Rules that write the connection mark, as nft lays them out (`nft --debug=netlink`): which of them leave Merlon's bits
// alone. What the installed nft can write is also read from a real kernel, in lab/foreign-control.story.test.ts.

import { describe, expect, test } from "vitest";
import { MessageWriter, netlinkHeaderSize } from "../netlink-message.ts";
import { readForeignRule } from "./read-foreign-rule.ts";

/** `immediate 1 0x99`, `ct 1 mark`, `meta 1`, `bitwise 1 = 1 & 0xff ^ 0x1`, `or 1 = 1 2`, `shl 1 = 1 24`, `ct-set 1`. */
function writeInstruction(writer: MessageWriter, text: string): void {
  const [name = "", ...words] = text.replace(/[=&^]/g, " ").split(/\s+/);
  const [first = 0, second = 0, third = 0, fourth = 0] = words.map(Number);
  const value = (type: number, number: number): void => {
    writer.nested(type, () => writer.attribute(1, new Uint8Array(Uint32Array.of(number).buffer)));
  };
  const expression = (kind: string, write: () => void): void => {
    writer.nested(1, () => writer.attributeText(1, kind).nested(2, write));
  };
  const bitwise = (operation: number, write: () => void): void => {
    expression("bitwise", () => {
      writer.attributeU32be(1, second).attributeU32be(2, first).attributeU32be(3, 4).attributeU32be(6, operation);
      write();
    });
  };
  switch (name) {
    case "immediate":
      return expression(name, () => {
        writer.attributeU32be(1, first);
        value(2, second);
      });
    case "ct":
      return expression(name, () => writer.attributeU32be(2, 3).attributeU32be(1, first));
    case "ct-set":
      return expression("ct", () => writer.attributeU32be(2, 3).attributeU32be(4, first));
    case "ct-set-events":
      return expression("ct", () => writer.attributeU32be(2, 18).attributeU32be(4, first));
    case "meta":
      return expression(name, () => writer.attributeU32be(2, 3).attributeU32be(1, first));
    case "lookup":
      return expression(name, () => writer.attributeText(1, "map").attributeU32be(2, second).attributeU32be(3, first));
    case "bitwise":
      return bitwise(0, () => {
        value(4, third);
        value(5, fourth);
      });
    case "shl":
    case "shr":
      return bitwise(name === "shl" ? 1 : 2, () => value(7, third));
    case "and":
    case "or":
    case "xor":
      return bitwise({ and: 3, or: 4, xor: 5 }[name], () => writer.attributeU32be(8, third));
    case "cmp":
      return expression(name, () => {
        writer.attributeU32be(1, first).attributeU32be(2, 0);
        writer.nested(3, () => writer.attribute(1, Buffer.from(words[1] ?? "", "hex")));
      });
    case "iifname":
    case "oif":
      return expression("meta", () => writer.attributeU32be(2, name === "oif" ? 5 : 6).attributeU32be(1, first));
    default:
      return expression(name, () => undefined);
  }
}

function read(text: string) {
  const writer = new MessageWriter();
  writer.begin(0, 0, 0);
  for (const each of text.split("; ")) writeInstruction(writer, each);
  const bytes = writer.take();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return readForeignRule(view, netlinkHeaderSize, bytes.byteLength);
}

describe("ct mark set", () => {
  test.each<[what: string, instructions: string, keepsOurs: boolean]>([
    ["0x99", "immediate 1 0x99; ct-set 1", false],
    ["0", "immediate 1 0; ct-set 1", false],
    ["meta mark", "meta 1; ct-set 1", false],
    ["ct mark", "ct 1; ct-set 1", true],
    ["ct mark or 0x1000000", "ct 1; bitwise 1 = 1 & 0xfeffffff ^ 0x1000000; ct-set 1", true],
    ["ct mark or 0x1", "ct 1; bitwise 1 = 1 & 0xfffffffe ^ 0x1; ct-set 1", false],
    ["ct mark and 0xffffff", "ct 1; bitwise 1 = 1 & 0xffffff ^ 0; ct-set 1", true],
    ["ct mark and 0xff000000", "ct 1; bitwise 1 = 1 & 0xff000000 ^ 0; ct-set 1", false],
    ["ct mark xor 0x800000", "ct 1; bitwise 1 = 1 & 0xffffffff ^ 0x800000; ct-set 1", false],
    ["a map", "ct 1; lookup 1 = 1; ct-set 1", false],
    [
      "ct mark & 0x00ffffff | meta mark & 0xff000000",
      "ct 1; bitwise 1 = 1 & 0xffffff ^ 0; meta 2; bitwise 2 = 2 & 0xff000000 ^ 0; or 1 = 1 2; ct-set 1",
      true,
    ],
    [
      "ct mark & 0xffff0000 | meta mark & 0xffff",
      "ct 1; bitwise 1 = 1 & 0xffff0000 ^ 0; meta 2; bitwise 2 = 2 & 0xffff ^ 0; or 1 = 1 2; ct-set 1",
      false,
    ],
    [
      "ct mark & 0x00ffffff | meta mark << 24",
      "ct 1; bitwise 1 = 1 & 0xffffff ^ 0; meta 2; shl 2 = 2 24; or 1 = 1 2; ct-set 1",
      true,
    ],
    [
      "ct mark & 0x00ffffff | meta mark << 23",
      "ct 1; bitwise 1 = 1 & 0xffffff ^ 0; meta 2; shl 2 = 2 23; or 1 = 1 2; ct-set 1",
      false,
    ],
    ["ct mark >> 8 << 8", "ct 1; shr 1 = 1 8; shl 1 = 1 8; ct-set 1", false],
    ["ct mark ^ (meta mark & 0xff000000)", "ct 1; meta 2; bitwise 2 = 2 & 0xff000000 ^ 0; xor 1 = 1 2; ct-set 1", true],
    [
      "ct mark & (meta mark | 0xffffff)",
      "ct 1; meta 2; bitwise 2 = 2 & 0xff000000 ^ 0xffffff; and 1 = 1 2; ct-set 1",
      true,
    ],
    ["a register that lies over it", "ct 9; meta 1; ct-set 9", false],
    ["the mark in a small register", "ct 9; meta 2; ct-set 9", true],
  ])("%s", (_, instructions, keepsOurs) => {
    expect(read(instructions).acts).toEqual(keepsOurs ? [] : ["remarks"]);
  });
});

test("ct event set: begin and end of sessions are what logs need", () => {
  expect(read("immediate 1 0x1; ct-set-events 1").acts).toEqual(["silences"]);
  expect(read("immediate 1 0x5; ct-set-events 1").acts).toEqual([]);
  expect(read("meta 1; ct-set-events 1").acts).toEqual(["silences"]);
});

test.each<[name: string, act: string]>([
  ["flow_offload", "offloads"],
  ["queue", "queues"],
  ["fwd", "diverts"],
  ["dup", "copies"],
  ["tproxy", "intercepts"],
  ["synproxy", "answers"],
  ["notrack", "untracks"],
])("%s", (name, act) => {
  expect(read(name)).toMatchObject({ acts: [act], conditional: false });
});

test("devices that it asks for", () => {
  const [docker0, docker] = [Buffer.from("docker0".padEnd(16, "\0")), Buffer.from("docker")];
  const text = `iifname 1; cmp 1 ${docker0.toString("hex")}; iifname 2; cmp 2 ${docker.toString("hex")}; oif 1; cmp 1 07000000`;
  expect(read(text).devices).toEqual(["docker0", "docker*", 7]);
  expect(read("meta 1; cmp 1 07000000; oif 1; cmp 2 07000000").devices).toEqual([]);
});
