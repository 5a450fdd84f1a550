// Value types by row: a word and what it means, or that it is refused.

import { describe, expect, test } from "vitest";
import { formatPrefix } from "../ip/prefix.ts";
import * as value from "./value.ts";
import type { ValueType } from "./value.ts";

/** The value of a word, or undefined when it is refused. */
function valueOf<T>(type: ValueType<T>, word: string): T | undefined {
  const parsed = type.parse(word);
  return "value" in parsed ? parsed.value : undefined;
}

function accepts(type: ValueType<unknown>, words: Readonly<Record<string, boolean>>): void {
  for (const [word, good] of Object.entries(words))
    expect("value" in type.parse(word), JSON.stringify(word)).toBe(good);
}

describe("names", () => {
  test("zone", () => {
    accepts(value.zoneName, {
      web: true, "a.b_c-d": true, "1": true, "-x": true, ["z".repeat(63)]: true,
      ["z".repeat(64)]: false, "": false, "a b": false, "ä": false, "a/b": false, "a\n": false,
    }); // prettier-ignore
  });

  test("policy", () => {
    accepts(value.policyName, { p1: true, "1_a-b": true, "-p": false, _p: false, "p.q": false, "p\n": false });
  });

  test("application, scheduler", () => {
    accepts(value.plainName, { web: true, "1-a_b": true, "a.b": false, "a/b": false, "a:b": false, "-a": false });
  });

  test("object", () => {
    accepts(value.objectName, {
      "10.0.0.0/8": true,
      "junos:HTTP": true,
      a_b: true,
      "-a": false,
      "a b": false,
      ":a": false,
    });
  });

  test("interface", () => {
    accepts(value.interfaceName, {
      eth1: true, ens3f0: true, "ge-0/0/1": true, "xe-12/3/45": true, "br-lan": true, "eth1@x": true, "eth0.100": true,
      "xe-0/0/0:3": true, "xe-0/0/0:": false, "eth1:0": false, "t1-1/0/0": true, "e1-1/0/0:1": true, "1t-1/0/0": false,
      "ge-0/0": false, abcdefghijklmnop: false, "a/b": false, "": false, "e th": false,
    }); // prettier-ignore
  });

  test("device of the kernel", () => {
    accepts(value.kernelName, {
      eth1: true,
      ".x": true,
      ".": false,
      "..": false,
      "a/b": false,
      "a:b": false,
      abcdefghijklmnop: false,
    });
  });

  test("description", () => {
    accepts(value.description, {
      "two words": true, 'a "b"': true, ["d".repeat(900)]: true,
      ["d".repeat(901)]: false, "a & b": false, "<b>": false, "": false, "a\nb": false,
    }); // prettier-ignore
  });

  test("text", () => {
    accepts(value.text(5), { abcde: true, abcdef: false, "a\tb": false, é: true });
  });
});

describe("logical interfaces", () => {
  test.each<[word: string, name: string | undefined, unit?: number]>([
    ["eth1", "eth1", 0],
    ["eth1.0", "eth1", 0],
    ["eth1.5", "eth1", 5],
    ["ge-0/0/1", "ge-0/0/1", 0],
    ["ge-0/0/1.16385", "ge-0/0/1", 16_385],
    ["ge-0/0/1.16386", undefined],
    ["eth1.", "eth1.", 0],
    [".5", undefined],
    ["eth1.x", "eth1.x", 0],
    ["", undefined],
  ])("%s", (word, name, unit) => {
    expect(valueOf(value.interfaceUnit, word)).toEqual(name === undefined ? undefined : { interfaceName: name, unit });
  });

  test("are written with their unit", () => {
    expect(value.formatInterfaceUnit({ interfaceName: "eth1", unit: 0 })).toBe("eth1.0");
  });
});

