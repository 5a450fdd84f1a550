// What operational commands answer, whole, as files to be read and reviewed: golden/NAME.golden.txt holds the text and the
// XML of each command, and the JSON of some. `UPDATE_GOLDEN=1 npx vitest run --project units gateway/ops/golden` writes them anew.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { busyGateway } from "../testing/busy-gateway.ts";
import type { BusyGateway } from "../testing/busy-gateway.ts";
import { typeAs } from "../testing/test-gateway.ts";

const folder = join(import.meta.dirname, "golden");
let busy: BusyGateway;

beforeAll(async () => {
  busy = await busyGateway(join(folder, "gateway.conf"));
});

afterAll(() => rm(busy.folder, { recursive: true }));

const match =
  "from-zone users to-zone data source-ip 10.1.0.5 destination-ip 10.2.0.10 source-port 1024 destination-port 1433 protocol tcp";

/** JSON says the same as XML in more lines; a few are enough to be read. */
const withJson: ReadonlySet<string> = new Set([
  "show system information",
  "show arp",
  "show security policies hit-count",
]);

/** Commands of one file, the first of them in all forms, the others as text. */
const files: Readonly<Record<string, readonly string[]>> = {
  "policies": ["show security policies", "show security policies from-zone users to-zone data policy-name sql", "show security policies start 2 count 2"],
  "policies-detail": ["show security policies detail from-zone users to-zone data", "show security policies global detail"],
  "policies-global": ["show security policies global"],
  "hit-count": ["show security policies hit-count", "show security policies hit-count descending greater-than 0", "show security policies hit-count less-than 10 policy-name no-telnet"],
  "zones": ["show security zones", "show security zones users detail", "show security zones terse", "show security zones type functional"],
  "flow-session": ["show security flow session", "show security flow session destination-port 1433", "show security flow session protocol udp", "show security flow session count 1"],
  "flow-session-summary": ["show security flow session summary"],
  "flow-session-extensive": ["show security flow session extensive", "show security flow session session-identifier 4711"],
  "flow-statistics": ["show security flow statistics"],
  "flow-status": ["show security flow status"],
  "match-policies": [`show security match-policies ${match}`, `show security match-policies ${match} result-count 3`],
  "match-policies-global": ["show security match-policies global source-ip 10.1.0.5 destination-ip 10.2.0.10 source-port 1 destination-port 23 protocol tcp result-count 2"],
  "shadow-policies": ["show security shadow-policies from-zone users to-zone data", "show security shadow-policies from-zone users to-zone data policy sql-again reverse", "show security shadow-policies from-zone users to-zone data policy sql-again", "show security shadow-policies global"],
  "address-book": ["show security address-book", "show security address-book global address databases"],
  "dynamic-address": ["show security dynamic-address", "show security dynamic-address family inet6", "show security dns-cache"],
  "schedulers": ["show schedulers", "show schedulers scheduler-name nights", "show schedulers scheduler-name days"],
  "alg-status": ["show security alg status"],
  "packet-drop": ["show security packet-drop records", "show security packet-drop records destination-port 80", "show security packet-drop records count 1"],
  "interfaces": ["show interfaces ge-0/0/0", "show interfaces ge-0/0/0.0", "show interfaces eth8 brief", "show interfaces ge-0/0/7"],
  "interfaces-terse": ["show interfaces terse", "show interfaces ge-0/0/[01] terse", "show interfaces ge-0/0/1.0 terse"],
  "interfaces-extensive": ["show interfaces ge-0/0/1 extensive", "show interfaces ge-0/0/1 statistics"],
  "interfaces-descriptions": ["show interfaces descriptions"],
  "route": ["show route", "show route 10.2.0.10", "show route 10.0.0.0/8 exact", "show route protocol static table inet.0 terse", "show route active-path protocol local"],
  "route-summary": ["show route summary"],
  "arp": ["show arp", "show arp no-resolve interface ge-0/0/0.0", "show arp state"],
  "ipv6-neighbors": ["show ipv6 neighbors"],
  "version": ["show version"],
  "uptime": ["show system uptime"],
  "processes": ["show system processes", "show system processes extensive", "show system processes brief"],
  "storage": ["show system storage"],
  "memory": ["show system memory"],
  "information": ["show system information"],
  "alarms": ["show system alarms", "show chassis alarms"],
  "commit": ["show system commit", "show system commit revision"],
  "license": ["show system license"],
  "chassis": ["show chassis hardware", "show chassis environment", "show chassis fpc"],
  "routing-engine": ["show chassis routing-engine"],
  "cluster-status": ["show chassis cluster status"],
  "ping": ["ping 10.2.0.10 count 3 rapid", "ping 10.2.0.10 ttl 1 count 1", "ping 10.2.0.10 count 101"],
  "traceroute": ["traceroute 10.2.0.10"],
  "check": ["request security policies check"],
  "host": ["show host 10.2.0.10", "show host 2001:db8::1", "show host 10.0.0.1 inet6", "show host -x"],
}; // prettier-ignore

async function goldenOf([first = "", ...others]: readonly string[]): Promise<string> {
  const pipes = ["", " | display xml", ...(withJson.has(first) ? [" | display json"] : []), " | display xml rpc"];
  const forms = pipes.map((pipe) => `${first}${pipe}`);
  let text = "";
  for (const line of [...forms, ...others]) text += `> ${line}\n${await typeAs(busy.gateway, "ana", line)}\n`;
  return text;
}

describe("golden answers", () => {
  test.each(Object.entries(files))("%s", async (name, commands) => {
    const file = join(folder, `${name}.golden.txt`);
    const made = await goldenOf(commands);
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, made);
    expect(made).toBe(readFileSync(file, "utf8"));
  });

  test("no golden file is left without its commands", () => {
    const left = readdirSync(folder).filter((name) => name.endsWith(".golden.txt"));
    expect(left.map((name) => name.slice(0, -".golden.txt".length)).toSorted()).toEqual(Object.keys(files).toSorted());
  });
});
