// Names of kernel settings: which become which path, and which never become one.

import { describe, expect, test } from "vitest";
import { KernelFailure } from "./kernel.ts";
import { checkSysctlValue, readSysctl, sysctlPath, writeSysctl } from "./sysctl.ts";

test.each([
  ["net.ipv4.ip_forward", "/proc/sys/net/ipv4/ip_forward"],
  ["net.ipv6.conf.all.forwarding", "/proc/sys/net/ipv6/conf/all/forwarding"],
  ["net.ipv4.conf.eth0/100.rp_filter", "/proc/sys/net/ipv4/conf/eth0.100/rp_filter"],
  ["net.netfilter.nf_conntrack_acct", "/proc/sys/net/netfilter/nf_conntrack_acct"],
])("%s", (name, path) => {
  expect(sysctlPath(name)).toBe(path);
});

test.each([
  "",
  "net",
  "net.",
  "net..ipv4",
  "kernel.hostname",
  "vm.drop_caches",
  "net/ipv4/ip_forward",
  "net.ipv4./../../../etc/passwd",
  "net.//.//.//.kernel.hostname",
  "net.ipv4.ip_forward\n",
  "net.ipv4.ip_forward\0",
  "net.ipv4.conf.ä.rp_filter",
  `net.${"a".repeat(200)}`,
  "net.a.b.c.d.e.f.g.h",
])("%j is refused", (name) => {
  expect(() => sysctlPath(name)).toThrow(KernelFailure);
  expect(() => readSysctl(name)).toThrow("is not the name of a network setting");
  expect(() => writeSysctl(name, "1")).toThrow("is not the name of a network setting");
});

test.each(["", "1\n0", "\0", "x".repeat(129), "ä"])("the value %j is refused", (value) => {
  expect(() => checkSysctlValue("net.ipv4.ip_forward", value)).toThrow(
    "net.ipv4.ip_forward must be 1 to 128 printable",
  );
  expect(() => writeSysctl("net.ipv4.ip_forward", value)).toThrow(KernelFailure);
});

describe("the machine's own settings, read only", () => {
  test("one that exists", () => {
    expect(readSysctl("net.ipv4.ip_forward")).toMatch(/^[01]$/);
  });
  test("one that does not", () => {
    expect(readSysctl("net.ipv4.no_such_setting")).toBeUndefined();
    expect(readSysctl("net.ipv4.ip_forward.below_a_file")).toBeUndefined();
    expect(() => writeSysctl("net.ipv4.no_such_setting", "1")).toThrow(
      "this kernel has no setting net.ipv4.no_such_setting",
    );
  });
});
