// What names of addresses stand for, in which book they are found, and what is wrong inside the books.

import { describe, expect, test } from "vitest";
import { bookLines, codesOf, compileText, policyLines, verdictsOf, zoneLines } from "./testing/compile-text.ts";

const zones = zoneLines("a", "b", "c");

describe("dynamic addresses", () => {
  const declared = "set security dynamic-address address-name d\nset security dynamic-address address-name x.y\n";
  const codes = (more: string, ...policies: readonly string[]) =>
    codesOf(compileText(zones + declared + more + policies.join("")));

  test("policies of every pair, and global ones, may name them, and nobody is a member", () => {
    const names =
      policyLines(["a", "b"], "p", { source: "d" }) + policyLines("global", "g", { destination: "[ d x.y ]" });
    expect(codes("", names).filter((code) => code.startsWith("error"))).toEqual([]);
    const [sentence] = verdictsOf(zones + declared + names, "a b 10.0.0.1 10.0.0.2 tcp 22");
    expect(sentence).toMatch(/^denied by default-policy/);
  });

  test("what an address book says by the same name counts", () => {
    const book = bookLines("global", "address d 10.0.0.1/32");
    const [sentence] = verdictsOf(
      zones + declared + book + policyLines(["a", "b"], "p", { source: "d" }),
      "a b 10.0.0.1 10.0.0.2 tcp 22",
    );
    expect(sentence).toMatch(/^permitted by policy p/);
  });

  test("address sets, NAT and names that nobody declared do not know them", () => {
    expect(codes(bookLines("global", "address-set s address d"))).toContain("error address-book.unknown-member");
    expect(codes("", policyLines(["a", "b"], "p", { source: "e" }))).toContain("error policy.unknown-address");
  });

  test("a built-in name is not free", () => {
    expect(codes("set security dynamic-address address-name any-ipv4\n")).toContain("error address-book.reserved-name");
  });
});

