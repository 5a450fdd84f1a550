// Installing the programs of the operating system: the four ways it may go, with fake apt-get and sudo.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ensurePrograms } from "./debian-packages.mjs";
import { fakeCheckout, type FakeCheckout } from "./fake-checkout.fixture.ts";

const wanted = [
  { program: "present", debianPackage: "p", purpose: "is there" },
  { program: "nft", debianPackage: "nftables", purpose: "hands the policy to the kernel" },
  { program: "nft2", debianPackage: "nftables", purpose: "of the same package" },
];

function prepare(checkout: FakeCheckout) {
  checkout.program("present");
  checkout.program("nft2", "");
  return (isRoot: boolean) =>
    ensurePrograms(
      wanted.map((need) => ({ ...need, program: need.program === "nft" ? "absent-nft" : need.program })),
      { path: checkout.bin, isRoot, logFile: join(checkout.root, "apt.log") },
    );
}

const installs = (checkout: FakeCheckout) =>
  `case "$*" in *install*) printf '#!/bin/sh\\n' > ${checkout.bin}/absent-nft; chmod +x ${checkout.bin}/absent-nft;; esac`;

describe("ensurePrograms", () => {
  test("does nothing when nothing is missing", async () => {
    using checkout = fakeCheckout();
    checkout.program("apt-get", "exit 1");
    await ensurePrograms([{ program: "nft", debianPackage: "nftables", purpose: "x" }], {
      path: checkout.bin,
      isRoot: true,
      logFile: "/nowhere/log",
    });
    expect(checkout.calls()).toEqual([]);
  });

  test("root installs at once, without fetching lists", async () => {
    using checkout = fakeCheckout();
    const ensure = prepare(checkout);
    checkout.program("apt-get", installs(checkout));
    await ensure(true);
    expect(checkout.calls()).toEqual([
      "apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends nftables",
    ]);
  });

  test("lists are fetched when the install fails without", async () => {
    using checkout = fakeCheckout();
    const ensure = prepare(checkout);
    checkout.program(
      "apt-get",
      `[ -e ${checkout.root}/fetched ] || { echo 'Unable to locate package'; case "$*" in *update*) printf '' > ${checkout.root}/fetched; exit 0;; esac; exit 100; }\n${installs(checkout)}`,
    );
    await ensure(true);
    expect(checkout.calls().map((call) => /(install|update)/.exec(call)?.[0])).toEqual([
      "install",
      "update",
      "install",
    ]);
    expect(readFileSync(join(checkout.root, "apt.log"), "utf8")).toContain("Unable to locate package");
  });

  test("an ordinary user with a sudo that asks nothing uses it", async () => {
    using checkout = fakeCheckout();
    const ensure = prepare(checkout);
    checkout.program("sudo", 'shift; [ "$1" = true ] && exit 0; exec "$@"');
    checkout.program("apt-get", installs(checkout));
    await ensure(false);
    expect(checkout.calls()[0]).toBe("sudo -n true");
    expect(checkout.calls().at(-1)).toMatch(/^apt-get .*install/);
  });

  test.each([
    ["no sudo", undefined],
    ["a sudo that asks for a password", "exit 1"],
  ])("an ordinary user with %s gets the line to run", async (_, sudo) => {
    using checkout = fakeCheckout();
    const ensure = prepare(checkout);
    checkout.program("apt-get");
    if (sudo !== undefined) checkout.program("sudo", sudo);
    await expect(ensure(false)).rejects.toThrow(
      "Missing programs: absent-nft (hands the policy to the kernel).\nRun this line, then start again:\n    sudo apt-get update && sudo apt-get install -y nftables",
    );
  });

  test("a system without apt-get gets the names", async () => {
    using checkout = fakeCheckout();
    const ensure = prepare(checkout);
    await expect(ensure(true)).rejects.toThrow(/no apt-get.*own package manager[\s\S]*nftables/);
  });

  test("a failed install shows apt-get's last words and the line to run by hand", async () => {
    using checkout = fakeCheckout();
    const ensure = prepare(checkout);
    checkout.program("apt-get", "echo 'E: Could not resolve the mirror' >&2; exit 100");
    await expect(ensure(true)).rejects.toThrow(
      /exit code 100[\s\S]* {4}E: Could not resolve the mirror[\s\S]*apt-get install -y nftables/,
    );
  });

  test("a package that does not bring its program is noticed", async () => {
    using checkout = fakeCheckout();
    const ensure = prepare(checkout);
    checkout.program("apt-get");
    await expect(ensure(true)).rejects.toThrow("apt-get installed nftables, but there is still no absent-nft.");
  });
});