describe("numbers and ports", () => {
  test("integer", () => {
    accepts(value.integer(1, 10), {
      "1": true,
      "10": true,
      "0": false,
      "11": false,
      "01": false,
      "1.0": false,
      "-1": false,
      "1e1": false,
      "": false,
    });
  });

  test.each<[word: string, first: number | undefined, last?: number]>([
    ["80", 80, 80],
    ["0-65535", 0, 65_535],
    ["http", 80, 80],
    ["ftp-data", 20, 20],
    ["ftp-data-http", 20, 80],
    ["http-8080", 80, 8080],
    ["kerberos-sec-krb-prop", 88, 754],
    ["90-80", undefined],
    ["65536", undefined],
    ["80-", undefined],
    ["-80", undefined],
    ["constructor", undefined],
    ["", undefined],
  ])("port %s", (word, first, last) => {
    expect(valueOf(value.portRange, word)).toEqual(first === undefined ? undefined : { first, last });
  });

  test.each<[word: string, protocol: number | undefined]>([
    ["tcp", 6],
    ["icmp6", 58],
    ["0", 0],
    ["255", 255],
    ["256", undefined],
    ["toString", undefined],
  ])("protocol %s", (word, protocol) => {
    expect(valueOf(value.ipProtocol, word)).toBe(protocol);
  });

  test("protocols are written by name where they have one", () => {
    expect([6, 58, 99].map(value.formatProtocol)).toEqual(["tcp", "icmp6", "99"]);
  });

  test("inactivity timeout", () => {
    expect(valueOf(value.inactivityTimeout, "never")).toBe("never");
    accepts(value.inactivityTimeout, { "4": true, "86400": true, "3": false, "86401": false, Never: false });
  });
});

describe("addresses", () => {
  test("prefix", () => {
    accepts(value.ipPrefix, {
      "10.0.0.0/8": true,
      "10.1.1.1": true,
      "::/0": true,
      "10.0.0.0/33": false,
      "10.0.0": false,
      "10.0.0.0/08": false,
    });
  });

  test("network prefix", () => {
    accepts(value.networkPrefix, {
      "10.0.0.0/8": true,
      "10.0.0.1/8": false,
      "10.0.0.1/32": true,
      "::/0": true,
      "2001:db8::1/32": false,
    });
  });

  test("prefix of a family", () => {
    accepts(value.prefixOfFamily(4), { "10.0.0.1/24": true, "10.0.0.1": false, "2001:db8::1/64": false });
    accepts(value.prefixOfFamily(6), { "2001:db8::1/64": true, "2001:db8::1": false, "10.0.0.1/24": false });
  });
});

describe("words", () => {
  const few = value.oneOf({ one: "First", two: "Second" });

  test("of a choice", () => {
    expect(few.placeholder).toBe("<one|two>");
    expect(few.parse("three")).toEqual({ error: '"three" is not one of one, two' });
    accepts(few, { one: true, One: false, constructor: false, "": false });
  });

  test("many are not listed in the message", () => {
    const many = value.oneOf(Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`word-${at}`, "Help"])));
    expect(many.placeholder).toBe("<word>");
    expect(many.parse("x")).toEqual({ error: '"x" is not a word that is known here' });
  });

  test("well-known ones are no limit", () => {
    const type = value.withWellKnown(value.zoneName, { any: "Every zone" });
    accepts(type, { any: true, web: true });
    expect(type.wellKnown).toEqual({ any: "Every zone" });
  });
});

describe("as the original takes them", () => {
  test.each<[word: string, written: string | undefined]>([
    ["10/8", "10.0.0.0/8"],
    ["192.168/16", "192.168.0.0/16"],
    ["10.1.2/24", "10.1.2.0/24"],
    ["0/0", "0.0.0.0/0"],
    ["10.1.2.3", "10.1.2.3/32"],
    ["10", undefined],
    ["10/33", undefined],
    ["1000/8", undefined],
    ["10./8", undefined],
    ["10.1.2.3.4/8", undefined],
  ])("the prefix %s", (word, written) => {
    const prefix = valueOf(value.ipPrefix, word);
    expect(prefix && formatPrefix(prefix)).toBe(written);
  });

  test("the route to everywhere", () => {
    expect(valueOf(value.networkPrefix, "default")).toEqual(valueOf(value.networkPrefix, "0.0.0.0/0"));
    expect(valueOf(value.networkPrefix, "0/0")).toEqual(valueOf(value.networkPrefix, "0.0.0.0/0"));
    expect(valueOf(value.ipPrefix, "default")).toBeUndefined();
    expect(valueOf(value.networkPrefix, "10.1/8")).toBeUndefined();
  });

  test.each<[family: 4 | 6, word: string, number: number | undefined]>([
    [4, "8", 8],
    [4, "echo-request", 8],
    [4, "unreachable", 3],
    [4, "packet-too-big", undefined],
    [6, "packet-too-big", 2],
    [6, "echo-request", 128],
    [6, "255", 255],
    [6, "256", undefined],
    [4, "toString", undefined],
    [4, "", undefined],
  ])("the message type of ICMP for IPv%i %s", (family, word, number) => {
    expect(valueOf(value.icmpType(family), word)).toBe(number);
  });
});
