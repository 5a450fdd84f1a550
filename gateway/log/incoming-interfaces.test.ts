// By which interface a session came in: the zone alone, the route back, or nobody knows.

import { expect, test } from "vitest";
import { compileText } from "@merlon/compiler/testing/compile-text.ts";
import { parseIp } from "@merlon/model/ip/address.ts";
import { IncomingInterfaces } from "./incoming-interfaces.ts";

const lines = `
set interfaces ge-0/0/0 unit 0 family inet address 10.1.0.1/16
set interfaces ge-0/0/1 unit 0 family inet address 10.2.0.1/16
set interfaces ge-0/0/1 unit 0 family inet6 address fd00:2::1/64
set interfaces ge-0/0/2 unit 0 family inet address 10.3.0.1/16
set interfaces ge-0/0/2 unit 0 family inet6 address fd00:3::1/64
set interfaces ge-0/0/3 disable
set interfaces ge-0/0/3 unit 0 family inet address 10.2.7.1/24
set security zones security-zone one interfaces ge-0/0/0.0
set security zones security-zone two interfaces ge-0/0/1.0
set security zones security-zone two interfaces ge-0/0/2.0
set security zones security-zone two interfaces ge-0/0/3.0
set security zones security-zone none
set routing-options static route 0.0.0.0/0 next-hop 10.3.0.9
set routing-options static route 172.16.0.0/12 next-hop [ 10.2.0.9 10.3.0.9 ]
set routing-options static route 172.17.0.0/16 next-hop 10.2.0.9
set routing-options static route 172.18.0.0/16 next-hop [ 10.1.0.9 10.3.0.9 ]
set routing-options static route 172.19.0.0/16 discard
set routing-options static route 10.2.0.0/16 next-hop 10.3.0.9
set routing-options rib inet6.0 static route 2001:db8::/32 next-hop fd00:3::9
`;

const interfaces = new IncomingInterfaces();
interfaces.replace(compileText(lines).ir);

test.each([
  ["one", "10.1.0.2", "ge-0/0/0.0"],
  // What has no way back came in by it all the same.
  ["one", "10.2.0.2", "ge-0/0/0.0"],
  ["two", "10.2.0.2", "ge-0/0/1.0"],
  ["two", "10.3.255.255", "ge-0/0/2.0"],
  ["two", "198.51.100.1", "ge-0/0/2.0"],
  ["two", "172.17.0.1", "ge-0/0/1.0"],
  ["two", "172.18.0.1", "ge-0/0/2.0"],
  // The interface with the nearer prefix is down.
  ["two", "10.2.7.9", "ge-0/0/1.0"],
  ["two", "fd00:2::5", "ge-0/0/1.0"],
  ["two", "2001:db8::5", "ge-0/0/2.0"],
  ["two", "172.16.0.1", undefined],
  ["two", "172.19.0.1", undefined],
  ["two", "10.1.0.2", undefined],
  ["two", "2001:db9::5", undefined],
  ["none", "10.1.0.2", undefined],
  ["gone", "10.1.0.2", undefined],
  ["junos-host", "10.1.0.1", ".local..0"],
])("from zone %s, %s came in by %s", (zone, text, expected) => {
  const source = parseIp(text);
  if (source === undefined) throw new Error(text);
  expect(interfaces.find(zone, source)).toBe(expected);
});
