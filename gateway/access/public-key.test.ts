// Keys that are accepted, from where, and by what signature.

import { describe, expect, test } from "vitest";
import ssh2 from "ssh2";
import { acceptsKey, matchesHost } from "./public-key.ts";

const { generateKeyPairSync, parseKey } = ssh2.utils;

/** Some keys that ssh2 makes cannot be read again (../serve/ssh/host-keys.ts). */
function pair(kind: "ed25519" | "ecdsa" | "rsa", bits = 0) {
  for (let attempt = 0; attempt < 16; attempt++) {
    const made = kind === "ed25519" ? generateKeyPairSync(kind) : generateKeyPairSync(kind, { bits });
    const parsed = parseKey(made.private);
    const key = Array.isArray(parsed) ? parsed[0] : parsed;
    if (key !== undefined && !(key instanceof Error)) return { key, text: made.public };
  }
  throw new Error("no key");
}

const signed = Buffer.from("what is signed");

describe("a public key", () => {
  test.each<[kind: "ed25519" | "ecdsa" | "rsa", bits: number, hash: string | undefined]>([
    ["ed25519", 0, undefined],
    ["ecdsa", 256, "sha256"],
    ["rsa", 2048, "sha512"],
  ])("%s is accepted when it is configured and has signed", (kind, bits, hash) => {
    const { key, text } = pair(kind, bits);
    const other = pair("ed25519");
    const data = key.getPublicSSH();
    const proof = { signature: key.sign(signed, hash), signed, hash };
    const offered = { algorithm: key.type, data };
    const keys = [{ text: other.text }, { text: `${text} ana@host` }];
    expect(acceptsKey(keys, offered, "10.0.0.1")).toBe(true);
    expect(acceptsKey(keys, { ...offered, proof }, "10.0.0.1")).toBe(true);
    expect(acceptsKey([{ text: other.text }], { ...offered, proof }, "10.0.0.1")).toBe(false);
    expect(acceptsKey([], { ...offered, proof }, "10.0.0.1")).toBe(false);
    const another = { ...proof, signed: Buffer.from("something else") };
    expect(acceptsKey(keys, { ...offered, proof: another }, "10.0.0.1")).toBe(false);
  });

  test("of too few bits is refused", () => {
    const { key, text } = pair("rsa", 1024);
    const proof = { signature: key.sign(signed, "sha512"), signed, hash: "sha512" };
    expect(acceptsKey([{ text }], { algorithm: key.type, data: key.getPublicSSH(), proof }, "10.0.0.1")).toBe(false);
  });

  test.each(["ssh-ed25519", "ssh-ed25519 !!!", "", "ssh-rsa"])(
    "that is damaged in the configuration fits nothing: %s",
    (text) => {
      const { key } = pair("ed25519");
      expect(acceptsKey([{ text }], { algorithm: key.type, data: key.getPublicSSH() }, "10.0.0.1")).toBe(false);
    },
  );

  test("damaged bytes from the client fit nothing", () => {
    const data = Buffer.from("garbage");
    const keys = [{ text: `ssh-ed25519 ${data.toString("base64")}` }];
    const proof = { signature: Buffer.alloc(64), signed, hash: undefined };
    expect(acceptsKey(keys, { algorithm: "ssh-ed25519", data, proof }, "10.0.0.1")).toBe(false);
  });

  test("is accepted from where it may come", () => {
    const { key, text } = pair("ed25519");
    const offered = { algorithm: key.type, data: key.getPublicSSH() };
    expect(acceptsKey([{ text, from: "10.0.*" }], offered, "10.0.0.1")).toBe(true);
    expect(acceptsKey([{ text, from: "10.0.*" }], offered, "10.1.0.1")).toBe(false);
  });
});

describe("patterns of hosts", () => {
  test.each<[patterns: string, address: string, expected: boolean]>([
    ["10.0.0.1", "10.0.0.1", true],
    ["10.0.0.1", "10.0.0.10", false],
    ["10.0.0.?", "10.0.0.7", true],
    ["10.0.0.?", "10.0.0.17", false],
    ["*", "2001:db8::1", true],
    ["10.*.1", "10.0.0.1", true],
    ["10.*.1", "10.0.0.2", false],
    ["*.*.*.*", "10.0.0.2", true],
    ["10.*,!10.0.*", "10.0.0.1", false],
    ["10.*,!10.0.*", "10.1.0.1", true],
    ["!10.0.*", "10.1.0.1", false],
    ["2001:DB8::*", "2001:db8::1", true],
    ["", "10.0.0.1", false],
    [`${"*a".repeat(400)}b`, "a".repeat(500), false],
  ])("%s: %s", (patterns, address, expected) => {
    expect(matchesHost(patterns, address)).toBe(expected);
  });
});
