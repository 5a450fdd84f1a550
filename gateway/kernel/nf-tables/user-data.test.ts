// The notes that the kernel keeps: the bytes that nft writes, and what we add.

import { expect, test } from "vitest";
import type { NftSet } from "@merlon/compiler/nft/program.ts";
import { readElementComment, readRuleComment, readSetTypes, ruleUserData, setUserData } from "./user-data.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const bytes = (text: string): Uint8Array => Buffer.from(text, "hex");

test("a comment is written as nft 1.0.6 writes it", () => {
  expect(hex(ruleUserData("hello"))).toBe("000668656c6c6f00");
  expect(readRuleComment(ruleUserData("policy ü"))).toBe("policy ü");
  expect(readRuleComment(ruleUserData(""))).toBe("");
});

test("a comment that nft would not take is a mistake of ours", () => {
  expect(ruleUserData("x".repeat(128))).toHaveLength(131);
  expect(() => ruleUserData("x".repeat(129))).toThrow("more than 128 bytes");
  expect(() => ruleUserData("ü".repeat(65))).toThrow("more than 128 bytes");
});

test.each([
  ["nothing", "", undefined],
  ["another note", "010461626300", undefined],
  ["a note before it", "0101ff00026100", "a"],
  ["no zero at the end", "00026162", "ab"],
  ["bytes behind the zero", "000461006200", "a"],
  ["more bytes than there are", "00ff61", undefined],
  ["half a header", "00", undefined],
  ["no text", "0002ff00", undefined],
])("a comment read from %s", (_, data, comment) => {
  expect(readRuleComment(bytes(data))).toBe(comment);
  expect(readElementComment(bytes(data))).toBe(comment);
});

type Head = Pick<NftSet, "key" | "data" | "interval">;

// Seen in messages of nft 1.0.6.
test.each<[string, Head, string]>([
  ["a set of addresses", { key: ["ipv4_addr"], interval: true }, "000402000000"],
  ["a set of marks", { key: ["mark"], interval: false }, "000401000000"],
  ["marks among intervals", { key: ["mark"], interval: true }, "000402000000"],
  ["a concatenation", { key: ["ifname", "ifname"], data: "verdict", interval: false }, "000400000000"],
  ["a map of marks to marks", { key: ["mark"], data: ["mark"], interval: false }, "000401000000010401000000"],
])("the byte orders of %s", (_, head, data) => {
  expect(hex(setUserData(head))).toBe(data);
  expect(readSetTypes(bytes(data))).toBeUndefined();
});

test.each<[string, Head]>([
  ["words", { key: ["word"], interval: true }],
  ["data of words", { key: ["ipv4_addr"], data: ["word", "mark", "word"], interval: true }],
  ["a whole key", { key: ["mark", "mark"], interval: "whole-key" }],
])("the types of %s are noted", (_, head) => {
  const { data } = head;
  expect(readSetTypes(setUserData(head))).toEqual([
    ...head.key,
    ...(data === undefined || data === "verdict" ? [] : data),
  ]);
});

test.each([
  ["unknown numbers", "4d0207fe"],
  ["none", "4d00"],
  ["too many", "4d0507"],
])("types that are %s are not ours", (_, data) => {
  expect(readSetTypes(bytes(data))).toBeUndefined();
});

test("no note is none", () => {
  expect(readSetTypes(undefined)).toBeUndefined();
});