describe("addresses", () => {
  const global = bookLines(
    "global",
    `address h 10.0.0.1/32; address n 10.1.0.0/16; address six 2001:db8::/32;
     address r range-address 10.2.0.5 to 10.2.0.9; address r6 range-address 2001:db8::5 to 2001:db8::9;
     address-set s address h; address-set s address six; address-set t address-set s; address-set t address r;
     address-set e description empty`,
  );
  const match = (terms: Parameters<typeof policyLines>[2], packet: string, more = "") => {
    const [sentence = ""] = verdictsOf(zones + global + more + policyLines(["a", "b"], "p", terms), packet);
    return sentence.startsWith("permitted by policy p");
  };
  const tcp = (from: string, to = from) => `a b ${from} ${to} tcp 22`;

  test.each<[string, Parameters<typeof policyLines>[2], string, boolean]>([
    ["a host", { source: "h" }, tcp("10.0.0.1"), true],
    ["its neighbour", { source: "h" }, tcp("10.0.0.2"), false],
    ["a network's first address", { destination: "n" }, tcp("9.9.9.9", "10.1.0.0"), true],
    ["a network's last address", { destination: "n" }, tcp("9.9.9.9", "10.1.255.255"), true],
    ["behind the network", { destination: "n" }, tcp("9.9.9.9", "10.2.0.0"), false],
    ["the source is not the destination", { source: "n" }, tcp("9.9.9.9", "10.1.0.1"), false],
    ["a range's ends", { source: "r" }, tcp("10.2.0.9"), true],
    ["behind a range", { source: "r" }, tcp("10.2.0.10"), false],
    ["an IPv6 range", { source: "r6" }, tcp("2001:db8::7"), true],
    ["an IPv6 network", { source: "six" }, tcp("2001:db8:ffff::1"), true],
    ["a set, first version", { source: "s" }, tcp("10.0.0.1"), true],
    ["a set, second version", { source: "s" }, tcp("2001:db8::1"), true],
    ["a set in a set", { source: "t" }, tcp("10.2.0.5"), true],
    ["an empty set matches nothing", { source: "e" }, tcp("10.0.0.1"), false],
    ["several names", { source: "[ h n ]" }, tcp("10.1.2.3"), true],
    ["any", { source: "[ h any ]" }, tcp("8.8.8.8"), true],
    ["any is both versions", { source: "any" }, tcp("::8"), true],
    ["any-ipv4", { source: "any-ipv4" }, tcp("8.8.8.8"), true],
    ["any-ipv4 is not IPv6", { source: "any-ipv4" }, tcp("::8"), false],
    ["any-ipv6", { source: "any-ipv6" }, tcp("::8"), true],
    ["excluded: the named one", { source: "h", more: ["match source-address-excluded"] }, tcp("10.0.0.1"), false],
    ["excluded: another", { source: "h", more: ["match source-address-excluded"] }, tcp("10.0.0.2"), true],
    ["excluded: the other version", { source: "h", more: ["match source-address-excluded"] }, tcp("::1"), true],
    [
      "excluded destinations",
      { destination: "s", more: ["match destination-address-excluded"] },
      tcp("::1", "2001:db8::5"),
      false,
    ],
    [
      "an empty set excluded excludes nothing",
      { source: "e", more: ["match source-address-excluded"] },
      tcp("10.0.0.1"),
      true,
    ],
  ])("%s", (_, terms, packet, matched) => {
    expect(match(terms, packet)).toBe(matched);
  });

  test("names are looked up in the zone's own book, in books attached to it, and in the global one, in this order", () => {
    const own = "set security zones security-zone a address-book address x 10.0.1.1/32\n";
    const attached = bookLines("branch", "address x 10.0.2.1/32; attach zone a; attach zone b");
    const shared = bookLines("global", "address x 10.0.3.1/32");
    const source = { source: "x" };
    expect(match(source, tcp("10.0.1.1"), own + attached + shared)).toBe(true);
    expect(match(source, tcp("10.0.2.1"), attached + shared)).toBe(true);
    expect(match(source, tcp("10.0.3.1"), attached + shared)).toBe(false);
    expect(match(source, tcp("10.0.3.1"), shared)).toBe(true);
    // The destination is looked up in the other zone.
    expect(match({ destination: "x" }, tcp("9.9.9.9", "10.0.2.1"), own + attached + shared)).toBe(true);
    expect(match({ destination: "x" }, tcp("9.9.9.9", "10.0.1.1"), own + attached + shared)).toBe(false);
  });

  test("a book that is not attached is not known, nor is another zone's own book", () => {
    const elsewhere = bookLines("branch", "address x 10.0.2.1/32; attach zone b");
    const unattached = bookLines("lost", "address y 10.0.2.1/32");
    const text = zones + elsewhere + unattached + policyLines(["a", "b"], "p", { source: "[ x y ]" });
    const { diagnostics } = compileText(text);
    expect(diagnostics.map(({ hint }) => hint)).toEqual([
      "x is in address book branch, but zone a does not know it",
      "y is in address book lost, but zone a does not know it",
    ]);
  });

  test("a global policy knows the global book alone", () => {
    const own = "set security zones security-zone a address-book address x 10.0.1.1/32\n";
    const text = `${zones}${own}${policyLines("global", "g", { source: "x", more: ["match from-zone a"] })}`;
    expect(codesOf(compileText(text))).toEqual(["error policy.unknown-address"]);
    expect(compileText(text).diagnostics[0]?.hint).toMatch(/global policies know the book global alone/);
  });

  test("two books that spell a name alike are still two sets", () => {
    const one = bookLines("x", "address y:z 10.0.1.1/32; attach zone a");
    const two = bookLines("x:y", "address z 10.0.2.1/32; attach zone b");
    const { ir } = compileText(zones + one + two + policyLines(["a", "b"], "p", { source: "y:z", destination: "z" }));
    expect([...ir.addressSets.keys()]).toEqual(["x:y:z", "x:y:z#"]);
    const zoneBook = "set security zones security-zone a address-book address z 10.0.3.1/32\n";
    const named = bookLines("a", "address z 10.0.4.1/32; attach zone b");
    const other = compileText(
      zones + zoneBook + named + policyLines(["a", "b"], "p", { source: "z", destination: "z" }),
    );
    expect([...other.ir.addressSets.keys()]).toEqual(["zone a:z", "a:z"]);
  });
});
