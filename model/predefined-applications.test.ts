// The built-in applications: the figures of well-known names, and that the table is whole.

import { describe, expect, test } from "vitest";
import { predefinedApplications, predefinedApplicationSets } from "./predefined-applications.ts";
import type { ServiceTerm } from "./service-term.ts";

function words(term: ServiceTerm): string {
  switch (term.kind) {
    case "protocol":
      return `protocol ${term.protocol}`;
    case "ports": {
      const { first, last } = term.destination;
      const name = { 6: "tcp", 17: "udp", 132: "sctp" }[term.protocol];
      return first === last ? `${name}/${first}` : `${name}/${first}-${last}`;
    }
    case "icmp": {
      const all = (range: { first: number; last: number }) =>
        range.first === range.last ? String(range.first) : "any";
      return `icmp${term.family === 6 ? "6" : ""}/${all(term.type)}/${all(term.code)}`;
    }
  }
}

test.each([
  ["junos-ssh", "tcp/22"],
  ["junos-http", "tcp/80"],
  ["junos-https", "tcp/443"],
  ["junos-dns-udp", "udp/53"],
  ["junos-dns-tcp", "tcp/53"],
  ["junos-ftp", "tcp/21"],
  ["junos-smb", "tcp/139 tcp/445"],
  ["junos-smtps", "tcp/587 tcp/465"],
  ["junos-sip", "udp/5060 tcp/5060"],
  ["junos-vnc", "tcp/5800 tcp/5900"],
  ["junos-ntalk", "udp/518"],
  ["junos-ms-sql", "tcp/1433"],
  ["junos-sun-rpc-nfs-tcp", "tcp/111"],
  ["junos-sun-rpc-nfs-udp", "udp/111"],
  ["junos-ms-rpc-wmic-webm-services", "tcp/135"],
  ["junos-gnutella", "udp/6346-6347"],
  ["junos-x-windows", "tcp/6000-6063"],
  ["junos-h323", "tcp/1720 udp/1719 tcp/1503 tcp/389 tcp/522 tcp/1731"],
  ["junos-gre", "protocol 47"],
  ["junos-ospf", "protocol 89"],
  ["junos-icmp-all", "icmp/any/any"],
  ["junos-ping", "icmp/any/any"],
  ["junos-icmp-ping", "icmp/8/any"],
  ["junos-pingv6", "icmp6/128/any"],
  ["junos-icmp6-all", "icmp6/any/any"],
  ["junos-icmp6-dst-unreach-port", "icmp6/1/4"],
  ["junos-icmp6-time-exceed-transit", "icmp6/3/0"],
  ["junos-icmp6-param-prob-option", "icmp6/4/2"],
  ["junos-tcp-any", "tcp/0-65535"],
  ["junos-udp-any", "udp/0-65535"],
  ["junos-sctp-any", "sctp/0-65535"],
])("%s is %s", (name, terms) => {
  const application = predefinedApplications.get(name);
  expect(application?.terms.map(words).join(" ")).toBe(terms);
});

describe("the table is whole", () => {
  test("every name begins with junos- and has terms with sensible ranges", () => {
    expect(predefinedApplications.size).toBeGreaterThanOrEqual(160);
    for (const [name, { terms }] of predefinedApplications) {
      expect(name).toMatch(/^junos-[a-z0-9-]+$/);
      expect(terms.length).toBeGreaterThan(0);
      for (const term of terms) {
        if (term.kind === "ports") expect(term.destination.first).toBeLessThanOrEqual(term.destination.last);
      }
    }
  });

  test("every member of a set is an application, and no name is both", () => {
    expect(predefinedApplicationSets.size).toBeGreaterThanOrEqual(23);
    for (const [name, members] of predefinedApplicationSets) {
      expect(predefinedApplications.has(name)).toBe(false);
      expect(members.length).toBeGreaterThan(1);
      for (const member of members) expect(predefinedApplications.has(member), `${member} of ${name}`).toBe(true);
    }
  });

  test.each([
    "cifs",
    "mgcp",
    "ms-rpc",
    "ms-rpc-any",
    "ms-rpc-iis-com",
    "ms-rpc-msexchange",
    "ms-rpc-wmic",
    "routing-inbound",
    "stun",
    "sun-rpc",
    "sun-rpc-any",
    "sun-rpc-mountd",
    "sun-rpc-nfs",
    "sun-rpc-nfs-access",
    "sun-rpc-nlockmgr",
    "sun-rpc-portmap",
    "sun-rpc-rquotad",
    "sun-rpc-ruserd",
    "sun-rpc-sadmind",
    "sun-rpc-sprayd",
    "sun-rpc-status",
    "sun-rpc-walld",
    "sun-rpc-ypbind",
    "sun-rpc-ypserv",
  ])("the set junos-%s is there", (name) => {
    expect(predefinedApplicationSets.has(`junos-${name}`)).toBe(true);
  });

  test.each(["nfs", "irc", "nsm", "realaudio", "wxcontrol", "gprs-sctp", "ymsg"])(
    "junos-%s, whose meaning is not plainly known, is not",
    (name) => {
      expect(predefinedApplications.has(`junos-${name}`)).toBe(false);
    },
  );

  test("the first name of a port is the one that people know", () => {
    const firstOf = (text: string) =>
      [...predefinedApplications].find(([, { terms }]) => terms.some((term) => words(term) === text))?.[0];
    expect(["tcp/80", "udp/53", "tcp/443", "tcp/22", "tcp/25", "tcp/139", "tcp/445"].map(firstOf)).toEqual([
      "junos-http",
      "junos-dns-udp",
      "junos-https",
      "junos-ssh",
      "junos-smtp",
      "junos-netbios-session",
      "junos-smb",
    ]);
  });
});
