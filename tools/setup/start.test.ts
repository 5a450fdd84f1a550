// The entry points as a whole, as a newcomer meets them: what they install, what they say, what they start, and how
// their exit code comes out. Everything outside of tools/setup is fake.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fakeCheckout, fakeNpm } from "./fake-checkout.fixture.ts";

describe("the first start", () => {
  test("installs from the lockfile, says so, and starts the demo with its arguments", async () => {
    using checkout = fakeCheckout();
    const { code, output } = await checkout.run("start", ["--check", "--json"]);
    expect(output).toContain("npm packages (1 from the lockfile)");
    expect(output).toContain("compile the gateway");
    expect(output).toContain(`node ${checkout.root}/lab/main.ts --check --json`);
    expect(code).toBe(0);
    expect(checkout.calls()).toEqual([expect.stringMatching(/^npm ci .*--ignore-scripts/)]);
  });

  test("the second start installs nothing and says nothing of its own", async () => {
    using checkout = fakeCheckout();
    await checkout.run("start");
    const { output } = await checkout.run("start");
    expect(output).toBe(`node ${checkout.root}/lab/main.ts\n`);
    expect(checkout.calls()).toHaveLength(1);
  });

  test("`test` starts vitest with the pattern", async () => {
    using checkout = fakeCheckout();
    const { output } = await checkout.run("test", ["junos"]);
    expect(output).toContain(`node ${checkout.root}/node_modules/vitest/vitest.mjs run junos`);
  });

  test.each([[0], [1], [3], [77]])("the exit code %i of the program is kept", async (exit) => {
    using checkout = fakeCheckout();
    const { code } = await checkout.run("start", [], { FAKE_EXIT: String(exit) });
    expect(code).toBe(exit);
  });

  test("two at once install once and both start", async () => {
    using checkout = fakeCheckout();
    checkout.program("npm", `sleep 0.3\n${fakeNpm}`);
    const [first, second] = await Promise.all([checkout.run("start"), checkout.run("start")]);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(checkout.calls()).toHaveLength(1);
    expect(first.output + second.output).toContain("waiting for another set-up");
  });
});

describe("what is missing is said with the way out", () => {
  test("a Debian package is installed by root, without asking", async () => {
    using checkout = fakeCheckout();
    rmSync(join(checkout.bin, "nft"));
    // /usr/sbin/nft may exist on the machine of the test, so the need is met by a name that cannot.
    replaceNeed(checkout.root, "nft", "merlon-fake-nft");
    checkout.program(
      "apt-get",
      `case "$*" in *install*) printf '#!/bin/sh\\n' > ${checkout.bin}/merlon-fake-nft; chmod +x ${checkout.bin}/merlon-fake-nft;; esac`,
    );
    checkout.program("sudo", 'shift; exec "$@"');
    const { code, output } = await checkout.run("start");
    expect(output).toContain("Debian packages nftables: installed");
    expect(code).toBe(0);
    expect(checkout.calls().find((call) => call.startsWith("apt-get"))).toMatch(
      /install -y --no-install-recommends nftables$/,
    );
  });

  test("npm's failure shows the end of its log, keeps the log, and the next start tries again", async () => {
    using checkout = fakeCheckout();
    checkout.program("npm", "echo 'npm error network is down'; exit 1");
    const { code, output } = await checkout.run("start");
    expect(code).toBe(1);
    expect(output).toContain("npm ci failed with exit code 1");
    expect(output).toContain("    npm error network is down");
    expect(output).not.toContain("at ");
    expect(readFileSync(join(checkout.root, ".merlon/log/npm.log"), "utf8")).toContain("network is down");
    checkout.program("npm", fakeNpm);
    expect((await checkout.run("start")).code).toBe(0);
  });

  test("an npm that leaves the optional Node out is named", async () => {
    using checkout = fakeCheckout();
    checkout.program("npm", "mkdir -p node_modules");
    const { code, output } = await checkout.run("start");
    expect(code).toBe(1);
    expect(output).toContain("The pinned Node is missing");
    expect(output).toContain("--omit=optional");
  });

  test("a place that cannot be written is named", async () => {
    using checkout = fakeCheckout();
    // A file where the folder should be stands for every reason why nothing can be written, also for root.
    writeFileSync(join(checkout.root, ".merlon"), "");
    const { code, output } = await checkout.run("start");
    expect(code).not.toBe(0);
    expect(output).toContain(".merlon");
  });

  test("an interrupted install is done again", async () => {
    using checkout = fakeCheckout();
    await checkout.run("start");
    rmSync(join(checkout.root, "node_modules"), { recursive: true });
    mkdirSync(join(checkout.root, "node_modules"));
    expect((await checkout.run("start")).code).toBe(0);
    expect(checkout.calls()).toHaveLength(2);
  });
});

test("check refuses arguments that it does not know", async () => {
  using checkout = fakeCheckout();
  const { code, output } = await checkout.run("check", ["--fix"]);
  expect(code).toBe(2);
  expect(output).toContain("unknown argument --fix");
  expect(checkout.calls()).toEqual([]);
});

test("check names what failed and shows only its output", async () => {
  using checkout = fakeCheckout();
  checkout.program("npm", fakeNpm.replace('echo "node $*"', 'echo "node $*"; case "$*" in *oxlint*) exit 1;; esac'));
  const { code, output } = await checkout.run("check");
  expect(code).toBe(1);
  expect(output).toMatch(/✓ types +\d/);
  expect(output).toMatch(/✗ lint +\d/);
  expect(output).toContain("oxlint/bin/oxlint --type-aware");
  expect(output).not.toContain("typescript/bin/tsc");
  expect(output).toMatch(/failed: lint {2}\(\d/);
});

function replaceNeed(root: string, from: string, to: string): void {
  const file = join(root, "tools/setup/programs.mjs");
  writeFileSync(file, readFileSync(file, "utf8").replace(`program: "${from}"`, `program: "${to}"`));
}
