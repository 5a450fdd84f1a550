// What names of applications match on the wire: configured ones, sets, built-in ones and their order.

import { describe, expect, test } from "vitest";
import { compileText, policyLines, verdictsOf, zoneLines } from "./testing/compile-text.ts";

const zones = zoneLines("a", "b", "c");

describe("applications", () => {
  const app = (name: string, lines: string) =>
    lines
      .split(";")
      .map((line) => `set applications application ${name} ${line.trim()}\n`)
      .join("");
  const configured =
    app("web", "protocol tcp; destination-port 8000-8010") +
    app("named", "protocol tcp; destination-port https") +
    app("from", "protocol udp; source-port 53; destination-port 1024-65535") +
    app("many", "term one protocol tcp destination-port 1; term two protocol udp destination-port 2") +
    app("tun", "protocol gre") +
    app("nine", "protocol 99") +
    app("unreach", "protocol icmp; icmp-type 3; icmp-code 1") +
    app("pings", "protocol icmp; icmp-type 8") +
    app("nd", "protocol icmp6; icmp6-type 135") +
    app("sig", "protocol sctp; destination-port 2905") +
    app("junos-telnet", "protocol tcp; destination-port 2323") +
    "set applications application-set inner application web\n" +
    "set applications application-set outer application-set inner\n" +
    "set applications application-set outer application junos-ssh\n" +
    "set applications application-set outer application-set junos-stun\n" +
    "set applications application-set empty description none\n";
  test.each<[string, string, boolean]>([
    ["web", "tcp 8000", true],
    ["web", "tcp 8010", true],
    ["web", "tcp 8011", false],
    ["web", "udp 8000", false],
    ["named", "tcp 443", true],
    ["from", "udp 53>2000", true],
    ["from", "udp 54>2000", false],
    ["from", "udp 53>80", false],
    ["many", "tcp 1", true],
    ["many", "udp 2", true],
    ["many", "tcp 2", false],
    ["tun", "47", true],
    ["tun", "tcp 47", false],
    ["nine", "99", true],
    ["unreach", "icmp 3/1", true],
    ["unreach", "icmp 3/2", false],
    ["pings", "icmp 8/77", true],
    ["pings", "icmp 0", false],
    ["sig", "sctp 2905", true],
    ["sig", "tcp 2905", false],
    ["junos-ssh", "tcp 22", true],
    ["junos-telnet", "tcp 2323", true],
    ["junos-telnet", "tcp 23", false],
    ["outer", "tcp 8005", true],
    ["outer", "tcp 22", true],
    ["outer", "udp 3478", true],
    ["outer", "tcp 23", false],
    ["junos-cifs", "tcp 445", true],
    ["empty", "tcp 22", false],
    ["any", "99", true],
    ["[ web any ]", "udp 1", true],
    ["[ web junos-ssh ]", "tcp 22", true],
    ["junos-tcp-any", "tcp 65535", true],
    ["junos-tcp-any", "udp 1", false],
  ])("%s, a packet of %s: %s", (application, words, matched) => {
    const text = zones + configured + policyLines(["a", "b"], "p", { application });
    const [sentence] = verdictsOf(text, `a b 10.0.0.1 10.0.0.2 ${words}`);
    expect(sentence?.startsWith("permitted by policy p")).toBe(matched);
  });

  test("ICMPv6 is of IPv6 alone", () => {
    const text = zones + configured + policyLines(["a", "b"], "p", { application: "[ nd junos-icmp-all ]" });
    const sentences = verdictsOf(text, "a b ::1 ::2 icmp6 135", "a b ::1 ::2 icmp6 136", "a b ::1 ::2 icmp 8");
    expect(sentences.map((sentence) => sentence.split(" ")[0])).toEqual(["permitted", "denied", "denied"]);
  });

  test("sets that hold each other's members many times stay small", () => {
    // Two sets a level, each of which holds both of the level below: 2 to the power of 40 ways to one application.
    const lines = Array.from({ length: 40 }, (_, level) =>
      ["x", "y"].map((side) => {
        const set = `set applications application-set ${side}${level}`;
        if (level === 0) return `${set} application junos-ssh\n`;
        return `${set} application-set x${level - 1}\n${set} application-set y${level - 1}\n`;
      }),
    );
    const { ir } = compileText(zones + lines.flat().join("") + policyLines(["a", "b"], "p", { application: "x39" }));
    expect(ir.contexts[1]?.rules[0]?.match).toMatchObject({ services: [{ kind: "ports" }] });
  });
});

describe("what is carried, and what is not looked up", () => {
  const termsOf = (lines: string) => {
    const text = lines
      .split(";")
      .map((line) => `set applications application x ${line.trim()}\n`)
      .join("");
    const { ir } = compileText(zones + text + policyLines(["a", "b"], "p", { application: "x" }));
    const match = ir.contexts.find(({ fromZone, toZone }) => `${fromZone} ${toZone}` === "a b")?.rules[0]?.match;
    return match?.kind === "packets" ? match.services : match?.because;
  };

  test.each<[string, readonly unknown[]]>([
    ["protocol tcp; destination-port 22; inactivity-timeout 60", [{ inactivityTimeout: 60 }]],
    ["protocol tcp; inactivity-timeout never", [{ inactivityTimeout: "never" }]],
    [
      "term a protocol tcp destination-port 1 inactivity-timeout 9; term b protocol udp",
      [{ inactivityTimeout: 9 }, {}],
    ],
  ])("%s", (lines, terms) => {
    expect(termsOf(lines)).toMatchObject(terms);
  });

  test.each([
    ["protocol tcp; rpc-program-number 100000", "rpc-program-number"],
    ["protocol tcp; uuid 12345678-1234-1234-1234-123456789012", "uuid"],
    ["term t protocol udp rpc-program-number 100003", "rpc-program-number"],
  ])("%s: a permit matches nothing", (lines, word) => {
    expect(termsOf(lines)).toContain(`has ${word} without a destination-port`);
  });

  test("with a port, the port is matched", () => {
    expect(termsOf("protocol tcp; destination-port 111; rpc-program-number 100000")).toMatchObject([
      { kind: "ports", protocol: 6, destination: { first: 111, last: 111 } },
    ]);
  });
});
