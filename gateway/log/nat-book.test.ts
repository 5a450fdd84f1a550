// Which rule translated a session, at its begin and at its end.

import { expect, test } from "vitest";
import { compileText, zoneLines } from "@merlon/compiler/testing/compile-text.ts";
import { parseIp } from "@merlon/model/ip/address.ts";
import type { KernelSession, KernelTuple } from "../kernel/kernel.ts";
import { NatBook } from "./nat-book.ts";

const text = `${zoneLines("in", "out")}
set security nat source rule-set s from zone in
set security nat source rule-set s to zone out
set security nat source rule-set s rule hide match source-address 10.0.0.0/8
set security nat source rule-set s rule hide then source-nat interface
set security nat static rule-set t from zone out
set security nat static rule-set t rule web match destination-address 198.51.100.1/32
set security nat static rule-set t rule web then static-nat prefix 10.0.0.80/32
`;

function tuple(line: string): KernelTuple {
  const [from = "", sourcePort, to = "", destinationPort] = line.split(" ");
  const [source, destination] = [parseIp(from), parseIp(to)];
  if (source === undefined || destination === undefined) throw new Error(line);
  return { source, destination, protocol: 6, sourcePort: Number(sourcePort), destinationPort: Number(destinationPort) };
}

function session(original: string, reply: string, natRules?: KernelSession["natRules"]): KernelSession {
  return {
    id: 7,
    mark: 1,
    original: tuple(original),
    reply: tuple(reply),
    ...(natRules === undefined ? {} : { natRules }),
  };
}

function idsOf(ir: ReturnType<typeof compileText>["ir"]) {
  return { hide: ir.nat?.source[0]?.rules[0]?.id ?? 0, web: ir.nat?.static[0]?.rules[0]?.id ?? 0 };
}

test("a rule is named while the session lives and when it ends", () => {
  const { ir } = compileText(text);
  const { hide, web } = idsOf(ir);
  const book = new NatBook();
  book.replace(ir);
  expect(book.natOf(session("10.0.0.1 4000 192.0.2.1 80", "192.0.2.1 80 10.0.0.1 4000"))).toBeUndefined();
  const opened = session("10.0.0.1 4000 192.0.2.1 80", "192.0.2.1 80 198.51.100.9 5000", { source: hide });
  const nat = {
    source: "198.51.100.9",
    sourcePort: 5000,
    destination: "192.0.2.1",
    destinationPort: 80,
    sourceRule: { kind: "source", ruleSet: "s", rule: "hide" },
  };
  expect(book.natOf(opened)).toEqual(nat);
  book.remember(opened);
  const { natRules: _, ...closed } = opened;
  expect(book.natOf(closed)).toEqual(nat);
  // The commit that removed the rule does not make its sessions nameless.
  book.replace({});
  expect(book.natOf(closed)).toEqual(nat);
  expect(book.retired()).toEqual(new Set([hide, web]));
  // The kernel gives the id of a session that is gone to another one.
  book.remember(closed);
  const { sourceRule: __, ...unnamed } = nat;
  expect(book.natOf(closed)).toEqual(unnamed);
});

test("a static rule to both sides", () => {
  const { ir } = compileText(text);
  const { web } = idsOf(ir);
  const book = new NatBook();
  book.replace(ir);
  const inward = session("192.0.2.1 4000 198.51.100.1 80", "10.0.0.80 80 192.0.2.1 4000", { destination: web });
  expect(book.natOf(inward)).toMatchObject({
    destination: "10.0.0.80",
    destinationRule: { kind: "static", rule: "web" },
  });
  const outward = session("10.0.0.80 4000 192.0.2.1 80", "192.0.2.1 80 198.51.100.1 4000", { source: web });
  expect(book.natOf(outward)).toMatchObject({ source: "198.51.100.1", sourceRule: { kind: "static", rule: "web" } });
});
